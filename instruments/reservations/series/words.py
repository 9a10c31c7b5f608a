"""The rule of a series in words."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from flask_babel import gettext, ngettext

from instruments.errors import N_
from instruments.reservations.series.repetition import Repetition
from instruments.timespan import Pair, Timespan
from instruments.web import formats
from instruments.web.language import is_chinese

A_MONDAY = date(2027, 3, 1)
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


def take_words(span: Pair, day: date, zone: str) -> str:
    """“Take 13:00–15:00”, with its day where that is another than the one it is about."""
    taken = Timespan.from_seconds(*span)
    same = formats.local(taken.start, zone).date() == day
    time = formats.hours_and_day(taken, zone) if same else formats.when(taken, zone)
    return gettext("Take %(time)s", time=time)


def rule_words(rule: Repetition) -> str:
    """“Every week on Tue, 09:00–12:00, until Tue 1 Jun, not on holidays”."""
    parts = [_often(rule), f"{rule.starts:%H:%M}–{rule.ends:%H:%M}", _end(rule)]
    if rule.skips_holidays:
        parts.append(gettext("not on holidays"))
    return ("，" if is_chinese() else ", ").join(part for part in parts if part)


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
