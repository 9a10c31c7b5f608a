"""What a look for free time sees of the instruments concerned: while it stays the same, looking again finds the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, func, select, type_coerce

from instruments.catalog.models import InstrumentState
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.journal.models import JournalEntry
from instruments.reservations.models import Displacement
from instruments.reservations.waitlist.candidates import Candidates
from instruments.reservations.waitlist.models import WaitOffer

_OFFER: Any = WaitOffer.__table__
_DISPLACED: Any = Displacement.__table__
AN_HOUR = 3600
# What is older than so many entries of the journal was heard long ago: the worker looks every minute.
LOOKED_BACK = 20_000
WAKING = (
    "reservation.cancelled", "reservation.moved", "reservation.declined", "reservation.expired",
    "reservation.proposed", "reservation.handed_over",
    "qualification.granted", "qualification.renewed", "qualification.changed", "qualification.imported",
    "admission.granted", "admission.renewed", "admission.changed",
)  # fmt: skip


def seen(rows: Sequence[Row[Any]], candidates: Candidates, number: int, now: datetime) -> dict[int, str]:
    """By request, a mark of all that decides on what is free for it. Three statements, one more with quotas.

    Every deed that changes a calendar raises that instrument's revision, and every offer that is closed adds to a
    count. Both only grow, so that their sums stand for them. Where there are quotas, or qualifications are asked for, what
    frees or grants them at the institution counts as well.
    """
    ids = {thing.id for row in rows for thing in candidates.of(row)}
    heard = _heard(
        {
            thing.institution_id
            for row in rows
            for thing in candidates.of(row)
            if thing.quotas or thing.needs is not None
        }
    )
    revs, closed = _revisions(ids), _closed(ids)
    kept = Counter(row.instrument_id for row in offered_back(now))
    hour = int(now.timestamp()) // AN_HOUR
    marks: dict[int, str] = {}
    sums: dict[int, tuple[int, ...]] = {}
    for row in rows:
        things = candidates.of(row)
        if id(things) not in sums:
            numbers = [thing.id for thing in things]
            sums[id(things)] = (
                sum(revs.get(each, 0) for each in numbers),
                sum(closed.get(each, 0) for each in numbers),
                sum(kept[each] for each in numbers),
                max((heard.get(each.institution_id, 0) for each in things), default=0),
            )
        marks[row.id] = ".".join(map(str, (number, hour, *sums[id(things)])))
    return marks


def _heard(institution_ids: set[int]) -> dict[int, int]:
    """By institution, the number of the last deed that may have made room under a quota, or qualified somebody."""
    if not institution_ids:
        return {}
    one = JournalEntry
    newest = select(func.coalesce(func.max(one.id), 0)).scalar_subquery()
    rows = db.session.execute(
        select(one.institution_id, func.max(one.id))
        .where(one.institution_id.in_(institution_ids), one.id > newest - LOOKED_BACK, one.deed.in_(WAKING))
        .group_by(one.institution_id)
    )
    return {institution_id: number for institution_id, number in rows}


def offered_back(now: datetime) -> Sequence[Row[Any]]:
    """The spans that are offered back to those who lost them to a closure: (instrument_id, start, end)."""
    start, end = (type_coerce(_DISPLACED.c[name], BigInteger) for name in ("starts_at", "ends_at"))
    return db.session.execute(
        select(_DISPLACED.c.instrument_id, start.label("start"), end.label("end")).where(
            _DISPLACED.c.offered_until > now
        )
    ).all()


def _revisions(ids: set[int]) -> dict[int, int]:
    dialect, state = db.engine.dialect.name, InstrumentState
    rows = db.session.execute(
        select(state.instrument_id, state.rev).where(among(state.instrument_id, dialect)),
        {"numbers": as_parameter(ids, dialect)},
    )
    return {number: rev for number, rev in rows}


def _closed(ids: set[int]) -> dict[int, int]:
    dialect, one = db.engine.dialect.name, _OFFER.c
    rows = db.session.execute(
        select(one.instrument_id, func.count())
        .where(among(one.instrument_id, dialect), one.state != "open")
        .group_by(one.instrument_id),
        {"numbers": as_parameter(ids, dialect)},
    )
    return {number: count for number, count in rows}
