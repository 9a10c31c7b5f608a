"""Read the journal of an institution, page by page, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from instruments.database import db
from instruments.journal.models import JournalEntry


@dataclass(frozen=True)
class Filter:
    """What to look for: a deed, whose deeds or what happened to whom, a kind of thing, one thing."""

    deed: str = ""
    person_id: int | None = None
    thing_kind: str = ""
    thing_id: int | None = None


def page(institution_id: int, wanted: Filter, before_id: int | None, most: int) -> Sequence[Row[Any]]:
    """Rows (id, at, actor_id, deed, thing_kind, thing_id, lab_id, detail), those before an id."""
    entry = JournalEntry
    found = (
        select(
            entry.id, entry.at, entry.actor_id, entry.deed, entry.thing_kind, entry.thing_id, entry.lab_id, entry.detail
        )
        .where(entry.institution_id == institution_id)
        .order_by(entry.id.desc())
        .limit(most)
    )  # fmt: skip
    if before_id is not None:
        found = found.where(entry.id < before_id)
    if wanted.deed:
        found = found.where(entry.deed == wanted.deed)
    if wanted.thing_kind:
        found = found.where(entry.thing_kind == wanted.thing_kind)
    if wanted.thing_id is not None:
        found = found.where(entry.thing_id == wanted.thing_id)
    if wanted.person_id is not None:
        about = (entry.thing_kind == "person") & (entry.thing_id == wanted.person_id)
        found = found.where(or_(entry.actor_id == wanted.person_id, about))
    return db.session.execute(found).all()


def deeds(institution_id: int) -> list[str]:
    """The deeds that occur in the institution's newest entries, for a choice."""
    entry = JournalEntry
    newest = (
        select(entry.deed)
        .where(entry.institution_id == institution_id)
        .order_by(entry.id.desc())
        .limit(5000)
        .subquery()
    )
    return sorted(db.session.scalars(select(newest.c.deed).distinct()))
