"""The hours of a week in which instruments were used, on the wall of their lab, kept so that thousands add up. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from instruments.utilization.periods import midnight

HOURS = 24 * 7
# Bytes of one hour of a week as it is kept.
A_CELL = 8
_HOUR, _DAY = 3600, 86_400
# 1970 began on one.
_THURSDAY = 3 * 24
_CELLS = struct.Struct(f"<{HOURS}Q")


def cells(used: Iterable[tuple[int, int, int]], zone: ZoneInfo) -> list[int]:
    """Seconds of places by hour of the week (0: Monday from midnight), of spans (from, to, places) in UTC seconds."""
    found = [0] * HOURS
    for start, end, places in used:
        offset = _steady(zone, start // _DAY, (end - 1) // _DAY)
        if offset is None:
            _add_by_the_wall(found, start, end, places, zone)
            continue
        start, end = start + offset, end + offset
        while start < end:
            until = min(end, start - start % _HOUR + _HOUR)
            found[(start // _HOUR + _THURSDAY) % HOURS] += (until - start) * places
            start = until
    return found


def _add_by_the_wall(found: list[int], start: int, end: int, places: int, zone: ZoneInfo) -> None:
    """Hour by hour, around a change of the clock."""
    while start < end:
        wall = datetime.fromtimestamp(start, zone)
        until = min(end, start + _HOUR - wall.minute * 60 - wall.second)
        found[wall.weekday() * 24 + wall.hour] += (until - start) * places
        start = until


@lru_cache(maxsize=4096)
def _steady(zone: ZoneInfo, first: int, last: int) -> int | None:
    """By how many seconds the wall is ahead of UTC on all of these days since 1970; None where its clock is changed."""
    moments = (datetime.fromtimestamp(day * _DAY, zone) for day in range(first, last + 2))
    offsets = {int((moment.utcoffset() or timedelta()).total_seconds()) for moment in moments}
    return offsets.pop() if len(offsets) == 1 else None


@lru_cache(maxsize=512)
def hours_there(first: date, end: date, zone: ZoneInfo) -> tuple[int, ...]:
    """Seconds that each hour of the week had on the wall of a zone on the days [first, end): an hour that a change of the
    clock repeats is there twice, and one that it skips is not."""
    found = [0] * HOURS
    day, begin = first, midnight(first, zone)
    while day < end:
        day += timedelta(days=1)
        until = midnight(day, zone)
        if until - begin == _DAY:
            today = (day.weekday() - 1) % 7 * 24
            for hour in range(today, today + 24):
                found[hour] += _HOUR
        else:
            _add_by_the_wall(found, begin, until, 1, zone)
        begin = until
    return tuple(found)


def packed(week: Iterable[int]) -> bytes | None:
    """The cells as they are kept; nothing where there was no use."""
    numbers = list(week)
    return _CELLS.pack(*numbers) if any(numbers) else None


def added(weeks: Iterable[bytes]) -> list[int]:
    """The cells of many weeks added up.

    Each is read as one long number whose digits are the cells; 64 bits leave room for the sum of any number of them, so
    that no digit carries into the next and 50,000 weeks take one addition each.
    """
    total = sum(int.from_bytes(week, "little") for week in weeks)
    return list(_CELLS.unpack(total.to_bytes(_CELLS.size, "little")))


def numbers_in(cells: bytes) -> tuple[int, ...]:
    """The numbers of a week as it is kept, or of some of its hours."""
    return struct.unpack(f"<{len(cells) // A_CELL}Q", cells)
