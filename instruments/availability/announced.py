"""The days that a country announces, as the library chinesecalendar knows them: docs/decisions/14-day-kinds.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from chinese_calendar import constants

from instruments.availability.days import HOLIDAY, MAKE_UP, Day
from instruments.errors import N_

CHINA = "CN"
REGIONS = {CHINA: N_("the national calendar of mainland China")}
_ZONES = {"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC"}
# A day off and the day that makes up for it lie around the same festival.
_TOGETHER = timedelta(days=31)
_NAMES = {
    "New Year's Day": ("New Year", "元旦"),
    "Spring Festival": ("Spring Festival", "春节"),
    "Tomb-sweeping Day": ("Qingming Festival", "清明节"),
    "Labour Day": ("Labour Day", "劳动节"),
    "Dragon Boat Festival": ("Dragon Boat Festival", "端午节"),
    "National Day": ("National Day", "国庆节"),
    "Mid-autumn Festival": ("Mid-Autumn Festival", "中秋节"),
}


def region_at(zone: str) -> str:
    """The country whose calendar an institution in this zone follows unless it says otherwise; "" for none."""
    return CHINA if zone in _ZONES else ""


def is_announced(region: str, year: int) -> bool:
    """Whether the arrangement of a year is known."""
    return year in _years() if region == CHINA else False


def announced(region: str, year: int) -> tuple[Day, ...]:
    """The days off and make-up workdays of a year, in order; none while the year is not announced."""
    if not is_announced(region, year):
        return ()
    return tuple(day for day in _days() if day.day.year == year)


@cache
def announced_kinds_of(region: str) -> dict[date, str]:
    """What every day is that the country ever announced, of whole years that are known."""
    return {day.day: day.kind for day in _days() if is_announced(region, day.day.year)}


@cache
def _years() -> frozenset[int]:
    """A notice covers a whole year; a few days of the next, told early, do not make that one known."""
    return frozenset(day.year for day in constants.holidays if (day.month, day.day) == (10, 1))


@cache
def _days() -> tuple[Day, ...]:
    off = [Day(day, HOLIDAY, *_named(name)) for day, name in constants.holidays.items()]
    pairs = _made_up_for()
    worked = [
        Day(day, MAKE_UP, *_named(name), replaces=pairs.get(day)) for day, name in constants.workdays.items()
    ]
    return tuple(sorted((*off, *worked), key=lambda day: day.day))


def _named(name: str) -> tuple[str, str]:
    chinese = {str(each.value): str(each.chinese) for each in constants.Holiday}
    return _NAMES.get(name, (name, chinese.get(name, name)))


def _made_up_for() -> dict[date, date]:
    """By make-up workday, the day off it makes up for: of one festival the first for the first, and so on."""
    off = _by_name(constants.in_lieu_days.items())
    pairs: dict[date, date] = {}
    for name, days in _by_name(constants.workdays.items()).items():
        left = off[name]
        for day in days:
            near = next((each for each in left if abs(each - day) <= _TOGETHER), None)
            if near is not None:
                left.remove(near)
                pairs[day] = near
    return pairs


def _by_name(days: Iterable[tuple[date, str]]) -> dict[str, list[date]]:
    found: dict[str, list[date]] = defaultdict(list)
    for day, name in sorted(days):
        found[name].append(day)
    return found
