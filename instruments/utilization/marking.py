"""Take over what the database noted as touched: the summaries that rest on it are due to be worked out anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.touched_models import Touched
from instruments.utilization.begun import keep_begun
from instruments.utilization.models import MonthSummary, UtilizationState
from instruments.utilization.years import take_all_away, take_away_marked

AT_ONCE = 20_000
# A local day begins at most so long before or after its day in UTC.
AROUND = 86_400
EVER = (190_001, 999_912)
_TOUCHED: Any = Touched.__table__
_MONTH: Any = MonthSummary.__table__
_STATE: Any = UtilizationState.__table__
_INSTRUMENT: Any = Instrument.__table__
_MARK = (
    update(_MONTH)
    .where(
        _MONTH.c.instrument_id == bindparam("number"),
        _MONTH.c.month.between(bindparam("low"), bindparam("high")),
    )
    .values(due_at=0)
)


def is_touched() -> bool:
    """Whether anything was touched that nobody has taken over yet."""
    return db.session.execute(select(_TOUCHED.c.id).limit(1)).first() is not None


def state_number() -> int:
    """Which state of the summaries this is: what was worked out from them holds while it stays the same."""
    return db.session.scalar(select(_STATE.c.number)) or 0


def marks_set() -> int:
    """How often marks were set: what was read before the last of them may be old."""
    return db.session.scalar(select(_STATE.c.marked)) or 0


def lock_state(*, marking: bool = False) -> int:
    """Take the lock of whoever writes summaries or marks them, inside a deed; how often marks were set, with this one."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    first = dialect.insert(_STATE).values(id=1, number=1, marked=int(marking))
    raised = first.on_conflict_do_update(
        index_elements=["id"], set_={"number": _STATE.c.number + 1, "marked": _STATE.c.marked + int(marking)}
    )
    return int(db.session.execute(raised.returning(_STATE.c.marked)).scalar_one())


def take_over() -> int:
    """Mark what was touched as due, and take the notes away, with the lock in hand; how many there were, at most 20,000.

    The notes are taken away first and then used, so that one which another deed adds meanwhile stays for the next time.
    """
    some = select(_TOUCHED.c.id).order_by(_TOUCHED.c.id).limit(AT_ONCE)
    rows = db.session.execute(delete(_TOUCHED).where(_TOUCHED.c.id.in_(some)).returning(_TOUCHED)).all()
    keep_begun(row.first for row in rows)
    marks = _marks(rows)
    if marks:
        db.session.execute(_MARK, marks)
        take_away_marked(marks)
    return len(rows)


def _marks(rows: Iterable[Any]) -> list[dict[str, int]]:
    """By instrument the months from which to which something was touched: few statements for thousands of notes."""
    by_owner: defaultdict[tuple[str, int], set[tuple[int, int]]] = defaultdict(set)
    for row in rows:
        for kind, number in (
            ("instrument", row.instrument_id), ("lab", row.lab_id), ("institution", row.institution_id),
        ):  # fmt: skip
            if number is not None:
                by_owner[kind, number].add(_months(row.first, row.last))
    found: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for (kind, number), spans in by_owner.items():
        for instrument_id in [number] if kind == "instrument" else _instruments_of(kind, number):
            found[instrument_id] |= spans
    return [
        {"number": number, "low": low, "high": high}
        for number in sorted(found)
        for low, high in sorted(found[number])
    ]


def _instruments_of(kind: str, number: int) -> list[int]:
    owner = _INSTRUMENT.c.lab_id if kind == "lab" else _INSTRUMENT.c.institution_id
    return list(db.session.scalars(select(_INSTRUMENT.c.id).where(owner == number)))


def _months(first: int | None, last: int | None) -> tuple[int, int]:
    if first is None or last is None:
        return EVER
    return _month(first - AROUND), _month(last + AROUND)


def _month(second: int) -> int:
    """202611 of a UTC second; an end that nobody knows is in the last month there is."""
    try:
        moment = datetime.fromtimestamp(second, UTC)
    except (OverflowError, ValueError):
        return EVER[1]
    return moment.year * 100 + moment.month


def forget() -> None:
    """Set every summary due and take all notes away, inside a deed: what is asked for next is worked out anew."""
    lock_state(marking=True)
    keep_begun([None])
    db.session.execute(delete(_TOUCHED))
    db.session.execute(update(_MONTH).values(due_at=0))
    take_all_away()
