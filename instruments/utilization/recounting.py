"""Work out the summaries of months that are due, and keep them: read outside of the lock, written in one short deed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from instruments.catalog.models import Instrument
from instruments.charges.earning import Earned, earned, late_cancellations
from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Lab
from instruments.utilization import periods
from instruments.utilization.marking import marks_set
from instruments.utilization.models import (
    MonthCustomer,
    MonthIncome,
    MonthNumber,
    MonthPerson,
    MonthSummary,
    MonthWeek,
)
from instruments.utilization.reading import Thing, records_of_each, things
from instruments.utilization.summing import Summary, summary
from instruments.utilization.years import take_away

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
    rows: dict[Key, tuple[Summary, int, list[Earned]]]


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
    months: Sequence[int], now: datetime, instrument_ids: Collection[int] | None, limit: int | None = None
) -> list[Key]:
    """What is missing, touched or a day old of these instruments (all without) in these months: the latest year first, and
    in it one instrument after another. Three statements, and one for each month of which anything is due."""
    found: list[Key] = []
    begun = _begun(months, int(now.timestamp()))
    wanted = _unfinished(begun, now, instrument_ids)
    for _, some in groupby(wanted, key=lambda month: month // 100):
        keys = [
            (number, month) for month in some for number in _due(month, begun[month], now, instrument_ids)
        ]
        found += sorted(keys, key=lambda key: (key[0], -key[1]))
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def _begun(months: Sequence[int], moment: int) -> dict[int, list[str]]:
    """By month, on the walls of which zones a day of it is over; where it is on all of them, all."""
    zones = list(db.session.scalars(select(_LAB.c.zone).distinct()))
    return {month: [zone for zone in zones if _upto(month, ZoneInfo(zone), moment)] for month in months}


def _unfinished(
    begun: Mapping[int, Collection[str]], now: datetime, instrument_ids: Collection[int] | None
) -> list[int]:
    """The months that have begun anywhere and of which not every instrument is up to date, the latest first."""
    dialect, whole = db.engine.dialect.name, max(map(len, begun.values()), default=0)
    kept = select(_MONTH.c.month, func.count()).where(
        _MONTH.c.due_at > int(now.timestamp()), _MONTH.c.month.in_(begun)
    )
    there = select(func.count()).select_from(_INSTRUMENT)
    values: dict[str, Any] = {}
    if instrument_ids is not None:
        kept = kept.where(among(_MONTH.c.instrument_id, dialect))
        there = there.where(among(_INSTRUMENT.c.id, dialect))
        values = {"numbers": as_parameter(instrument_ids, dialect)}
    fresh = {row[0]: row[1] for row in db.session.execute(kept.group_by(_MONTH.c.month), values)}
    count = db.session.scalar(there, values) or 0
    # Where a month has not begun everywhere, the count alone does not tell.
    return [
        month
        for month in sorted(begun, reverse=True)
        if begun[month] and (fresh.get(month, 0) < count or len(begun[month]) < whole)
    ]


def _due(
    month: int, begun: Collection[str], now: datetime, instrument_ids: Collection[int] | None
) -> list[int]:
    dialect, moment = db.engine.dialect.name, int(now.timestamp())
    kept = (
        (_MONTH.c.instrument_id == _INSTRUMENT.c.id) & (_MONTH.c.month == month) & (_MONTH.c.due_at > moment)
    )
    asked = (
        select(_INSTRUMENT.c.id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .outerjoin(_MONTH, kept)
        .where(_MONTH.c.month.is_(None), _LAB.c.zone.in_(begun))
    )
    values: dict[str, Any] = {}
    if instrument_ids is not None:
        asked = asked.where(among(_INSTRUMENT.c.id, dialect))
        values = {"numbers": as_parameter(instrument_ids, dialect)}
    return list(db.session.scalars(asked, values))


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
    """Work out the summaries of these months. A constant number of statements for the instruments of a zone of which the same
    months are asked for; what happened to them is read once for all of those."""
    marks, moment = marks_set(), int(now.timestamp())
    found: dict[Key, tuple[Summary, int, list[Earned]]] = {}
    for months, numbers in _alike(keys):
        by_zone: defaultdict[ZoneInfo, list[Thing]] = defaultdict(list)
        for thing in things(numbers):
            by_zone[thing.zone].append(thing)
        for zone, some in by_zone.items():
            begun = [(month, upto) for month in months if (upto := _upto(month, zone, moment)) is not None]
            if begun:
                found |= _of_zone(some, begun, now)
    return Recounted(marks, found)


def _alike(keys: Iterable[Key]) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """The instruments of which the same months of a year are asked for, together."""
    asked: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, month in keys:
        asked[number, month // 100].append(month)
    found: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for (number, _), months in asked.items():
        found[tuple(sorted(months))].append(number)
    yield from found.items()


def _of_zone(
    some: Sequence[Thing], months: Sequence[tuple[int, tuple[int, int]]], now: datetime
) -> dict[Key, tuple[Summary, int, list[Earned]]]:
    """months: each with until when it is counted, and from when that is old."""
    zone, first = some[0].zone, first_day(months[0][0])
    end = datetime.fromtimestamp(months[-1][1][0], zone).date()
    periods_of = [(periods.midnight(first_day(month), zone), upto) for month, (upto, _) in months]
    numbers = [thing.id for thing in some]
    seen = records_of_each(some, periods_of, now)
    income, late = earned(numbers, first, end), late_cancellations(numbers, first, end)
    return {
        (key := (number, month)): (
            summary(held[number], period, zone, late.get(key)), old_at, income.get(key, []),
        )
        for (month, (_, old_at)), period, held in zip(months, periods_of, seen, strict=True)
        for number in numbers
    }  # fmt: skip


def keep(found: Recounted) -> int:
    """Write what was worked out, with the lock in hand and no marks set since it was read; how many.

    What was touched meanwhile and is not taken over yet is still noted, so that its mark comes after this.
    """
    if not found.rows:
        return 0
    dialect = db.engine.dialect.name
    for months, numbers in _alike(found.rows):
        values = {"numbers": as_parameter(numbers, dialect)}
        for table in _KEPT:
            mine = among(table.c.instrument_id, dialect) & table.c.month.in_(months)
            db.session.execute(delete(table).where(mine), values)
        take_away(numbers, months)
    _insert(found)
    _raise_numbers({month for _, month in found.rows})
    return len(found.rows)


def _raise_numbers(months: Collection[int]) -> None:
    """Say that these months are no longer what they were, with the lock in hand."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    first = dialect.insert(MonthNumber).values(month=bindparam("month"), number=1)
    raised = first.on_conflict_do_update(index_elements=["month"], set_={"number": MonthNumber.number + 1})
    db.session.execute(raised, [{"month": month} for month in sorted(months)])


def _insert(found: Recounted) -> None:
    columns = [column.name for column in _MONTH.columns]
    written: dict[Any, list[Sequence[Any]]] = {table: [] for table in _KEPT}
    for key, (made, due_at, income) in found.rows.items():
        values = {
            **made.values, "instrument_id": key[0], "month": key[1], "due_at": due_at,
            "served": bool(made.values["served"]),
        }  # fmt: skip
        written[_MONTH].append([values[name] for name in columns])
        written[_CUSTOMER] += [(*key, *whom, *each) for whom, each in made.served.items()]
        written[_PERSON] += [(*key, *each) for each in sorted(made.persons.items())]
        written[_INCOME] += [(*key, each.currency, each.net, each.outside) for each in income]
        written[_WEEK] += [(*key, made.week)] if made.week else []
    for table, rows in written.items():
        if rows:
            insert_rows(table.name, [column.name for column in table.columns], rows)
