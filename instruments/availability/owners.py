"""Whose times are set: a lab or one instrument; on which wall they are read, and how a deed on them is noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import record
from instruments.people.models import Lab

Owner: TypeAlias = Lab | Instrument


def lab_of(owner: Owner) -> Lab:
    """The lab on whose wall the owner's times are read."""
    return owner if isinstance(owner, Lab) else owner.lab


def instruments_of(owner: Owner) -> list[int]:
    """The ids of all instruments whose times the owner's are, ascending."""
    if isinstance(owner, Instrument):
        return [owner.id]
    mine = select(Instrument.id).where(Instrument.lab_id == owner.id).order_by(Instrument.id)
    return list(db.session.scalars(mine))


def instruments_at(institution_id: int) -> list[int]:
    """The ids of all instruments of an institution, ascending."""
    mine = select(Instrument.id).where(Instrument.institution_id == institution_id).order_by(Instrument.id)
    return list(db.session.scalars(mine))


def note(owner: Owner, deed: str, detail: Mapping[str, object], actor_id: int | None, now: datetime) -> None:
    """Write into the journal what was done to the times or rules of the owner."""
    lab = lab_of(owner)
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("lab" if isinstance(owner, Lab) else "instrument", owner.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail=detail,
    )
