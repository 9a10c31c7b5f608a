"""Months of the books: which may be closed when, by their text alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from instruments.errors import N_, Reason

# Years of this millennium: the months around them can be computed, and only plain digits sort.
A_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")
# A month that is closed closes those before it as well, as far back as anything may come late.
BACK = 36


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


def not_closable(month: str, today: date, last_closed: str) -> Iterator[Reason]:
    """Why a month cannot be closed on this day: it is to come, or lies before what is closed (`last_closed`, "" for none)."""
    if not is_month(month):
        yield Reason("no_month", "month", N_("Write the month like 2026-11."))
    elif month > month_on(today):
        yield Reason("to_come", "month", N_("%(month)s has not begun."), {"month": month})
    elif month <= last_closed:
        sentence = N_("%(month)s is closed: everything up to %(last)s is.")
        remedy = N_("What comes late goes onto the next statement, with its true date.")
        yield Reason("closed", "month", sentence, {"month": month, "last": last_closed}, remedy)
