"""Work out the summaries of months that are due, and keep them: read outside of the lock, written in one short deed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select

from instruments.catalog.models import Instrument
from instruments.charges.earning import Earned, earned_by_instrument, late_cancellations
from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Lab
from instruments.utilization import periods
from instruments.utilization.marking import marks_set
from instruments.utilization.models import MonthCustomer, MonthIncome, MonthPerson, MonthSummary, MonthWeek
from instruments.utilization.reading import Thing, records, things
from instruments.utilization.summing import Summary, summary

_KEPT: tuple[Any, ...] = tuple(
    model.__table__ for model in (MonthSummary, MonthCustomer, MonthPerson, MonthIncome, MonthWeek)
)
_MONTH, _CUSTOMER, _PERSON, _INCOME, _WEEK = _KEPT
_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
NEVER = 2**62
Key = tuple[int, int]
"""An instrument and a month: (7, 202611)."""


@dataclass(frozen=True, slots=True)
class Recounted:
    """Summaries worked out from what stood in the database after so many marks, not written yet."""

    marks: int
    rows: dict[Key, tuple[Summary, int, list[Earned], int]]


def month_of(day: date) -> int:
    """202611 of a day."""
    return day.year * 100 + day.month


def first_day(month: int) -> date:
    """The first day of a month such as 202611."""
    return date(month // 100, month % 100, 1)


def next_month(month: int) -> int:
    """The month after."""
    return month + 1 if month % 100 < 12 else month + 89


def months_between(first: int, last: int) -> list[int]:
    """All months from one to another, both included."""
    found = []
    while first <= last:
        found.append(first)
        first = next_month(first)
    return found


def due(
    months: Sequence[int], now: datetime, instrument_ids: Collection[int] | None, limit: int
) -> list[Key]:
    """What is missing, touched or a day old of these instruments (all without) in these months, the latest first."""
    found: list[Key] = []
    for month in sorted(months, reverse=True):
        found += [(number, month) for number in _due(month, now, instrument_ids, limit - len(found))]
        if len(found) >= limit:
            break
    return found


def _due(month: int, now: datetime, instrument_ids: Collection[int] | None, limit: int) -> list[int]:
    dialect, moment = db.engine.dialect.name, int(now.timestamp())
    kept = (
        (_MONTH.c.instrument_id == _INSTRUMENT.c.id) & (_MONTH.c.month == month) & (_MONTH.c.due_at > moment)
    )
    begun = [zone for zone in _zones() if _upto(month, ZoneInfo(zone), moment)]
    asked = (
        select(_INSTRUMENT.c.id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .outerjoin(_MONTH, kept)
        .where(_MONTH.c.month.is_(None), _LAB.c.zone.in_(begun))
        .order_by(_INSTRUMENT.c.id)
        .limit(limit)
    )
    values: dict[str, Any] = {}
    if instrument_ids is not None:
        asked = asked.where(among(_INSTRUMENT.c.id, dialect))
        values = {"numbers": as_parameter(instrument_ids, dialect)}
    return list(db.session.scalars(asked, values))


def _zones() -> list[str]:
    return list(db.session.scalars(select(_LAB.c.zone).distinct()))


def _upto(month: int, zone: ZoneInfo, moment: int) -> tuple[int, int] | None:
    """Until when a month is counted, and from when that is old: whole local days only; None where none is over."""
    period = periods.month(first_day(month))
    first, end = period.seconds(zone)
    if end <= moment:
        return end, NEVER
    today = datetime.fromtimestamp(moment, zone).date()
    upto = periods.midnight(today, zone)
    return (upto, periods.midnight(date.fromordinal(today.toordinal() + 1), zone)) if upto > first else None


def recount(keys: Iterable[Key], now: datetime) -> Recounted:
    """Work out the summaries of these months. A constant number of statements for each month and zone among them."""
    marks, moment = marks_set(), int(now.timestamp())
    by_month: defaultdict[int, list[int]] = defaultdict(list)
    for number, month in keys:
        by_month[month].append(number)
    found: dict[Key, tuple[Summary, int, list[Earned], int]] = {}
    for month, numbers in by_month.items():
        by_zone: defaultdict[ZoneInfo, list[Thing]] = defaultdict(list)
        for thing in things(numbers):
            by_zone[thing.zone].append(thing)
        for zone, some in by_zone.items():
            upto = _upto(month, zone, moment)
            if upto is not None:
                found |= _of_zone(some, month, upto, now)
    return Recounted(marks, found)


def _of_zone(
    some: Sequence[Thing], month: int, upto: tuple[int, int], now: datetime
) -> dict[Key, tuple[Summary, int, list[Earned], int]]:
    zone, first = some[0].zone, first_day(month)
    period = (periods.midnight(first, zone), upto[0])
    end = datetime.fromtimestamp(upto[0], zone).date()
    numbers = [thing.id for thing in some]
    seen = records(some, *period, now)
    earned = earned_by_instrument(numbers, first, end)
    late = late_cancellations(numbers, first, end)
    return {
        (number, month): (
            summary(seen[number], period, zone), upto[1], earned.get(number, []), late.get(number, 0),
        )
        for number in numbers
    }  # fmt: skip


def keep(found: Recounted) -> int:
    """Write what was worked out, with the lock in hand and no marks set since it was read; how many.

    What was touched meanwhile and is not taken over yet is still noted, so that its mark comes after this.
    """
    if not found.rows:
        return 0
    keys = [{"number": number, "which": month} for number, month in found.rows]
    for table in _KEPT:
        mine = (table.c.instrument_id == bindparam("number")) & (table.c.month == bindparam("which"))
        db.session.execute(delete(table).where(mine), keys)
    _insert(found)
    return len(keys)


def _insert(found: Recounted) -> None:
    columns = [column.name for column in _MONTH.columns]
    written: dict[Any, list[Sequence[Any]]] = {table: [] for table in _KEPT}
    for key, (made, due_at, earned, late) in found.rows.items():
        values = {
            **made.values, "instrument_id": key[0], "month": key[1], "due_at": due_at, "late_cancelled": late,
            "served": bool(made.values["served"]),
        }  # fmt: skip
        written[_MONTH].append([values[name] for name in columns])
        written[_CUSTOMER] += [
            (*key, *whom, each.effective, each.uses, each.samples) for whom, each in made.served.items()
        ]
        written[_PERSON] += [(*key, person) for person in sorted(made.persons)]
        written[_INCOME] += [(*key, each.currency, each.net, each.outside) for each in earned]
        written[_WEEK] += [(*key, made.week)] if made.week else []
    for table, rows in written.items():
        if rows:
            insert_rows(table.name, [column.name for column in table.columns], rows)
