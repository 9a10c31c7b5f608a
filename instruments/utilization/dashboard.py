"""What a dashboard shows of some instruments in a period of whole months, from their summaries, in few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.customers import Cell, Served, income, matrix, served
from instruments.utilization.idle import Pareto, pareto
from instruments.utilization.models import MonthSummary, MonthWeek
from instruments.utilization.periods import Period
from instruments.utilization.recounting import month_of
from instruments.utilization.sums import Selection, Totals, totals, totals_by
from instruments.utilization.weekly import HOURS, added

_WEEK: Any = MonthWeek.__table__
_MONTH: Any = MonthSummary.__table__
_INSTRUMENT: Any = Instrument.__table__
# 13 months: the same one of last year stands beside the last.
A_YEAR = 100
OF_TREND = ("bookable", "open", "owned")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of figures: now and in the other period, the class, the months before, the hours of the week, whom it served.

    week: the share of places in use by hour of the week (0: Monday from midnight).
    """

    now: Totals
    other: Totals
    trend: Mapping[int, Totals]
    week: tuple[float, ...]
    pareto: Pareto
    served: Served
    cells: tuple[Cell, ...]
    income: Mapping[str, tuple[int, int]]


def months_of(period: Period) -> tuple[int, int]:
    """The first and the last month of a period of whole months: (202601, 202612)."""
    return month_of(period.first), month_of(period.end - timedelta(days=1))


def dashboard(chosen: Selection, period: Period, other: Period, now: datetime) -> Dashboard:
    """Read everything. The owner of the matrix is a lab where one institution was chosen, else an institution."""
    months = months_of(period)
    each = _hours_of_each(chosen, months)
    owner = "institution" if chosen.institution_id is None and chosen.lab_id is None else "lab"
    return Dashboard(
        totals(chosen, months, now),
        totals(chosen, months_of(other), now),
        totals_by("month", chosen, (months[1] - A_YEAR, months[1]), now, OF_TREND),
        week_shares(chosen, months, period),
        pareto(each),
        served(chosen, months),
        tuple(matrix(chosen, months, owner)),
        income(chosen, months),
    )


def _hours_of_each(chosen: Selection, months: tuple[int, int]) -> list[int]:
    """The effective milliseconds of each instrument in service. One statement."""
    effective, calendar = func.sum(_MONTH.c.effective), func.sum(_MONTH.c.calendar)
    asked = (
        select(effective)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _MONTH.c.instrument_id)
        .where(_MONTH.c.month.between(*months), *chosen.conditions())
        .group_by(_MONTH.c.instrument_id)
        .having(calendar > 0)
    )
    return [int(hours) for hours in db.session.scalars(asked)]


def week_shares(chosen: Selection, months: tuple[int, int], period: Period) -> tuple[float, ...]:
    """Which share of all places was in use in each hour of the week. Two statements.

    All places: the places in service now, times how often the weekday came in the period.
    """
    asked = (
        select(_WEEK.c.cells)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _WEEK.c.instrument_id)
        .where(_WEEK.c.month.between(*months), *chosen.conditions())
    )
    used = added(db.session.scalars(asked))
    in_service = (
        select(_MONTH.c.instrument_id)
        .where(_MONTH.c.month.between(*months), _MONTH.c.calendar > 0)
        .where(_MONTH.c.instrument_id == _INSTRUMENT.c.id)
        .exists()
    )
    places = select(func.sum(_INSTRUMENT.c.capacity)).where(in_service, *chosen.conditions())
    count = int(db.session.scalar(places) or 0)
    weekdays = _weekdays(period.first, period.end)
    return tuple(
        used[hour] / (count * weekdays[hour // 24] * 3600) if count and weekdays[hour // 24] else 0.0
        for hour in range(HOURS)
    )


def _weekdays(first: date, end: date) -> list[int]:
    """How often each weekday comes on the days [first, end)."""
    whole, rest = divmod((end - first).days, 7)
    found = [whole] * 7
    for day in range(rest):
        found[(first.weekday() + day) % 7] += 1
    return found
