"""Set a new password: by a link sent to the address, or by knowing the old one; either way every session ends."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from instruments.database import db
from instruments.journal.record import record
from instruments.people import links
from instruments.people.models import Person
from instruments.people.registering import new_session_key, open_account
from instruments.people.roles import is_active


def ask(mail: str, now: datetime, today: date) -> tuple[Person, str] | None:
    """Make a link for the person with this address; None if there is none to sign in as. The page says the same."""
    person = db.session.scalars(select(Person).where(Person.mail == mail)).first()
    unconfirmed = person is not None and person.mail_confirmed_at is None and person.deactivated_at is None
    if person is None or not (unconfirmed or is_active(person, today)):
        return None
    token = links.make("reset", mail, now, person_id=person.id)
    record(
        now=now,
        actor_id=None,
        deed="password.asked",
        thing=("person", person.id),
        institution_id=person.institution_id,
    )
    return person, token


def reset(token: str, password_hash: str, now: datetime, today: date) -> Person:
    """Set the password by a link: used up, and signed out everywhere. An unconfirmed address is confirmed by it."""
    link = links.use("reset", token, now)
    person = db.session.get(Person, link.person_id, with_for_update=True)
    if person is None or (person.mail_confirmed_at is not None and not is_active(person, today)):
        raise links.over()
    if person.mail_confirmed_at is None:
        open_account(person, now, today)
        links.withdraw("confirm", person.mail, now)
    _set(person, password_hash, "password.reset", now)
    return person


def change(person: Person, password_hash: str, now: datetime) -> None:
    """Set the password of somebody who knew the old one (the door has asked)."""
    _set(person, password_hash, "password.changed", now)


def keep_anew(person_id: int, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    person = db.session.get(Person, person_id)
    if person is not None:
        person.password_hash = password_hash
        db.session.flush()


def sign_out_everywhere(person: Person, now: datetime) -> None:
    """Make every session and every “stay signed in” void; tokens of programs stay."""
    person.session_key = new_session_key()
    db.session.flush()
    record(
        now=now,
        actor_id=person.id,
        deed="person.signed_out_everywhere",
        thing=("person", person.id),
        institution_id=person.institution_id,
    )


def _set(person: Person, password_hash: str, deed: str, now: datetime) -> None:
    person.password_hash = password_hash
    person.session_key = new_session_key()
    links.withdraw("reset", person.mail, now)
    db.session.flush()
    record(
        now=now,
        actor_id=person.id,
        deed=deed,
        thing=("person", person.id),
        institution_id=person.institution_id,
    )
