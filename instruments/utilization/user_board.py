"""What a page of whose use shows, as page, files and the API tell it: the figures of a period beside those of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from instruments.utilization.asking import BEFORE, View
from instruments.utilization.edges import last_begun, months_until
from instruments.utilization.freshness import freshness
from instruments.utilization.periods import RANGE, Period
from instruments.utilization.recounting import first_day, month_of, next_month
from instruments.utilization.saying import Said, said
from instruments.utilization.sums import Selection
from instruments.utilization.tasks import bring_everything_up_to_date
from instruments.utilization.totals import Totals
from instruments.utilization.user_figures import ALL_FIGURES, totals_of, totals_of_months
from instruments.utilization.user_places import Whose
from instruments.utilization.users import Used, used, used_by_month

# 13 months: the same one of last year stands beside the last.
A_YEAR = 100


@dataclass(frozen=True, slots=True)
class UserBoard:
    """What was had of each instrument, what that comes to, and what it came to in the period to compare with.

    is_compared: not where the period still runs, or the other is not all counted; then that is empty.
    """

    found: Sequence[Used]
    now: Totals
    other: Totals
    is_compared: bool

    @property
    def figures(self) -> list[Said]:
        """Every figure there is of whose use, beside the same of the other period."""
        return [said(self.now.figure(code), self.other.figure(code)) for code in ALL_FIGURES]


@dataclass(frozen=True, slots=True)
class MonthOfUse:
    """One month of the trend: its number, its effective hours beside those of the month to compare with, and all of it."""

    key: int
    hours: Said
    totals: Totals


def user_board(of: Whose, view: View, now: datetime) -> UserBoard:
    """Read both periods, after what is old of them was counted."""
    bring_everything_up_to_date(view, now)
    found = used(of.user, view.period, now)
    compares = _compares(view, now)
    before = used(of.user, view.other, now) if compares else []
    return UserBoard(found, totals_of(of, found), totals_of(of, before), compares)


def _compares(view: View, now: datetime) -> bool:
    """Whether the period is over, and the other all counted."""
    if is_running(view.period, now):
        return False
    return not freshness(Selection(), months_until(view.other, now.date()), now).old


def is_running(period: Period, now: datetime) -> bool:
    """Whether a period is not over yet; it is not compared with another."""
    return period.end > now.date()


def trend(of: Whose, view: View, now: datetime) -> list[MonthOfUse]:
    """The months from the first with any use or reservation to the last that has begun of the period, a year and one at most,
    each beside the one before or a year ago. One statement."""
    last = last_begun(view.period, now.date())
    months = used_by_month(of.user, of.institution_id, _whole(last - 2 * A_YEAR, last), now)
    told = {month: totals_of_months([sums]) for month, sums in months.items()}
    nothing = totals_of_months([])
    return [
        MonthOfUse(month, _beside(month, told.get(other_month(month, view), Totals()), totals, now), totals)
        for month in _each(min((month for month in told if month >= last - A_YEAR), default=None), last)
        for totals in [told.get(month, nothing)]
    ]


def _each(first: int | None, last: int) -> Iterator[int]:
    """Every month from one to another; none where there is no first."""
    month = first
    while month is not None and month <= last:
        yield month
        month = next_month(month)


def _beside(month: int, other: Totals, totals: Totals, now: datetime) -> Said:
    runs = first_day(next_month(month)) > now.date()
    return said(totals.figure("effective"), None if runs else other.figure("effective"))


def other_month(month: int, view: View) -> int:
    """With which month one of the trend is compared."""
    return month_of(_day_before(first_day(month))) if view.against == BEFORE else month - A_YEAR


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _whole(first: int, last: int) -> Period:
    return Period(RANGE, first_day(first), first_day(next_month(last)))
