"""Write into the journal and read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, insert, select

from instruments.database import db
from instruments.journal.models import JournalEntry

_INSERT = insert(cast("Table", JournalEntry.__table__))


def record(
    *,
    now: datetime,
    actor_id: int | None,
    deed: str,
    thing: tuple[str, int],
    institution_id: int | None = None,
    lab_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note one deed, in the transaction of the deed. detail: JSON values; never a secret."""
    db.session.execute(_INSERT, entry(now, actor_id, deed, thing, institution_id, lab_id, detail))


def record_many(entries: Iterable[dict[str, Any]]) -> None:
    """Note many deeds (made by `entry`) in one statement."""
    if rows := list(entries):
        db.session.execute(_INSERT, rows)


def entry(
    now: datetime,
    actor_id: int | None,
    deed: str,
    thing: tuple[str, int],
    institution_id: int | None = None,
    lab_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The row of one deed, for `record_many`."""
    return {
        "at": now,
        "actor_id": actor_id,
        "deed": deed,
        "thing_kind": thing[0],
        "thing_id": thing[1],
        "institution_id": institution_id,
        "lab_id": lab_id,
        "detail": dict(detail or {}),
    }


def history(kind: str, thing_id: int, limit: int = 50) -> Sequence[Row[Any]]:
    """What happened to one thing, newest first: rows (id, at, actor_id, deed, detail)."""
    entries = JournalEntry
    return db.session.execute(
        select(entries.id, entries.at, entries.actor_id, entries.deed, entries.detail)
        .where(entries.thing_kind == kind, entries.thing_id == thing_id)
        .order_by(entries.id.desc())
        .limit(limit)
    ).all()
