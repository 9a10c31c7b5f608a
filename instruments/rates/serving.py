"""What a lab offers besides its instruments: services with cards of their own."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.people.versions import locked
from instruments.rates.models import Service
from instruments.rates.owners import CardOwner, note, owner_of, require_on

LONGEST_NAME, LONGEST_TEXT = 200, 5000


class Offered(NamedTuple):
    """What is said of a service."""

    name_en: str
    name_zh: str
    description_en: str = ""
    description_zh: str = ""
    archived: bool = False


def services_of(lab_id: int, *, archived: bool = False) -> list[Service]:
    """The services of a lab, in the order in which they were added; archived: those too that are no longer offered."""
    found = select(Service).where(Service.lab_id == lab_id).order_by(Service.id)
    return list(db.session.scalars(found if archived else found.where(Service.archived.is_(False))))


def add_service(actor: Actor, owner: CardOwner, offered: Offered, now: datetime) -> Service:
    """Offer something."""
    require_on(actor, Action.PRICES_EDIT, owner)
    _refuse(offered)
    row = Service(lab_id=owner.lab.id, **offered._asdict())
    db.session.add(row)
    db.session.flush()
    note(owner, "service.added", actor.person_id, now, ("service", row.id), name_en=offered.name_en)
    return row


def change_service(actor: Actor, number: int, seen: int | None, offered: Offered, now: datetime) -> Service:
    """Say something else of it, or no longer offer it."""
    row = locked(Service, number, seen)
    require_on(actor, Action.PRICES_EDIT, owner_of("service", number))
    _refuse(offered)
    for field, value in offered._asdict().items():
        setattr(row, field, value)
    db.session.flush()
    owner = owner_of("service", number)
    note(owner, "service.edited", actor.person_id, now, ("service", row.id), archived=offered.archived)
    return row


def _refuse(offered: Offered) -> None:
    reasons = []
    if not offered.name_en and not offered.name_zh:
        reasons.append(Reason("missing", "name_en", N_("Give a name, in English letters or in Chinese.")))
    for field, text in offered._asdict().items():
        most = LONGEST_NAME if field.startswith("name") else LONGEST_TEXT
        if isinstance(text, str) and len(text) > most:
            sentence = N_("%(length)s characters; at most %(most)s fit.")
            reasons.append(Reason("too_long", field, sentence, {"length": len(text), "most": most}))
    if reasons:
        raise Refusal(reasons)
