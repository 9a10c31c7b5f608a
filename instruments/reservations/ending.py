"""How a reservation ends: used, given back, or nobody came; what it no longer holds is free at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.errors import Refusal, Taken
from instruments.journal.record import record
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import is_overlap, refused_by_database
from instruments.reservations.held import overlapping
from instruments.reservations.lookup import noted_span
from instruments.reservations.models import Reservation

DONE, RELEASED, NO_SHOW, CONFIRMED = "done", "released", "no_show", "confirmed"
ENDED = (DONE, RELEASED, NO_SHOW)
_TABLE: Any = Reservation.__table__


def end_as(row: Any, state: str, until: datetime, now: datetime, actor_id: int | None, **detail: Any) -> int:
    """Let a reservation end as done, released or no-show, and hold the instrument no longer than `until`.

    Inside a deed, under the instrument's lock; row: of lookup.reservation_row, or any with the same columns. Returns the
    new version.
    """
    held = min(row.held_until, max(until, row.starts_at))
    _write(row, state, held, now)
    freed = held < row.held_until
    _note(
        row,
        f"reservation.{state}",
        now,
        actor_id,
        {**detail, **({"held_until": _seconds(held)} if freed else {})},
    )
    return int(row.version) + 1


def stand_again(row: Any, now: datetime, actor_id: int | None, **detail: Any) -> int:
    """Let a reservation that ended by mistake stand as before, if nobody took the time since. Raises Taken."""
    if row.held_until < row.ends_at:
        _require_free(row)
    _write(row, CONFIRMED, row.ends_at, now)
    _note(row, "reservation.stands_again", now, actor_id, detail)
    return int(row.version) + 1


def _require_free(row: Any) -> None:
    """The cheap question before the database's own: whether the time is still there. Shared instruments ask the latter."""
    thing = bookable(row.instrument_id)
    if thing.capacity > 1:
        return
    others = (_TABLE.c.instrument_id == row.instrument_id) & (_TABLE.c.id != row.id)
    first, last = _seconds(row.held_until), _seconds(row.ends_at)
    if db.session.execute(_TABLE.select().where(others, overlapping(first, last)).limit(1)).first():
        raise _taken(row)


def _taken(row: Any) -> Refusal:
    refusal = refused_by_database(bookable(row.instrument_id), row.starts_at, row.ends_at)
    return Taken(refusal.reasons, **refusal.details)


def _write(row: Any, state: str, held_until: datetime, now: datetime) -> None:
    statement = (
        update(_TABLE)
        .where(_TABLE.c.id == row.id)
        .values(state=state, held_until=held_until, changed_at=now, version=row.version + 1)
    )
    try:
        db.session.execute(statement)
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise _taken(row) from error


def _note(row: Any, deed: str, now: datetime, actor_id: int | None, detail: dict[str, Any]) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={**noted_span(row), "user_id": row.user_id, **detail},
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
