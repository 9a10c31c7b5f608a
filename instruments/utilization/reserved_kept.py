"""How many reservations a figure of months counts, by what is kept of those: read in a fraction of the time of counting them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement

from instruments.utilization.adding import totals_in
from instruments.utilization.edges import months_until, whole_months
from instruments.utilization.freshness import freshness
from instruments.utilization.marking import is_touched
from instruments.utilization.periods import Period
from instruments.utilization.reserved_rows import LEAD, NO_SHOWS, ReservedSums, reserved_sums, whose
from instruments.utilization.sums import Selection, totals
from instruments.utilization.users import SUMMED, User, used

KEPT = (NO_SHOWS, LEAD)
AN_HOUR = 3_600_000


def sums_of(
    of: Selection | User, period: Period, now: datetime, figure: str, *, missed: bool = False
) -> ReservedSums:
    """What all reservations of a place or of somebody come to: as kept where all of that is kept and up to date, else counted."""
    if figure in KEPT and not missed and _is_kept(of, period, now):
        return _of_place(of, period, now) if isinstance(of, Selection) else _of_user(of, period, now)
    return reserved_sums(condition_of(of), period, now, figure, missed=missed)


def unused_sum(of: Selection | User, period: Period, now: datetime) -> float:
    """The hours that a place or somebody left unused of what was reserved, as the figure has them."""
    if isinstance(of, Selection):
        return float(totals_in(of, period, now).measure("unused"))
    place = SUMMED.index("unused")
    return sum(row.values[place] for row in used(of, period, now)) / AN_HOUR


def condition_of(of: Selection | User) -> ColumnElement[bool]:
    """The reservations of a place or of somebody."""
    return whose(chosen=of) if isinstance(of, Selection) else whose(of)


def _is_kept(of: Selection | User, period: Period, now: datetime) -> bool:
    """Whether it is of whole months, nothing was touched, and every month of theirs is up to date."""
    if not period.is_of_months or whole_months(period) is None or is_touched():
        return False
    chosen = of if isinstance(of, Selection) else Selection()
    return not freshness(chosen, months_until(period, now.date()), now).old


def _of_place(of: Selection, period: Period, now: datetime) -> ReservedSums:
    sums = totals(of, whole_months(period) or (0, 0), now).sums
    return ReservedSums(sums["reservations"], sums["no_shows"], sums["lead"] / AN_HOUR)


def _of_user(of: User, period: Period, now: datetime) -> ReservedSums:
    places = [SUMMED.index(name) for name in ("reservations", "no_shows", "lead")]
    rows = used(of, period, now)
    count, no_shows, lead = (sum(row.values[place] for row in rows) for place in places)
    return ReservedSums(count, no_shows, lead / AN_HOUR)
