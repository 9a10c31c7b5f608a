"""The letters that people sends: each in its reader's language, sent after the deed and never within it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask, current_app
from flask_babel import force_locale, gettext
from sqlalchemy.exc import DBAPIError

from instruments.errors import Refusal
from instruments.mail import send
from instruments.people.models import Institution, Person, ResearchGroup

log = logging.getLogger(__name__)


def confirm_address(mail: str, language: str, token: str) -> None:
    """The link that confirms an address."""
    with force_locale(language):
        subject = gettext("Confirm your address")
        body = gettext(
            "Somebody, probably you, registered at Instrument Commons with this address.\n\n"
            "Open this page within 24 hours and give the password you chose:\n%(link)s\n\n"
            "If it was not you, do nothing: without this step there is no account.",
            link=_link("confirm", token),
        )
    _post(mail, subject, body)


def already_registered(mail: str, language: str) -> None:
    """Somebody registered with an address that has an account."""
    with force_locale(language):
        subject = gettext("You have an account already")
        body = gettext(
            "Somebody, probably you, registered at Instrument Commons with this address. It has an account already.\n\n"
            "Sign in: %(sign_in)s\nPassword forgotten: %(forgotten)s\n\n"
            "If it was not you, do nothing: nothing has changed.",
            sign_in=_address("/sign-in"),
            forgotten=_address("/forgotten"),
        )
    _post(mail, subject, body)


def reset_password(person: Person, token: str) -> None:
    """The link that sets a new password."""
    with force_locale(person.language):
        subject = gettext("Set a new password")
        body = gettext(
            "Somebody, probably you, asked for a new password at Instrument Commons.\n\n"
            "This page sets it. It works once, within one hour:\n%(link)s\n\n"
            "If it was not you, do nothing: your password stays as it is.",
            link=_link("reset", token),
        )
    _post(person.mail, subject, body)


def password_was_set(person: Person) -> None:
    """Tells the owner that the password is a new one."""
    with force_locale(person.language):
        subject = gettext("Your password was changed")
        body = gettext(
            "The password of your account at Instrument Commons was changed, and every session was signed out.\n\n"
            "If it was not you, set a new one now: %(forgotten)s",
            forgotten=_address("/forgotten"),
        )
    _post(person.mail, subject, body)


def invite(
    mail: str,
    language: str,
    institution: Institution,
    group: ResearchGroup | None,
    inviter: tuple[str, str],
    token: str,
) -> None:
    """An invitation. Raises OSError when the mail server does not take it: the inviter is told."""
    with force_locale(language):
        chinese = language.startswith("zh")
        where = _name(institution.name_en, institution.name_zh, chinese)
        if group is not None:
            where = f"{where} · {_name(group.name_en, group.name_zh, chinese)}"
        subject = gettext("Invitation to %(where)s", where=where)
        body = gettext(
            "%(inviter)s invites you to %(where)s at Instrument Commons, where shared instruments are found and booked.\n\n"
            "Accept within 14 days:\n%(link)s\n\n"
            "If you do not know why, do nothing.",
            inviter=_name(*inviter, chinese),
            where=where,
            link=_link("invitation", token),
        )
    send.send(mail, subject, body)


def _name(english: str, chinese_name: str, chinese: bool) -> str:
    return (chinese_name or english) if chinese else (english or chinese_name)


def _link(page: str, token: str) -> str:
    return _address(f"/{page}/{token}")


def _address(path: str) -> str:
    return str(current_app.config["BASE_URL"]) + path


def later(work: Callable[[], object]) -> None:
    """Do what must not be waited for: how long it takes would tell whether an address is known.

    A process that ends meanwhile loses it; whoever waits for a letter asks again.
    """
    app: Flask = current_app._get_current_object()
    if app.testing:
        work()
        return
    threading.Thread(target=_in_context, args=(app, work), daemon=True).start()


def _in_context(app: Flask, work: Callable[[], object]) -> None:
    with app.app_context():
        try:
            work()
        except (OSError, Refusal, DBAPIError):
            log.exception("a letter was not sent")


def _post(mail: str, subject: str, body: str) -> None:
    later(lambda: send.send(mail, subject, body))
