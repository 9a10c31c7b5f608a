"""Counted time in parts by the lab's windows, exact on its wall clock, with the steps it is rounded up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from instruments.availability.days import MAKE_UP, WORKDAY, ordinary
from instruments.rates.card import Window
from instruments.timespan import Pair, merge

A_DAY = 24 * 60 * 60


class Wall(NamedTuple):
    """The lab's wall: its zone, and the kinds of those days that are not what their weekday says."""

    zone: tzinfo
    days: Mapping[date, str]

    def day_type(self, day: date) -> str:
        """Workday, rest day or holiday; a make-up workday is a workday."""
        kind = self.days.get(day) or ordinary(day)
        return WORKDAY if kind == MAKE_UP else kind


class Part(NamedTuple):
    """Counted seconds in one window (None: in no window), before the reserved end or after it."""

    seconds: int
    window: Window | None
    overran: bool


def parts_of(
    spans: Iterable[Pair], windows: Sequence[Window], wall: Wall, reserved_end: int | None = None
) -> list[Part]:
    """Time in parts, in its order: a new one where another window begins, or the reserved time ends."""
    parts = []
    edges = tuple(sorted({0, *(edge for window in windows for edge in (window.since, window.until))}))
    for start, end in merge(spans):
        cuts = {start, end, *_cuts(start, end, edges, wall.zone)}
        if reserved_end is not None:
            cuts.add(reserved_end)
        moments = sorted(cut for cut in cuts if start <= cut <= end)
        for since, until in pairwise(moments):
            overran = reserved_end is not None and since >= reserved_end
            parts.append(Part(until - since, _window_at(since, windows, wall), overran))
    return parts


def rounded_up(parts: Sequence[Part], increment: int) -> list[Part]:
    """Parts whose sum is a whole number of steps in minutes; what is added belongs to the last."""
    added = seconds_of(parts) and -seconds_of(parts) % (increment * 60)
    if not added:
        return list(parts)
    last = parts[-1]
    return [*parts[:-1], last._replace(seconds=last.seconds + added)]


def first_of(parts: Sequence[Part], seconds: int) -> list[Part]:
    """So much time from the beginning; where it is more than there is, the rest belongs to the last part."""
    taken: list[Part] = []
    for part in parts:
        if seconds > 0:
            taken.append(part._replace(seconds=min(part.seconds, seconds)))
            seconds -= part.seconds
    if taken and seconds > 0:
        taken[-1] = taken[-1]._replace(seconds=taken[-1].seconds + seconds)
    return taken


def together(parts: Iterable[Part]) -> list[Part]:
    """One part for each window and side of the reserved end, in the order in which they first come."""
    sums: dict[tuple[Window | None, bool], int] = {}
    for part in parts:
        key = (part.window, part.overran)
        sums[key] = sums.get(key, 0) + part.seconds
    return [Part(seconds, *key) for key, seconds in sums.items()]


def seconds_of(parts: Iterable[Part]) -> int:
    """How long parts are, all together."""
    return sum(part.seconds for part in parts)


def days_touched(spans: Iterable[Pair], zone: tzinfo) -> int:
    """How many dates on the wall the time touches. Half-open: what ends at midnight does not touch the next."""
    touched: set[date] = set()
    for start, end in spans:
        touched.update(_dates(start, end, zone))
    return len(touched)


def _window_at(moment: int, windows: Sequence[Window], wall: Wall) -> Window | None:
    read = datetime.fromtimestamp(moment, wall.zone)
    day_type, minute = wall.day_type(read.date()), read.hour * 60 + read.minute
    return next((window for window in windows if window.covers(day_type, minute)), None)


def _cuts(start: int, end: int, edges: tuple[int, ...], zone: tzinfo) -> Iterator[int]:
    """Every moment at which another window may begin: where the wall reads an edge of one, midnight, or jumps."""
    if len(edges) > 1:
        for day in _dates(start, end, zone):
            yield from _cuts_of_day(day, edges, zone)


@lru_cache(maxsize=4096)
def _cuts_of_day(day: date, edges: tuple[int, ...], zone: tzinfo) -> tuple[int, ...]:
    """Those of one date. Kept: a month has few dates, and thousands of uses on each.

    A time that comes twice is an edge twice. One that never comes is harmless: it only cuts what belongs together.
    """
    found = set()
    for edge in edges:
        read = datetime.combine(day, time()) + timedelta(minutes=edge)
        found |= {int(read.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1)}
    first, last = (datetime.combine(day + timedelta(days=days), time(), zone) for days in (0, 1))
    found.update(_jumps(int(first.timestamp()), int(last.timestamp()), zone))
    return tuple(sorted(found))


def _jumps(start: int, end: int, zone: tzinfo) -> Iterator[int]:
    """The clock changes in a span; no zone has two within a day."""
    for since in range(start, end, A_DAY):
        before, after = since, min(since + A_DAY, end)
        old = _offset(before, zone)
        if _offset(after, zone) == old:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            if _offset(middle, zone) == old:
                before = middle
            else:
                after = middle
        yield after


def _offset(moment: int, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, zone).utcoffset()


def _dates(start: int, end: int, zone: tzinfo) -> Iterator[date]:
    day = datetime.fromtimestamp(start, zone).date()
    last = datetime.fromtimestamp(end - 1, zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
