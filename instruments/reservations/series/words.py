"""The rule of a series in words, and what is true of its dates since some have moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from flask_babel import gettext, ngettext

from instruments.errors import N_
from instruments.reservations.length_words import length_words
from instruments.reservations.series.repetition import WEEKS, Repetition
from instruments.timespan import Pair, Timespan
from instruments.web import formats
from instruments.web.language import is_chinese

A_MONDAY = date(2027, 3, 1)
MOST_TIMES = 3
WEEKLY = {
    "week": N_("Every week on %(days)s"),
    "fortnight": N_("Every other week on %(days)s"),
    "four_weeks": N_("Every fourth week on %(days)s"),
}
MONTHLY = (
    N_("Every first %(days)s of the month"),
    N_("Every second %(days)s of the month"),
    N_("Every third %(days)s of the month"),
    N_("Every fourth %(days)s of the month"),
    N_("Every last %(days)s of the month"),
)


def weekday_choices() -> list[tuple[int, str]]:
    """The weekdays from Monday, 0, as a form offers them."""
    return [(number, _weekday(number)) for number in range(7)]


def take_words(span: Pair, day: date, zone: str, wanted: Pair | None) -> str:
    """“Take 13:00–15:00”, with its day where that is another than the one it is about, and with how much shorter it is than
    the time wanted."""
    taken = Timespan.from_seconds(*span)
    same = formats.local(taken.start, zone).date() == day
    time = formats.hours_and_day(taken, zone) if same else formats.when(taken, zone)
    words = gettext("Take %(time)s", time=time)
    if wanted is None or taken.length.total_seconds() >= wanted[1] - wanted[0]:
        return words
    more = length_words(span, wanted[1] - wanted[0])
    return f"{words}（{more}）" if is_chinese() else f"{words} ({more})"


def rule_words(rule: Repetition) -> str:
    """“Every week on Tue, 09:00–12:00, until Tue 1 Jun, not on holidays”."""
    parts = [_often(rule), f"{rule.starts:%H:%M}–{rule.ends:%H:%M}", _end(rule)]
    if rule.skips_holidays:
        parts.append(gettext("not on holidays"))
    return ("，" if is_chinese() else ", ").join(part for part in parts if part)


def dates_words(rule: Repetition, rows: Sequence[Any]) -> str:
    """What is true of these dates of a series, each with its `zone`: the rule as it was written where they still keep to
    it, or where none is left; else how often they come, and their one time or their different ones.
    """
    days = [formats.local(row.starts_at, row.zone).date() for row in rows]
    times = Counter(_hours(row) for row in rows)
    kept = [f"{rule.starts:%H:%M}–{rule.ends:%H:%M}"]
    often = _often_since(rule, days) if days else rule
    if not rows or (often == rule and list(times) == kept):
        return gettext("%(rule)s (as booked)", rule=rule_words(rule))
    said = gettext("On different days") if often is None else _often(often)
    return ("，" if is_chinese() else ", ").join((said, _times_words(times)))


def _hours(row: Any) -> str:
    start, end = (formats.local(moment, row.zone) for moment in (row.starts_at, row.ends_at))
    return f"{start:%H:%M}–{end:%H:%M}"


def _times_words(times: Counter[str]) -> str:
    if len(times) == 1:
        return next(iter(times))
    if len(times) > MOST_TIMES:
        return gettext("at different times")
    each = [
        ngettext("%(time)s once", "%(time)s %(num)s times", number, time=hours)
        for hours, number in sorted(times.items())
    ]
    return gettext("at different times: %(times)s", times=formats.listing(each))


def _often_since(rule: Repetition, days: Sequence[date]) -> Repetition | None:
    """The rule with the weekdays that its dates have now; None where they keep to no such rule any more."""
    weekdays = frozenset(day.weekday() for day in days)
    if rule.every == "month":
        place = (rule.first.day - 1) // 7
        return rule if weekdays == rule.comes_on and all(_is_at(place, day) for day in days) else None
    mondays = [day - timedelta(days=day.weekday()) for day in days]
    if any((monday - mondays[0]).days % (7 * WEEKS[rule.every]) for monday in mondays):
        return None
    if weekdays <= rule.comes_on:
        return rule
    return replace(rule, weekdays=weekdays) if len(weekdays) == 1 and len(rule.comes_on) == 1 else None


def _is_at(place: int, day: date) -> bool:
    """Whether a date has this place among those of its weekday in its month; the fifth counts as the last."""
    if place == len(MONTHLY) - 1:
        return (day + timedelta(days=7)).month != day.month
    return (day.day - 1) // 7 == place


def rule_of(row: Any) -> Repetition:
    """The rule that a row of the table of series holds."""
    return Repetition(
        row.first_day, time.fromisoformat(row.starts), time.fromisoformat(row.ends), row.nights, row.every,
        frozenset(int(number) for number in row.weekdays.split()), row.until, row.times, row.skips_holidays,
    )  # fmt: skip


def _often(rule: Repetition) -> str:
    if rule.every == "month":
        return gettext(MONTHLY[(rule.first.day - 1) // 7], days=_weekday(rule.first.weekday()))
    return gettext(
        WEEKLY[rule.every], days=formats.listing([_weekday(number) for number in sorted(rule.comes_on)])
    )


def _end(rule: Repetition) -> str:
    if rule.until is not None:
        return gettext("until %(day)s", day=formats.day(rule.until))
    if rule.times is None:
        return ""
    return ngettext("%(num)s time", "%(num)s times", rule.times)


def _weekday(number: int) -> str:
    return formats.weekday(A_MONDAY + timedelta(days=number))
