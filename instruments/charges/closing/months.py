"""Months of the books: which may be closed when, by their text alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from instruments.errors import N_, Reason
from instruments.timespan import Month

# Years of this millennium: the months around them can be computed, and only plain digits sort.
A_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")
# A month that is closed closes those before it as well, as far back as anything may come late.
BACK = 36
NOT_A_MONTH = N_("A month is written like 2026-11: the year, then the month from 01 to 12.")


def is_month(text: str) -> bool:
    """Whether it is a month as the books write it, "2026-11"."""
    return A_MONTH.fullmatch(text) is not None


def before(month: str, count: int = BACK) -> list[str]:
    """So many months up to this one, ascending."""
    last = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in range(last - count + 1, last + 1)]


def month_on(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def month_day(month: str) -> date:
    """The first day of a month of the books."""
    return date(int(month[:4]), int(month[5:]), 1)


def is_over(month: str, today: date) -> bool:
    """Whether the last day of a month has passed on this day."""
    return month < month_on(today)


def day_after(month: str) -> date:
    """The first day on which a month is over."""
    return (month_day(month) + timedelta(days=31)).replace(day=1)


def not_closable(month: str, today: date, last_closed: str) -> Iterator[Reason]:
    """Why a month cannot be closed on this day: it is not over, or lies before what is closed (`last_closed`, "" for none)."""
    if not is_month(month):
        yield Reason("no_month", "month", NOT_A_MONTH)
    elif month <= last_closed:
        sentence = N_("%(month)s is closed: everything up to %(last)s is.")
        remedy = N_("What comes late goes onto the next statement, with its true date.")
        yield Reason("closed", "month", sentence, {"month": Month(month), "last": Month(last_closed)}, remedy)
    elif not is_over(month, today):
        has_begun = month == month_on(today)
        sentence = N_("%(month)s is not over.") if has_begun else N_("%(month)s has not begun.")
        remedy = N_("It can be opened for objections and issued from %(day)s on.")
        values = {"month": Month(month), "day": day_after(month)}
        yield Reason("not_over" if has_begun else "to_come", "month", sentence, values, remedy)
