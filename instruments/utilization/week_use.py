"""In which hours of the week places were in use: as shares of all of them, and by instrument for some of those hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.edges import Part
from instruments.utilization.models import MonthSummary, MonthWeek
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection, by_numbers
from instruments.utilization.weekly import A_CELL, HOURS, added, hours_there, numbers_in

_WEEK: Any = MonthWeek.__table__
_MONTH: Any = MonthSummary.__table__
_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
DAYS, A_DAY, AN_HOUR = 7, 24, 3600


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Some hours of the week: those of a weekday (0: Monday), or of an hour on every day, or one hour of one day."""

    weekday: int | None = None
    hour: int | None = None

    @property
    def cells(self) -> list[int]:
        """Their numbers in the week, ascending."""
        days = range(DAYS) if self.weekday is None else (self.weekday,)
        hours = range(A_DAY) if self.hour is None else (self.hour,)
        return [day * A_DAY + hour for day in days for hour in hours]


@dataclass(frozen=True, slots=True)
class UsedThen:
    """What of an instrument was in use in those hours, of how much there was of all its places: seconds."""

    instrument_id: int
    used: int
    there: int

    @property
    def share(self) -> float:
        """The same as a share."""
        return self.used / self.there if self.there else 0.0


def week_shares(
    chosen: Selection,
    months: tuple[int, int],
    parts: Sequence[Part],
    period: Period,
    places: Mapping[str, int],
) -> tuple[float, ...]:
    """Which share of all places was in use in each hour of the week. One statement.

    places: all of them by their zone, those in service on any day of the period; times how much of that hour there was on
    its wall.
    """
    asked = (
        select(_WEEK.c.cells)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _WEEK.c.instrument_id)
        .where(
            _WEEK.c.month.between(*months), *chosen.conditions(), *by_numbers(_WEEK.c.instrument_id, chosen)
        )
    )
    used = added([*db.session.scalars(asked), *(part.summary.week for part in parts if part.summary.week)])
    walls = [(hours_there(period.first, period.end, ZoneInfo(zone)), count) for zone, count in places.items()]
    there = [sum(wall[hour] * count for wall, count in walls) for hour in range(HOURS)]
    return tuple(used[hour] / there[hour] if there[hour] else 0.0 for hour in range(HOURS))


def used_then(
    chosen: Selection, months: tuple[int, int], parts: Sequence[Part], period: Period, hours: WeekHours
) -> list[UsedThen]:
    """By instrument in service, those most in use first; they add up to the shares of these hours. Two statements.

    Only the bytes of these hours leave the database: a year of thousands of instruments is some hundred kilobytes.
    """
    pieces = [
        func.substr(_WEEK.c.cells, first * A_CELL + 1, count * A_CELL) for first, count in _runs(hours.cells)
    ]
    asked = (
        select(_WEEK.c.instrument_id, *pieces)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _WEEK.c.instrument_id)
        .where(
            _WEEK.c.month.between(*months), *chosen.conditions(), *by_numbers(_WEEK.c.instrument_id, chosen)
        )
    )
    used: defaultdict[int, int] = defaultdict(int)
    for number, *some in db.session.execute(asked):
        used[number] += sum(sum(numbers_in(piece)) for piece in some)
    for part in parts:
        if part.summary.week:
            numbers = numbers_in(part.summary.week)
            used[part.thing.id] += sum(numbers[cell] for cell in hours.cells)
    found = []
    for number, (places, zone) in _places(chosen, months, parts).items():
        wall = hours_there(period.first, period.end, ZoneInfo(zone))
        found.append(UsedThen(number, used[number], places * sum(wall[cell] for cell in hours.cells)))
    return sorted(found, key=lambda row: (-row.used, row.instrument_id))


def _runs(cells: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring cells as the first and how many."""
    found: list[tuple[int, int]] = []
    for cell in cells:
        if found and sum(found[-1]) == cell:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((cell, 1))
    return found


def _places(chosen: Selection, months: tuple[int, int], parts: Sequence[Part]) -> dict[int, tuple[int, str]]:
    """How many places each instrument has that was in service on any day, and its zone. One statement."""
    asked = (
        select(_MONTH.c.instrument_id, _INSTRUMENT.c.capacity, _LAB.c.zone)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _MONTH.c.instrument_id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .where(_MONTH.c.month.between(*months), _MONTH.c.calendar > 0, *chosen.conditions())
    )
    found = {row[0]: (row[1], row[2]) for row in db.session.execute(asked.distinct())}
    return found | {
        part.thing.id: (part.thing.capacity, part.thing.zone.key)
        for part in parts
        if part.summary.values["calendar"]
    }
