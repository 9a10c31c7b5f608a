"""The only writer of revisions: the lock and the version of an instrument's calendar, and of the catalogue."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, case, select, update

from instruments.catalog.models import CatalogRevision, InstrumentState
from instruments.database import db

LOCKED_AT_ONCE = 10_000
_STATE: Any = InstrumentState.__table__
_CATALOG: Any = CatalogRevision.__table__
# Asked and done with every booking, so made once.
_LOCK = update(_STATE).where(_STATE.c.instrument_id == bindparam("number")).values(rev=_STATE.c.rev + 1)
_NUMBER = select(_CATALOG.c.number).where(_CATALOG.c.id == 1)


def lock(instrument_ids: Iterable[int]) -> None:
    """Take the lock on these calendars by raising their revisions, in ascending order, each its own statement.

    A check must follow as a later statement: on PostgreSQL a check in the same one would not see
    what was committed while it waited.
    """
    for instrument_id in sorted(set(instrument_ids)):
        db.session.execute(_LOCK, {"number": instrument_id})


def hold(instrument_id: int) -> None:
    """Take the lock on a calendar without raising its revision: for deeds after which it looks as it did before."""
    statement = select(_STATE.c.rev).where(_STATE.c.instrument_id == instrument_id)
    db.session.execute(statement.with_for_update())


def lock_all(instrument_ids: Sequence[int]) -> None:
    """As `lock`, for a whole lab: two statements, whatever the number.

    PostgreSQL locks the rows of an ordered SELECT in that order, so nobody who locks in ascending order meets
    this half-way; the UPDATE then waits for nobody. SQLite has one writer, who holds the lock already.
    """
    state = InstrumentState
    for first in range(0, len(instrument_ids), LOCKED_AT_ONCE):
        these = sorted(instrument_ids)[first : first + LOCKED_AT_ONCE]
        mine = state.instrument_id.in_(these)
        db.session.execute(select(state.rev).where(mine).order_by(state.instrument_id).with_for_update())
        db.session.execute(
            update(state).where(mine).values(rev=state.rev + 1).execution_options(synchronize_session=False)
        )


def raise_catalog() -> None:
    """Say that instruments, hours, holidays or rules changed. Serialises such deeds; they are rare.

    The number follows the clock, in microseconds, so that one which was rolled back never comes again
    with another meaning: processes keep what they read under it.
    """
    present = time.time_ns() // 1000
    number = CatalogRevision.number
    db.session.execute(
        update(CatalogRevision)
        .where(CatalogRevision.id == 1)
        .values(number=case((number >= present, number + 1), else_=present))
        .execution_options(synchronize_session=False)
    )


def lock_catalog() -> int:
    """Take the lock that `raise_catalog` takes, and read the number as it stands: until then nothing else changes it.

    SQLite has one writer, who holds the lock already.
    """
    return db.session.scalar(_NUMBER.with_for_update()) or 0


def catalog_number() -> int:
    """The revision of the catalogue: what a process keeps in memory is good while this stays the same."""
    return db.session.scalar(_NUMBER) or 0


def rev_of(instrument_id: int) -> int:
    """The revision of one instrument's calendar."""
    statement = select(InstrumentState.rev).where(InstrumentState.instrument_id == instrument_id)
    return db.session.scalar(statement) or 0
