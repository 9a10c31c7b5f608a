"""The hours as they would be after a change that is only looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias, TypeVar

from instruments.availability.opening import Hours, ValidDay, ValidWeek, holds_on

DAY = timedelta(days=1)
Change: TypeAlias = Callable[[Hours], Hours]
One = TypeVar("One", ValidWeek, ValidDay)


def unchanged(hours: Hours) -> Hours:
    """As they are."""
    return hours


def with_week(week: ValidWeek, *, of_lab: bool) -> Change:
    """With another week of the lab, or of the instrument."""
    return lambda hours: (
        replace(hours, lab=(week, *hours.lab)) if of_lab else replace(hours, own=(week, *hours.own))
    )


def without_week(week: ValidWeek, *, of_lab: bool) -> Change:
    """Without a week that was planned."""
    return lambda hours: (
        replace(hours, lab=_less(hours.lab, week)) if of_lab else replace(hours, own=_less(hours.own, week))
    )


def ending(week: ValidWeek, last: date, *, of_lab: bool) -> Change:
    """With a week that ends on a date."""
    return both(without_week(week, of_lab=of_lab), with_week(replace(week, valid_to=last), of_lab=of_lab))


def following_the_lab(since: date) -> Change:
    """Without the instrument's own weeks from a date on."""
    return lambda hours: replace(
        hours, own=tuple(ended for week in hours.own if (ended := _ended(week, since)) is not None)
    )


def with_days(day: ValidDay, *, of_lab: bool) -> Change:
    """With more days that differ."""
    return lambda hours: (
        replace(hours, lab_days=(day, *hours.lab_days))
        if of_lab
        else replace(hours, own_days=(day, *hours.own_days))
    )


def without_days(day: ValidDay, *, of_lab: bool) -> Change:
    """Without days that differed; those of them that are over do not matter to what comes."""
    return lambda hours: (
        replace(hours, lab_days=_less(hours.lab_days, day))
        if of_lab
        else replace(hours, own_days=_less(hours.own_days, day))
    )


def both(first: Change, then: Change) -> Change:
    """One after the other."""
    return lambda hours: then(first(hours))


def _less(those: tuple[One, ...], gone: One) -> tuple[One, ...]:
    """All but the first that is alike."""
    left = list(those)
    if gone in left:
        left.remove(gone)
    return tuple(left)


def _ended(week: ValidWeek, since: date) -> ValidWeek | None:
    """A week that ends before a date; None when nothing is left of it."""
    if not holds_on(week, since) and (week.valid_from is None or week.valid_from < since):
        return week
    if week.valid_from is not None and week.valid_from >= since:
        return None
    return replace(week, valid_to=since - DAY)
