"""Write into the journal and read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack, cast

import orjson
from sqlalchemy import Row, Table, insert, select

from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.journal.models import JournalEntry

_INSERT = insert(cast("Table", JournalEntry.__table__))
_COLUMNS = ("at", "actor_id", "deed", "thing_kind", "thing_id", "institution_id", "lab_id", "detail")
# As many are written like one.
A_FEW = 50


class Deed(TypedDict):
    """What is told of a deed: when, by whom, what, to which thing (kind, id), where, with which detail.

    detail: JSON values; never a secret.
    """

    now: datetime
    actor_id: int | None
    deed: str
    thing: tuple[str, int]
    institution_id: NotRequired[int | None]
    lab_id: NotRequired[int | None]
    detail: NotRequired[Mapping[str, Any]]


def entry(**told: Unpack[Deed]) -> dict[str, Any]:
    """The row of one deed, for `record_many`."""
    return {
        "at": told["now"],
        "actor_id": told["actor_id"],
        "deed": told["deed"],
        "thing_kind": told["thing"][0],
        "thing_id": told["thing"][1],
        "institution_id": told.get("institution_id"),
        "lab_id": told.get("lab_id"),
        "detail": dict(told.get("detail", {})),
    }


def record(**told: Unpack[Deed]) -> None:
    """Note one deed, in the transaction of the deed."""
    db.session.execute(_INSERT, entry(**told))


def record_many(entries: Iterable[dict[str, Any]]) -> None:
    """Note many deeds (made by `entry`) in one statement; thousands as rows of plain values."""
    rows = list(entries)
    if len(rows) > A_FEW:
        insert_rows(JournalEntry.__tablename__, _COLUMNS, map(_plain, rows))
    elif rows:
        db.session.execute(_INSERT, rows)


def _plain(row: Mapping[str, Any]) -> Sequence[Any]:
    """As the database keeps it."""
    at, *plain, detail = (row[name] for name in _COLUMNS)
    return int(at.timestamp()), *plain, orjson.dumps(detail, option=orjson.OPT_NON_STR_KEYS).decode()


def history(kind: str, thing_id: int, limit: int = 50) -> Sequence[Row[Any]]:
    """What happened to one thing, newest first: rows (id, at, actor_id, deed, detail)."""
    entries = JournalEntry
    return db.session.execute(
        select(entries.id, entries.at, entries.actor_id, entries.deed, entries.detail)
        .where(entries.thing_kind == kind, entries.thing_id == thing_id)
        .order_by(entries.id.desc())
        .limit(limit)
    ).all()
