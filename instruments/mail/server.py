"""A connection to the mail server, which asks its caller once more before it hands a letter's content over."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 8
# From the content to the answer. RFC 5321 (4.5.3.2.6) waits ten minutes, lest a letter that is sent again arrives twice;
# here none is sent again, and two minutes keep no worker for long.
ANSWER_SECONDS = 120
GO_ON, TAKEN, REFUSED, BEYOND = 354, 250, 400, 600
FAMILY = 100
_BEGINS_WITH_A_DOT = re.compile(rb"(?m)^\.")


class ServerAway(OSError):
    """The mail server does not answer, or does not let us in: nothing to do with this letter."""


class RefusedForGood(OSError):
    """The mail server says that it will never take this letter."""


class Unanswered(OSError):
    """The letter's content went out and no answer came: nobody here can know whether the server took it."""


class Server(smtplib.SMTP):
    """before_content: called when everything but the content is agreed; what it raises keeps the letter here."""

    before_content: Callable[[], None] | None = None
    answer_seconds = TIMEOUT_SECONDS

    def data(self, msg: bytes) -> tuple[int, bytes]:
        """Hand the content over. Raises SMTPDataError while none of it has gone out, Unanswered after that."""
        if self.before_content is not None:
            self.before_content()
        code, said = self.docmd("DATA")
        if code != GO_ON:
            raise smtplib.SMTPDataError(code, said)
        ending = b"" if msg.endswith(b"\r\n") else b"\r\n"
        try:
            self._wait_at_most(self.answer_seconds)
            self.send(_BEGINS_WITH_A_DOT.sub(b"..", msg) + ending + b".\r\n")
            code, said = self.getreply()
        except OSError as error:
            raise Unanswered(str(error)) from error
        is_taken = code // FAMILY == TAKEN // FAMILY
        if not is_taken and not REFUSED <= code < BEYOND:
            raise Unanswered(f"{code} {said.decode(errors='replace')}")
        self._wait_at_most(TIMEOUT_SECONDS)
        return TAKEN if is_taken else code, said

    def _wait_at_most(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class _SecureServer(Server, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def connect(address: str) -> Server:
    """A connection to the mail server, signed in to. Raises OSError."""
    url = urlsplit(address)
    if url.scheme == "smtps":
        server: Server = _SecureServer(url.hostname or "localhost", url.port or 465, timeout=TIMEOUT_SECONDS)
    else:
        server = Server(url.hostname or "localhost", url.port or 25, timeout=TIMEOUT_SECONDS)
    try:
        if url.scheme == "smtp+tls":
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except OSError:
        server.close()
        raise
    return server
