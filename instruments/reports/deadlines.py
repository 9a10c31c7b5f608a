"""When a report is due: days after its period or acceptance, as they come or by working days, or on a day of a year. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from instruments.reports.form import DAYS, WORKING_DAYS, Deadline
from instruments.utilization.periods import Period

IsWorkday = Callable[[date], bool]


def due_on(deadline: Deadline, period: Period, is_workday: IsWorkday) -> date:
    """The last day on which a report of a period is in time."""
    return due_after(deadline, period.last, is_workday)


def due_after(deadline: Deadline, day: date, is_workday: IsWorkday) -> date:
    """The same after a day: the last of a period, or that of acceptance."""
    if deadline.kind == DAYS:
        return day + timedelta(days=deadline.days)
    if deadline.kind == WORKING_DAYS:
        return workdays_after(day, deadline.days, is_workday)
    year = day.year + (1 if deadline.next_year else 0)
    first = date(year, deadline.month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(deadline.day, last.day))


def workdays_after(day: date, count: int, is_workday: IsWorkday) -> date:
    """The so-manieth working day after a day, which is itself not counted."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def due_after_each(deadline: Deadline, days: Iterable[date], is_workday: IsWorkday) -> dict[date, date]:
    """The same after each of many days, asking of no day twice whether it is a working day."""
    if deadline.kind != WORKING_DAYS:
        return {day: due_after(deadline, day, is_workday) for day in days}
    found: dict[date, date] = {}
    ahead: deque[date] = deque()
    reached = date.min
    for day in sorted(set(days)):
        while ahead and ahead[0] <= day:
            ahead.popleft()
        reached = max(reached, day)
        while len(ahead) < deadline.days:
            reached += timedelta(days=1)
            if is_workday(reached):
                ahead.append(reached)
        found[day] = ahead[-1] if ahead else day
    return found
