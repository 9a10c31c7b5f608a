"""What an instrument asks of its users, in sentences that they read before they book."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from instruments.qualifications.needs import LEVEL_WORDS
from instruments.qualifications.rule_setting import clock_words


def rule_in_words(row: Any) -> list[str]:
    """Sentences about a rule: a row of it, or what it says as `Needs`, with the same names."""
    found = []
    if row.admission:
        found.append(gettext("The safety admission of the institution is needed."))
    if row.level:
        found.append(gettext("A qualification is needed: %(level)s.", level=gettext(LEVEL_WORDS[row.level])))
    if row.level == "assisted":
        found.append(
            gettext("Who is qualified with assistance asks the lab for each time, and it says who assists.")
        )
    if row.night_level or row.two_at_night:
        found += _at_night(row)
    if row.two_if_hazardous:
        found.append(gettext("With hazardous samples two people must be present."))
    return found


def _at_night(row: Any) -> list[str]:
    night = gettext("from %(first)s until %(last)s", first=_first(row), last=_last(row))
    if _days_off(row):
        night = gettext("from %(first)s until %(last)s and on days off", first=_first(row), last=_last(row))
    found = []
    if row.night_level:
        level = gettext(LEVEL_WORDS[row.night_level])
        found.append(gettext("At night, %(night)s: %(level)s.", night=night, level=level))
    if row.two_at_night:
        found.append(gettext("At night, %(night)s, two people must be present.", night=night))
    return found


def _first(row: Any) -> str:
    return clock_words(row.night.first if hasattr(row, "night") else row.night_from)


def _last(row: Any) -> str:
    return clock_words(row.night.last if hasattr(row, "night") else row.night_until)


def _days_off(row: Any) -> bool:
    return bool(row.night.days_off if hasattr(row, "night") else row.days_off)


def saved_words(*, in_force: bool) -> str:
    """Which rule holds now that it is saved."""
    if in_force:
        return gettext("Saved. It holds for what is booked from now on.")
    return gettext("Saved. The lab’s rule holds for what is booked from now on.")
