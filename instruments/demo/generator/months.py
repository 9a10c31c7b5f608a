"""The months of the invented books, counted from the day that is taken for today. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

# How long the books are kept already, and how many of the last months nobody has closed yet (the running one is one of them).
KEPT, NOT_CLOSED = 12, 2
# After the end of a month: when it is opened for objections, when it is issued; and how long after that it is paid.
OPENED, ISSUED, PAID = timedelta(days=2), timedelta(days=8), timedelta(days=18)
SATURDAY = 5


def month_day(anchor: date, back: int) -> date:
    """The first day of the month that lies so many months before that of the anchor."""
    number = anchor.year * 12 + anchor.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def first_day(anchor: date) -> date:
    """The day on which the books begin."""
    return month_day(anchor, KEPT)


def new_prices_on(anchor: date) -> date:
    """The day of this year's change of prices: the first of the last month that is closed."""
    return month_day(anchor, NOT_CLOSED)


def at(day: date, hour: int = 10) -> datetime:
    """A moment of a day, by the hour in China."""
    return datetime.combine(day, time(hour), UTC) - timedelta(hours=8)


def months_between(month: str, anchor: date) -> int:
    """How many months lie between one of the books and that of the anchor: 2 from "2026-09" to November."""
    return (anchor.year - int(month[:4])) * 12 + anchor.month - int(month[5:])


def workday(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day
