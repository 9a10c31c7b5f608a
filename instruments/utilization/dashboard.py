"""What a dashboard shows of some instruments in a period, mostly from summaries of its months, in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.adding import each_with, together, totals_in
from instruments.utilization.customers import Cell, Served, income, matrix, served
from instruments.utilization.edges import Part, edges, months_until, whole_months
from instruments.utilization.models import MonthSummary, MonthWeek
from instruments.utilization.pareto import Pareto, pareto
from instruments.utilization.peers import Peers, peers
from instruments.utilization.periods import Period
from instruments.utilization.recounting import month_of
from instruments.utilization.sums import Selection, expected_rows, totals_by
from instruments.utilization.totals import Totals
from instruments.utilization.unmet import Wish, unmet
from instruments.utilization.weekly import HOURS, added

_WEEK: Any = MonthWeek.__table__
_MONTH: Any = MonthSummary.__table__
_INSTRUMENT: Any = Instrument.__table__
# 13 months: the same one of last year stands beside the last.
A_YEAR = 100
NO_MONTHS = (0, 0)
OF_TREND = ("bookable", "open", "owned")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of figures: now and in the other period, the class, the months before, the hours of the week, whom it served.

    trend: months that are wholly counted; uncounted: how many others there would be.
    week: the share of places in use by hour of the week (0: Monday from midnight).
    """

    now: Totals
    other: Totals
    trend: Mapping[int, Totals]
    uncounted: int
    week: tuple[float, ...]
    pareto: Pareto
    served: Served
    cells: tuple[Cell, ...]
    income: Mapping[str, tuple[int, int]]
    unmet: tuple[Wish, ...]
    peers: Peers | None


def dashboard(
    chosen: Selection, institution_id: int | None, period: Period, other: Period, now: datetime
) -> Dashboard:
    """Read everything; institution_id: whose instruments they are, where one owns them all.

    The owner of the matrix is a lab where one institution was chosen, else an institution.
    """
    last = month_of(period.end - timedelta(days=1))
    months, parts = whole_months(period) or NO_MONTHS, edges(chosen, period, now)
    if parts:
        each = each_with(chosen, period, parts, now)
        whole = together(each.values())
        hours = [sums.sums["effective"] for sums in each.values() if sums.sums["calendar"]]
    else:
        whole, hours = totals_in(chosen, period, now), _hours_of_each(chosen, months)
    trend = totals_by("month", chosen, (last - A_YEAR, last), now, OF_TREND)
    a_month = expected_rows(chosen, [last])
    counted = {month: each for month, each in trend.items() if each.fresh >= a_month}
    owner = "institution" if chosen.institution_id is None and chosen.lab_id is None else "lab"
    return Dashboard(
        whole,
        _before(chosen, other, now),
        counted,
        len(trend) - len(counted),
        week_shares(chosen, months, parts, period),
        pareto(hours),
        served(chosen, months, parts),
        tuple(matrix(chosen, months, owner, parts)),
        income(chosen, months, parts),
        tuple(unmet(chosen, period)),
        None if institution_id is None else peers(chosen, institution_id, period, now),
    )


def _before(chosen: Selection, other: Period, now: datetime) -> Totals:
    """What to compare with; nothing where some of it is not counted, or lies before there was anything to count."""
    found = totals_in(chosen, other, now)
    whole = found.fresh >= expected_rows(chosen, months_until(other, now.date()))
    return found if whole else Totals()


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


def week_shares(
    chosen: Selection, months: tuple[int, int], parts: Sequence[Part], period: Period
) -> tuple[float, ...]:
    """Which share of all places was in use in each hour of the week. Two statements.

    All places: those in service on any day of the period, times how often the weekday came in it.
    """
    asked = (
        select(_WEEK.c.cells)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _WEEK.c.instrument_id)
        .where(_WEEK.c.month.between(*months), *chosen.conditions())
    )
    used = added([*db.session.scalars(asked), *(part.summary.week for part in parts if part.summary.week)])
    in_service = select(_MONTH.c.instrument_id, _INSTRUMENT.c.capacity).join(
        _INSTRUMENT, _INSTRUMENT.c.id == _MONTH.c.instrument_id
    )
    there = in_service.where(_MONTH.c.month.between(*months), _MONTH.c.calendar > 0, *chosen.conditions())
    places = dict(tuple(row) for row in db.session.execute(there.distinct()))
    places |= {part.thing.id: part.thing.capacity for part in parts if part.summary.values["calendar"]}
    count, weekdays = sum(places.values()), _weekdays(period.first, period.end)
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
