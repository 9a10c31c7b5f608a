"""Send a letter: through MAIL_URL, or into instance/mail/ where none is set."""

from __future__ import annotations

import os
import smtplib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from instruments.mail.folding import LETTERS
from instruments.mail.server import ANSWER_SECONDS, RefusedForGood, Server, ServerAway, Unanswered, connect

FOR_GOOD = 500
NOTHING_WRONG = 250


@dataclass(frozen=True)
class Letter:
    """A letter in two forms. calendar: an iCalendar file and its METHOD; number: the left half of its Message-ID."""

    to: str
    subject: str
    text: str
    html: str
    number: str
    calendar: tuple[bytes, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def is_delivered() -> bool:
    """Whether mail leaves this machine; pages say where it goes when it does not."""
    return bool(current_app.config["MAIL_URL"])


def send(to: str, subject: str, body: str) -> None:
    """Send one plain letter. Raises OSError (smtplib.SMTPException is one) when the mail server fails."""
    letter = EmailMessage(policy=LETTERS)
    _address(letter, to, subject, make_msgid(domain=_domain()))
    letter.set_content(body)
    _hand_over(letter)


def composed(letter: Letter) -> EmailMessage:
    """The letter as it goes out.

    The calendar comes twice: as an alternative, which Google, Outlook and Apple read as an invitation, and as a
    file for programs that only offer attachments. Several times at once (PUBLISH) are no invitation, and come as a file
    alone. Lines end as iCalendar wants them, whatever the transport.
    """
    made = EmailMessage(policy=LETTERS)
    _address(made, letter.to, letter.subject, message_id(letter.number))
    for name, value in letter.headers.items():
        made[name] = value
    made.set_content(letter.text, cte="base64")
    made.add_alternative(letter.html, subtype="html", cte="base64")
    if letter.calendar is not None:
        file, method = letter.calendar
        if method != "PUBLISH":
            made.add_alternative(file.decode(), subtype="calendar", cte="base64", params={"method": method})
        name = "reservations.ics" if method == "PUBLISH" else "invite.ics"
        made.add_attachment(file, maintype="application", subtype="ics", filename=name)
    return made


def message_id(number: str) -> str:
    """The Message-ID of the letter with this number, by which a mail server's log names it."""
    return f"<{number}@{_domain()}>"


def _domain() -> str:
    return urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"


def _address(letter: EmailMessage, to: str, subject: str, number: str) -> None:
    letter["From"] = current_app.config["MAIL_FROM"]
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = formatdate()
    letter["Message-ID"] = number


class Post:
    """Sends many letters over one connection, opened with the first and left open until the end.

    So nothing lies between the server's yes to a letter and the caller's note of it, not even a goodbye.
    """

    def __init__(self) -> None:
        self._server: Server | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._server is not None:
                self._server.quit()
        except OSError:
            self._drop()

    def send(self, letter: Letter, before_content: Callable[[], None]) -> None:
        """Send one. Raises ServerAway, RefusedForGood, Unanswered, or OSError for a refusal that may pass.

        before_content: called before the server gets anything that it could deliver; what it raises ends the sending. A
        letter for the folder needs no such word: written again, it lies where it lay.
        """
        made = composed(letter)
        if not is_delivered():
            _into_folder(made, letter.number)
            return
        server = self._connected()
        server.before_content = before_content
        try:
            server.send_message(made)
        except Unanswered:
            self._drop()
            raise
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            if _is_final(error):
                raise RefusedForGood(str(error)) from error
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedForGood(str(error)) from error
        except OSError as error:
            self._drop()
            raise ServerAway(str(error)) from error

    def _connected(self) -> Server:
        """The connection, with nothing left in it of the letter before."""
        try:
            if self._server is not None and self._server.rset()[0] == NOTHING_WRONG:
                return self._server
        except OSError:
            pass
        self._drop()
        try:
            self._server = connect(current_app.config["MAIL_URL"])
        except OSError as error:
            raise ServerAway(str(error)) from error
        self._server.answer_seconds = ANSWER_SECONDS
        return self._server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _is_final(error: smtplib.SMTPException) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= FOR_GOOD for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", 0) >= FOR_GOOD


def _hand_over(letter: EmailMessage) -> None:
    if not is_delivered():
        _into_folder(letter, uuid.uuid4().hex)
        return
    with connect(current_app.config["MAIL_URL"]) as server:
        server.send_message(letter)


def _into_folder(letter: EmailMessage, number: str) -> None:
    """Whole or not at all, under a name that the same letter always has, so that it never lies there twice."""
    folder = Path(current_app.instance_path) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{number}.{uuid.uuid4().hex}"
    half.write_bytes(letter.as_bytes())
    os.replace(half, folder / f"{number}.eml")
