"""Which days are working days at an institution, whenever they were, and of which years its calendar says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from instruments.availability.announced import announced_kinds_of, is_announced
from instruments.availability.day_models import CalendarDay
from instruments.availability.days import HAND, MAKE_UP, WORKDAY, ordinary
from instruments.availability.institution_days import known_years, region_of
from instruments.database import db
from instruments.people.models import Institution

_DAY: Any = CalendarDay.__table__


@dataclass(frozen=True, slots=True)
class Workdays:
    """kinds: of the days that are not what their weekday says; years: those of which that is known beyond weekends;
    region: the country whose announcements are known by themselves."""

    kinds: Mapping[date, str]
    years: frozenset[int]
    region: str

    def is_workday(self, day: date) -> bool:
        """Whether it is one; of a day that nothing is said of, by its weekday."""
        return self.kinds.get(day, ordinary(day)) in (WORKDAY, MAKE_UP)

    def is_certain(self, first: date, last: date) -> bool:
        """Whether the days off of every year that a span touches are known; else its weekends alone are."""
        return all(self._knows(year) for year in range(first.year, last.year + 1))

    def _knows(self, year: int) -> bool:
        return year in self.years or is_announced(self.region, year)


def workdays_of(home: Institution) -> Workdays:
    """By its own calendar; before it was kept here, by what its country announced. Three statements."""
    region = region_of(home)
    asked = select(_DAY.c.day, _DAY.c.kind, _DAY.c.source).where(_DAY.c.institution_id == home.id)
    rows = db.session.execute(asked).all()
    own = {day: kind for day, kind, source in sorted(rows, key=lambda row: bool(row.source == HAND))}
    years = set(known_years(home.id))
    if not region:
        # Nobody announces anything there: a year is known as soon as somebody entered days of it.
        years |= {day.year for day in own}
    return Workdays(announced_kinds_of(region) | own, frozenset(years), region)
