"""Rated hours: a yardstick by asset class, by the days an instrument was in service (metrics.md, rule 3). Pure.

They are no layer of time: nobody published them, and a share of them may exceed 100 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from instruments.errors import N_
from instruments.utilization.periods import Period


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Hours a year that one instrument is expected to run, and where the number comes from."""

    hours: int
    words: str


GENERAL, SPECIAL, SURVEY = "general", "special", "survey"
# University asset classes that have a yardstick, and what the national record says of what is not for general purposes.
RATED_CLASSES = ("03", "04")
SPECIAL_WORD = "专用"
# 7 h x 5 d x 40 w, 4 h x 5 d x 40 w, and the national survey's tool.
YARDSTICKS: Mapping[str, Yardstick] = {
    GENERAL: Yardstick(1400, N_("University asset class 03, general: 7 h on 5 days in 40 weeks")),
    SPECIAL: Yardstick(
        800, N_("University asset class 03, special, and class 04: 4 h on 5 days in 40 weeks")
    ),
    SURVEY: Yardstick(1600, N_("National survey of research infrastructure")),
}


def yardstick_of(asset_class: str, category: str = "") -> str | None:
    """Which one an instrument is held against by its university asset class; where no record says special, the general one."""
    general, other = RATED_CLASSES
    if asset_class.startswith(other):
        return SPECIAL
    if not asset_class.startswith(general):
        return None
    return SPECIAL if category == SPECIAL_WORD else GENERAL


def days_in_service(period: Period, commissioned: date | None, retired: date | None) -> int:
    """How many days of a period an instrument was in service; retired: its first day out of service."""
    first = max(period.first, commissioned) if commissioned else period.first
    end = min(period.end, retired) if retired else period.end
    return max(0, (end - first).days)


def rated_seconds(
    yardstick: Yardstick, period: Period, commissioned: date | None = None, retired: date | None = None
) -> Fraction:
    """The rated time of one instrument in seconds: hours a year x days in service / days of that year.

    A period of a year by the calendar or by teaching is divided by its own days; any other, part by part, by the days
    of the calendar year that each part lies in.
    """
    if period.kind == "academic":
        return Fraction(yardstick.hours * 3600 * days_in_service(period, commissioned, retired), period.days)
    found = Fraction()
    for number in range(period.first.year, period.end.year + 1):
        part = _within(period, number)
        if part.first < part.end:
            days = days_in_service(part, commissioned, retired)
            found += Fraction(
                yardstick.hours * 3600 * days, (date(number + 1, 1, 1) - date(number, 1, 1)).days
            )
    return found


def _within(period: Period, number: int) -> Period:
    first, end = max(period.first, date(number, 1, 1)), min(period.end, date(number + 1, 1, 1))
    return Period(period.kind, first, max(first, end))
