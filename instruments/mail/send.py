"""Send a letter: through MAIL_URL, or into instance/mail/ where none is set."""

from __future__ import annotations

import smtplib
import uuid
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

TIMEOUT_SECONDS = 8


def is_delivered() -> bool:
    """Whether mail leaves this machine; pages say where it goes when it does not."""
    return bool(current_app.config["MAIL_URL"])


def send(to: str, subject: str, body: str) -> None:
    """Send one plain letter. Raises OSError (smtplib.SMTPException is one) when the mail server fails."""
    letter = EmailMessage()
    letter["From"] = current_app.config["MAIL_FROM"]
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain=urlsplit(current_app.config["BASE_URL"]).hostname or "localhost")
    letter.set_content(body)
    if is_delivered():
        _through_server(letter, current_app.config["MAIL_URL"])
    else:
        _into_folder(letter)


def _through_server(letter: EmailMessage, address: str) -> None:
    url = urlsplit(address)
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(url.hostname or "localhost", url.port or 465, timeout=TIMEOUT_SECONDS)
    else:
        server = smtplib.SMTP(url.hostname or "localhost", url.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        if url.scheme == "smtp+tls":
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(letter)


def _into_folder(letter: EmailMessage) -> None:
    folder = Path(current_app.instance_path) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{uuid.uuid4().hex}.eml").write_bytes(letter.as_bytes())
