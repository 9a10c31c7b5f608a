"""What a dashboard shows of some instruments in a period, mostly from summaries of its months, in few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from instruments.catalog.models import Instrument
from instruments.errors import Reason
from instruments.utilization import periods
from instruments.utilization.adding import each_with, together, totals_in
from instruments.utilization.begun import begun
from instruments.utilization.customers import Cell, Served, income, served_alone, served_and_cells
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.edges import Part, edges, last_begun, months_until, whole_months
from instruments.utilization.figures import Figure
from instruments.utilization.known import is_running, is_unknown, why_not_compared
from instruments.utilization.pareto import Pareto, pareto
from instruments.utilization.peers import Peers, peers
from instruments.utilization.periods import RANGE, Period
from instruments.utilization.rated_sums import with_rated, with_rated_by
from instruments.utilization.recounting import first_day, next_month
from instruments.utilization.saying import Said, said
from instruments.utilization.sums import Selection, expected_rows, hours_and_places, totals_by
from instruments.utilization.totals import Totals
from instruments.utilization.week_use import week_shares
from instruments.utilization.withholding import NOTHING, Known

_INSTRUMENT: Any = Instrument.__table__
# 13 months: the same one of last year stands beside the last.
A_YEAR = 100
NO_MONTHS = (0, 0)
# What is known of an instrument from before anybody reserved or used anything.
BEFORE_USE = ("calendar", "open", "instruments")
OF_TREND = ("bookable", "open", "owned")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of figures: now and in the other period, the class, the months before, the hours of the week, whom it served.

    trend: months that are wholly counted; uncounted: how many others there would be.
    other: nothing while the period runs or where that is not all counted; where it begins before anything was reserved or used,
    only what hours there were. served_before, income_before: the same of the other period; None where it is not compared with.
    not_compared: why its use is not; None where it is.
    begun: the day on which anything was first reserved or used anywhere; None: never.
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
    peers: Peers | None
    begun: date | None
    served_before: Served | None = None
    income_before: Mapping[str, tuple[int, int]] | None = None
    not_compared: Reason | None = None

    @property
    def figures(self) -> list[Said]:
        """Every figure there is, beside the same of the other period."""
        return [said(self.now.figure(code), self.before(code)) for code in DEFINITIONS]

    def before(self, code: str) -> Figure | None:
        """A figure in the other period; None where what it is made of is not known of that time."""
        definition = DEFINITIONS[code]
        known = {definition.over, definition.under or definition.over} <= self.other.sums.keys()
        return self.other.figure(code) if known else None


def dashboard(
    chosen: Selection,
    institution_id: int | None,
    period: Period,
    other: Period,
    now: datetime,
    known: Known = NOTHING,
) -> Dashboard:
    """Read everything; institution_id: whose instruments they are, where one owns them all; known: what else whoever looks
    sees by other roles.

    The owner of the matrix is a lab where one institution, lab or instrument was chosen, else an institution.
    """
    last = last_begun(period, now.date())
    months, parts = whole_months(period) or NO_MONTHS, edges(chosen, period, now)
    in_service = hours_and_places(chosen, months, now)
    if parts:
        each = each_with(chosen, period, parts, now)
        whole = with_rated(together(each.values()), chosen, period, now)
        hours = [sums.sums["effective"] for sums in each.values() if sums.sums["calendar"]]
    else:
        whole, hours = totals_in(chosen, period, now), [effective for *_, effective in in_service]
    trend = totals_by("month", chosen, (last - A_YEAR, last), now, OF_TREND)
    year = Period(RANGE, first_day(last - A_YEAR), first_day(next_month(last)))
    trend = with_rated_by("month", trend, chosen, year, now)
    begun_on = begun()
    a_month = expected_rows(chosen, [last])
    counted = {month: each for month, each in trend.items() if each.fresh >= a_month}
    within_one = (chosen.institution_id, chosen.lab_id, chosen.instrument_id) != (None, None, None)
    owner = "lab" if within_one else "institution"
    whom, cells = served_and_cells(chosen, months, owner, parts)
    before = _before(chosen, period, other, now, begun_on)
    return Dashboard(
        whole,
        before.totals,
        counted,
        sum(
            month not in counted and not is_unknown(periods.month(first_day(month)), begun_on)
            for month in trend
        ),
        week_shares(chosen, months, parts, period, _places(in_service, parts)),
        pareto(hours),
        whom,
        tuple(cells),
        income(chosen, months, parts),
        None if institution_id is None else peers(chosen, institution_id, period, now, known),
        begun_on,
        before.served,
        before.income,
        before.why_not,
    )


def _places(in_service: Iterable[tuple[int, int, str, int]], parts: Iterable[Part]) -> Counter[str]:
    """How many places were in service on any day, by the zone on whose wall they stand."""
    each = {number: (zone, places) for number, places, zone, _ in in_service}
    each |= {
        part.thing.id: (part.thing.zone.key, part.thing.capacity)
        for part in parts
        if part.summary.values["calendar"]
    }
    found: Counter[str] = Counter()
    for zone, places in each.values():
        found[zone] += places
    return found


class _Before(NamedTuple):
    """What there is of the period to compare with, and why its use is not compared."""

    totals: Totals
    why_not: Reason | None
    served: Served | None = None
    income: Mapping[str, tuple[int, int]] | None = None


def _before(
    chosen: Selection, period: Period, other: Period, now: datetime, begun_on: date | None
) -> _Before:
    """What to compare with: nothing while the period runs or where some of the other is not counted, and where the other begins
    before there was anything to count only the hours that there were."""
    if is_running(period, now.date()):
        return _Before(Totals(), why_not_compared(period, other, now.date(), begun_on, is_counted=False))
    months, parts = whole_months(other) or NO_MONTHS, edges(chosen, other, now)
    found = totals_in(chosen, other, now, parts)
    is_counted = found.fresh >= expected_rows(chosen, months_until(other, now.date()))
    why_not = why_not_compared(period, other, now.date(), begun_on, is_counted=is_counted)
    if not is_counted:
        return _Before(Totals(), why_not)
    if why_not is not None:
        known = {name: found.sums[name] for name in BEFORE_USE if name in found.sums}
        return _Before(replace(found, sums=known), why_not)
    return _Before(found, None, served_alone(chosen, months, parts), income(chosen, months, parts))
