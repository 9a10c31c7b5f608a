"""Personal tokens: made for a person's programs, shown once, kept as a hash, ended or revoked."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import PersonalToken
from instruments.people.rights import Actor

SCOPES = {
    "catalog:read": N_("Read the catalogue as you see it"),
    "reservations:read": N_("Read your reservations, and those your roles show you"),
    "reservations:write": N_("Book, move, cancel and answer requests in your name"),
    "usage:read": N_("Read what was used: by you, and what your roles show you"),
    "usage:write": N_("Check in and out in your name; report, confirm and correct uses of labs you run"),
    "notices:read": N_("Read your notices, and mark them as read"),
    "notices:write": N_("Choose what you are told"),
    "labs:read": N_(
        "Read what you see of the labs you run: closures, faults, quotas, outside calendars, violations"
    ),
    "money:read": N_("Read the funds that you may charge, and the money that your roles show you"),
    "money:write": N_("Open funds, give rights to charge them, record payments, run programmes"),
    "reports:read": N_("Read the statutory forms of your institution, or your lab’s part of them"),
    "reports:write": N_("Draft, complete and file the statutory forms of your institution"),
    "labs:write": N_("Run your labs: closures, faults, rules, quotas, outside calendars, violations"),
    "people:read": N_("Read the people, groups and roles that your roles show you"),
    "people:write": N_("Invite people, run groups and institutions, give and end roles, name deputies"),
}
LONGEST_DAYS = 365
LONGEST_NAME = 80
PREFIX = "ic_"
MOST = 50


def make(
    person_id: int, name: str, scopes: Collection[str], days: int | None, now: datetime
) -> tuple[PersonalToken, str]:
    """Make a token for oneself; the row, and the token's text, which is known only now. Refuses with all reasons."""
    reasons = list(_wrong(name, scopes, days))
    if _in_force(person_id, now) >= MOST:
        sentence = N_("You have %(most)s tokens in force. Revoke one first.")
        reasons.append(Reason("too_many_tokens", None, sentence, {"most": MOST}))
    if reasons:
        raise Refusal(reasons)
    text = PREFIX + secrets.token_urlsafe(32)
    token = PersonalToken(
        person_id=person_id,
        name=name,
        token_hash=hashed(text),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        created_at=now,
        expires_at=now + timedelta(days=days or 0),
    )
    db.session.add(token)
    db.session.flush()
    detail = {"name": name, "scopes": token.scopes, "days": days}
    record(now=now, actor_id=person_id, deed="token.made", thing=("person", person_id), detail=detail)
    return token, text


def revoke(person_id: int, token_id: int, now: datetime) -> None:
    """End one of the person's own tokens now; NotFound for anybody else's."""
    token = db.session.get(PersonalToken, token_id)
    if token is None or token.person_id != person_id:
        raise NotFound([Reason("no_token", None, N_("You have no such token."))])
    if token.revoked_at is None:
        token.revoked_at = now
        db.session.flush()
        detail = {"name": token.name}
        record(now=now, actor_id=person_id, deed="token.revoked", thing=("person", person_id), detail=detail)


def revoke_all(person_id: int, now: datetime) -> None:
    """End every token of a person: part of ending an account."""
    db.session.execute(
        update(PersonalToken)
        .where(PersonalToken.person_id == person_id, PersonalToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def of_person(person_id: int) -> list[PersonalToken]:
    """The person's tokens, newest first, ended ones too."""
    return list(
        db.session.scalars(
            select(PersonalToken)
            .where(PersonalToken.person_id == person_id)
            .order_by(PersonalToken.id.desc())
            .limit(MOST * 2)
        )
    )


def note_use(token_id: int, day: date) -> None:
    """Remember the day on which a token was last used."""
    db.session.execute(update(PersonalToken).where(PersonalToken.id == token_id).values(last_used_on=day))


def hashed(text: str) -> str:
    """What is kept of a token. Plain SHA-256: a token is 256 random bits, there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()


def narrowed(actor: Actor, scopes: str) -> Actor:
    """The actor as a program with these scopes."""
    return dataclasses.replace(actor, token_scopes=frozenset(scopes.split()))


def check_scope_exists(scope: str) -> None:
    """A view that asks for an unknown scope is a mistake of ours: ValueError."""
    if scope not in SCOPES:
        raise ValueError(f"no scope {scope!r}")


def _wrong(name: str, scopes: Collection[str], days: int | None) -> list[Reason]:
    reasons = []
    if not name:
        reasons.append(Reason("name", "name", N_("Give the token a name, so that you know it again.")))
    if len(name) > LONGEST_NAME:
        sentence = N_("At most %(most)s characters.")
        reasons.append(Reason("too_long", "name", sentence, {"most": LONGEST_NAME}))
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        sentence = N_("There is no scope %(scope)s. The scopes are: %(scopes)s.")
        values = {"scope": unknown[0], "scopes": ", ".join(SCOPES)}
        reasons.append(Reason("scope", "scopes", sentence, values))
    elif not scopes:
        reasons.append(Reason("scopes", "scopes", N_("Choose at least one thing the token may do.")))
    if days is None or not 1 <= days <= LONGEST_DAYS:
        sentence = N_("Choose 1 to %(most)s days.")
        reasons.append(Reason("days", "days", sentence, {"most": LONGEST_DAYS}))
    return reasons


def _in_force(person_id: int, now: datetime) -> int:
    token = PersonalToken
    held = select(token.id).where(
        token.person_id == person_id, token.revoked_at.is_(None), token.expires_at > now
    )
    return len(db.session.execute(held).all())
