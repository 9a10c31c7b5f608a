"""What a page of whose use shows, as page, files and the API tell it: the figures of a period beside those of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from instruments.errors import Reason
from instruments.utilization import periods
from instruments.utilization.asking import BEFORE, View
from instruments.utilization.begun import begun
from instruments.utilization.edges import last_begun, months_since, months_until
from instruments.utilization.figures import Figure
from instruments.utilization.freshness import Freshness, freshness
from instruments.utilization.known import is_known, is_running, why_not_compared
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

    other: None where it is not compared with; not_compared: why it is not. begun: the day on which anything was first
    reserved or used anywhere; None: never.
    """

    found: Sequence[Used]
    now: Totals
    other: Totals | None
    not_compared: Reason | None
    begun: date | None

    @property
    def figures(self) -> list[Said]:
        """Every figure there is of whose use, beside the same of the other period."""
        return [said(self.now.figure(code), self.before(code)) for code in ALL_FIGURES]

    def before(self, code: str) -> Figure | None:
        """A figure in the other period; None where it is not compared with."""
        return None if self.other is None else self.other.figure(code)


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
    first = begun()
    why_not = _why_not(view, now, first)
    other = totals_of(of, used(of.user, view.other, now)) if why_not is None else None
    return UserBoard(found, totals_of(of, found), other, why_not, first)


def _why_not(view: View, now: datetime, begun_on: date | None) -> Reason | None:
    """Why the period does not stand beside the other; how far that is counted is only asked where all else is well."""
    today = now.date()
    if why_not := why_not_compared(view.period, view.other, today, begun_on, is_counted=True):
        return why_not
    is_counted = not freshness(Selection(), months_until(view.other, today), now).old
    return why_not_compared(view.period, view.other, today, begun_on, is_counted=is_counted)


def counted_of_use(period: Period, now: datetime, begun_on: date | None) -> Freshness:
    """How many of the months in which anybody can have used anything are counted, of all instruments."""
    return freshness(Selection(), months_since(begun_on, period, now.date()), now)


def trend(of: Whose, view: View, now: datetime, begun_on: date | None) -> list[MonthOfUse]:
    """The months from the first with any use or reservation to the last that has begun of the period, a year and one at most,
    each beside the one before or a year ago, as far as records reach. One statement."""
    last = last_begun(view.period, now.date())
    months = used_by_month(of.user, of.institution_id, _whole(last - 2 * A_YEAR, last), now)
    told = {month: totals_of_months([sums]) for month, sums in months.items()}
    shown = list(_each(min((month for month in told if month >= last - A_YEAR), default=None), last))
    told = dict.fromkeys(shown, totals_of_months([])) | told
    return [
        MonthOfUse(
            month,
            said(told[month].figure("effective"), _before(month, told, view, now, begun_on)),
            told[month],
        )
        for month in shown
    ]


def _each(first: int | None, last: int) -> Iterator[int]:
    """Every month from one to another; none where there is no first."""
    month = first
    while month is not None and month <= last:
        yield month
        month = next_month(month)


def _before(
    month: int, told: Mapping[int, Totals], view: View, now: datetime, begun_on: date | None
) -> Figure | None:
    """The hours of the month to compare with; None while the month runs, or where not all of the other is known."""
    other = other_month(month, view)
    this, that = (periods.month(first_day(each)) for each in (month, other))
    if is_running(this, now.date()) or not is_known(that, begun_on) or other not in told:
        return None
    return told[other].figure("effective")


def other_month(month: int, view: View) -> int:
    """With which month one of the trend is compared."""
    return month_of(_day_before(first_day(month))) if view.against == BEFORE else month - A_YEAR


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _whole(first: int, last: int) -> Period:
    return Period(RANGE, first_day(first), first_day(next_month(last)))
