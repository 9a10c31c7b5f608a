"""Change the hours of many instruments at once, in a few statements however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.models import OpeningHours
from instruments.availability.week_changes import HoursChange, NewWeek, WeekPlan, WeekRow
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.journal.record import entry, record_many

_HOURS: Any = OpeningHours.__table__


def weeks_of_many(instrument_ids: Collection[int]) -> dict[int, tuple[WeekRow, ...]]:
    """The weeks of their own, the one published last first; instruments without any are left out. One statement."""
    one, dialect = OpeningHours, db.engine.dialect.name
    found: dict[int, tuple[WeekRow, ...]] = {}
    for number, *row in db.session.execute(
        select(
            one.instrument_id, one.id, one.week, one.valid_from, one.valid_to, one.circles, one.season_span_id
        )
        .where(among(one.instrument_id, dialect))
        .order_by(one.id.desc()),
        {"numbers": as_parameter(instrument_ids, dialect)},
    ):
        found[number] = (*found.get(number, ()), WeekRow(*row))
    return found


def carry_out(
    plans: Mapping[int, WeekPlan],
    change: HoursChange,
    places: Mapping[int, tuple[int, int]],
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Do what was planned for each instrument, inside a deed that holds the catalogue's lock.

    places: the (institution, lab) of each, for the journal.
    """
    with keeping_what_is_past(plans.keys(), now):
        _write(plans, change)
    record_many(_entries(list(plans), change, places, actor_id, now))


def _write(plans: Mapping[int, WeekPlan], change: HoursChange) -> None:
    dialect = db.engine.dialect.name
    gone = [number for planned in plans.values() for number in planned.gone]
    ended = [number for planned in plans.values() for number in planned.ended]
    if gone:
        db.session.execute(
            delete(_HOURS).where(among(_HOURS.c.id, dialect)), {"numbers": as_parameter(gone, dialect)}
        )
    if ended:
        db.session.execute(
            update(_HOURS)
            .where(among(_HOURS.c.id, dialect))
            .values(valid_to=bindparam("last_day"), season_span_id=None, version=_HOURS.c.version + 1),
            {"numbers": as_parameter(ended, dialect), "last_day": change.since - timedelta(days=1)},
        )
    if isinstance(change, NewWeek):
        rows = [_row(number, change) for number, planned in plans.items() if planned.comes]
        if rows:
            db.session.execute(insert(_HOURS), rows)


def _row(number: int, change: NewWeek) -> dict[str, object]:
    return {
        "lab_id": None,
        "instrument_id": number,
        "week": change.week,
        "valid_from": change.since,
        "valid_to": change.until,
        "circles": change.circles,
        "version": 1,
    }


def _entries(
    numbers: Sequence[int],
    change: HoursChange,
    places: Mapping[int, tuple[int, int]],
    actor_id: int | None,
    now: datetime,
) -> Iterator[dict[str, Any]]:
    detail: dict[str, object] = {"from": change.since.isoformat(), "together": len(numbers)}
    if isinstance(change, NewWeek):
        detail |= {"week": change.week, "to": change.until and change.until.isoformat()}
        detail |= {"circles": change.circles} if change.circles else {}
    deed = "hours.published" if isinstance(change, NewWeek) else "hours.withdrawn"
    for number in numbers:
        institution_id, lab_id = places[number]
        yield entry(
            now=now, actor_id=actor_id, deed=deed, thing=("instrument", number),
            institution_id=institution_id, lab_id=lab_id, detail=detail,
        )  # fmt: skip
