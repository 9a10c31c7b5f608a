"""A mail server for tests: a few lines of SMTP on a port of this machine, which keeps what it takes and can be told to fail."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class MailServer:
    """What a test sees of the server. answer: called when a letter has arrived whole; what it says to it."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: Callable[[EmailMessage], str] = lambda _: "250 taken"
    refuses: str = ""

    @property
    def url(self) -> str:
        """For MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def take(self, body: bytes) -> str:
        """Take a letter; only what is answered with 250 is kept."""
        letter = message_from_bytes(body, policy=policy.default)
        said = self.answer(letter)
        if said.startswith("250"):
            self.letters.append(letter)
        return said


class _Handler(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self._say("220 tests")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb.startswith("RCPT") and self.server.state.refuses:
                self._say(self.server.state.refuses)
            elif verb == "DATA":
                self._say("354 go on")
                self._say(self.server.state.take(self._body()))
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    state: MailServer


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """A server that listens until the block ends."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.state = MailServer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.state
        finally:
            server.shutdown()
