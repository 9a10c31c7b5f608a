"""Who will use the instrument: oneself, or the person that a booker names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import not_for_them


def user_named(name: int | str | None, actor: Actor, now: datetime) -> Actor:
    """The person by number or mail address; the actor when none is named. Raises Forbidden for one who is not there."""
    if name is None or name == "" or name == actor.person_id or name == actor.mail:
        return actor
    found = actor_by_id(name, now) if isinstance(name, int) else _by_mail(name, now)
    if found is None:
        raise not_for_them()
    return found


def _by_mail(name: str, now: datetime) -> Actor | None:
    text = name.strip().lower()
    if text.isdigit() and len(text) < 19:
        return actor_by_id(int(text), now)
    number = db.session.scalar(select(Person.id).where(Person.mail == text)) if "\0" not in text else None
    return None if number is None else actor_by_id(number, now)
