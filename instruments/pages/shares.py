"""How free instruments are on the coming days: the share of the opening hours that can be booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability.opening import midnight
from instruments.people.rights import Actor
from instruments.reservations.timetable import Spans, spans
from instruments.timespan import Pair

DAYS = 7


class DayShare(NamedTuple):
    """One local day of an instrument: seconds that can be booked, of those that are open."""

    day: date
    free: int
    open: int


def day_shares(
    zones: Mapping[int, str],
    first: date,
    now: datetime,
    number: int | None = None,
    actor: Actor | None = None,
) -> Mapping[int, Sequence[DayShare]]:
    """Seven days from `first` on for each instrument, given its zone, on the wall there. A constant number of statements.

    What is over today counts as open and not free. number: the revision of the catalogue, if it is known already;
    actor: whose hours count.
    """
    walls = {zone: _wall(first, ZoneInfo(zone)) for zone in set(zones.values())}
    if not walls:
        return {}
    start, end = min(wall[0] for wall in walls.values()), max(wall[-1] for wall in walls.values())
    times = spans(list(zones), start, end, now, number, actor)
    return {number: _shares(time, first, walls[zones[number]]) for number, time in times.items()}


def _wall(first: date, zone: ZoneInfo) -> list[int]:
    return [midnight(first + timedelta(days=day), zone) for day in range(DAYS + 1)]


def _shares(time: Spans, first: date, wall: Sequence[int]) -> list[DayShare]:
    by_day = zip(_by_day(time.free, wall), _by_day(time.opened, wall), strict=True)
    return [DayShare(first + timedelta(days=day), *seconds) for day, seconds in enumerate(by_day)]


def _by_day(found: Iterable[Pair], wall: Sequence[int]) -> list[int]:
    """The seconds of sorted spans within each day."""
    seconds = [0] * DAYS
    day = 0
    for start, end in found:
        while day < DAYS and wall[day + 1] <= start:
            day += 1
        at = day
        while at < DAYS and wall[at] < end:
            begin, close = wall[at], wall[at + 1]
            seconds[at] += (end if end < close else close) - (start if start > begin else begin)
            at += 1
    return seconds
