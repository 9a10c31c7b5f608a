"""The definition of a zone as iCalendar wants it, from the zone's own transitions: pure.

icalendar's `Timezone.from_tzinfo` walks along the wall clock and so writes the onset of summer time an hour late.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY = 86_400


class Rule(NamedTuple):
    """What holds on the wall: the offset from UTC, the name, and whether it is summer time."""

    offset: timedelta
    name: str
    summer: bool


@lru_cache(maxsize=200)
def definition(key: str, first: int, last: int) -> Timezone:
    """The VTIMEZONE of a zone that is right in the years first to last, inclusive."""
    zone = ZoneInfo(key)
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first - 1, last + 2))
    before = _rule(zone, begin)
    onsets = {(before, before): [begin]}
    for moment in _transitions(zone, begin, end):
        after = _rule(zone, moment)
        onsets.setdefault((before, after), []).append(moment)
        before = after
    component = Timezone()
    component.add("tzid", key)
    for (old, new), moments in onsets.items():
        component.add_component(_observance(old, new, moments))
    return component


def _observance(old: Rule, new: Rule, moments: list[int]) -> TimezoneStandard | TimezoneDaylight:
    # The onset is read on the wall that held until then.
    walls = [(datetime.fromtimestamp(moment, UTC) + old.offset).replace(tzinfo=None) for moment in moments]
    part = TimezoneDaylight() if new.summer else TimezoneStandard()
    part.add("tzoffsetfrom", old.offset)
    part.add("tzoffsetto", new.offset)
    part.add("tzname", new.name)
    part.add("dtstart", walls[0])
    if walls[1:]:
        part.add("rdate", walls[1:])
    return part


def _transitions(zone: ZoneInfo, begin: int, end: int) -> list[int]:
    """The first second of each new rule in (begin, end)."""
    found = []
    for day in range(begin, end, DAY):
        low, high = day, day + DAY
        if _rule(zone, low) == _rule(zone, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _rule(zone, middle) == _rule(zone, low) else (low, middle)
        found.append(high)
    return found


def _rule(zone: ZoneInfo, moment: int) -> Rule:
    there = datetime.fromtimestamp(moment, zone)
    return Rule(there.utcoffset() or timedelta(), there.tzname() or "", bool(there.dst()))
