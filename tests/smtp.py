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
    """What a test sees of the server. answer: called when a letter has arrived whole; what it says to it.

    before: called before each answer, with the verb that it answers ("CONNECT" for the greeting); cut: the verb at which it
    breaks the connection instead of answering.
    """

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: Callable[[EmailMessage], str] = lambda _: "250 taken"
    refuses: str = ""
    refuses_data: str = ""
    before: Callable[[str], None] = lambda _: None
    cut: str = ""

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
        state = self.server.state
        state.before("CONNECT")
        self._say("220 tests")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            state.before(verb[:4])
            if verb[:4] == state.cut:
                return
            if verb.startswith("RCPT") and state.refuses:
                self._say(state.refuses)
            elif verb == "DATA" and state.refuses_data:
                self._say(state.refuses_data)
            elif verb == "DATA":
                self._say("354 go on")
                said = self._taken()
                if not said:
                    return
                self._say(said)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _taken(self) -> str:
        """What is said to the letter; nothing to one that breaks off before its final dot, which no server may deliver."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return ""
            lines.append(line[1:] if line.startswith(b"..") else line)
        return self.server.state.take(b"".join(lines))

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
