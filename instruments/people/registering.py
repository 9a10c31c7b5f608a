"""Come in by oneself: register with an address at a known mail domain, and confirm it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.journal.record import record
from instruments.people import links
from instruments.people.identifiers import domains_above
from instruments.people.models import Institution, MailDomain, Person

REGISTRANTS = ("student", "staff")
UNKNOWN_DOMAIN = N_(
    "No institution here has the mail domain %(domain)s. Use your work address, or ask a manager of your"
    " institution or company for an invitation."
)


@dataclass(frozen=True)
class Newcomer:
    """What somebody says of themselves when they come in. password_hash: as kept, never the password."""

    mail: str
    name_en: str
    name_zh: str
    kind: str
    phone: str
    language: str
    password_hash: str


def institution_of(mail: str) -> Institution | None:
    """The institution whose mail domain this address has, the nearest domain first."""
    domains = domains_above(mail.rpartition("@")[2])
    found = db.session.scalars(select(MailDomain).where(MailDomain.domain.in_(domains))).all()
    nearest = min(found, key=lambda each: domains.index(each.domain), default=None)
    return nearest.institution if nearest else None


def reasons_against(mail: str) -> list[Reason]:
    """Why this address cannot register by itself."""
    if not mail or institution_of(mail):
        return []
    return [Reason("unknown_domain", "mail", UNKNOWN_DOMAIN, {"domain": mail.rpartition("@")[2]})]


def register(newcomer: Newcomer, institution: Institution, now: datetime) -> str | None:
    """Keep the newcomer until the address is confirmed; the token of the link to send, None if there is an account.

    Whoever registers an address again before it is confirmed writes over what was said of it before.
    """
    person = db.session.scalars(select(Person).where(Person.mail == newcomer.mail).with_for_update()).first()
    if person is not None and person.mail_confirmed_at is not None:
        return None
    if person is None:
        person = Person(mail=newcomer.mail)
        db.session.add(person)
    person.name_en, person.name_zh, person.phone = newcomer.name_en, newcomer.name_zh, newcomer.phone
    person.kind = "staff" if institution.kind == "company" else newcomer.kind
    person.institution_id, person.zone, person.language = institution.id, institution.zone, newcomer.language
    person.password_hash, person.session_key = newcomer.password_hash, new_session_key()
    db.session.flush()
    record(
        now=now,
        actor_id=None,
        deed="person.registered",
        thing=("person", person.id),
        institution_id=institution.id,
    )
    return links.make("confirm", newcomer.mail, now, person_id=person.id, institution_id=institution.id)


def confirm(token: str, now: datetime, today: date) -> Person:
    """The address is confirmed by its holder, who has also proved the password: the account opens."""
    link = links.use("confirm", token, now)
    person = db.session.get(Person, link.person_id, with_for_update=True)
    if person is None:
        raise links.over()
    open_account(person, now, today)
    record(
        now=now,
        actor_id=person.id,
        deed="person.confirmed",
        thing=("person", person.id),
        institution_id=person.institution_id,
    )
    return person


def open_account(person: Person, now: datetime, today: date) -> None:
    """Mark the address as confirmed; the membership counts as confirmed on the same day."""
    person.mail_confirmed_at = now
    person.membership_confirmed_on = today
    db.session.flush()


def new_session_key() -> str:
    """A key that makes all earlier sessions void."""
    return secrets.token_hex(16)
