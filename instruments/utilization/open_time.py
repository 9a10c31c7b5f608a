"""Open time that many instruments share, added up once, so that what lies within it is found by two looks. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from instruments.timespan import Pair, clipped

# Calendars and months that are counted one after another.
MOST = 512


class OpenTime:
    """Merged spans in UTC seconds, and how much of them lies before any moment."""

    def __init__(self, spans: Sequence[Pair]) -> None:
        self._starts = [start for start, _ in spans]
        self._lengths = [end - start for start, end in spans]
        self._before = [0, *accumulate(self._lengths)]

    @property
    def seconds(self) -> int:
        """All of it."""
        return self._before[-1]

    def until(self, moment: int) -> int:
        """How much of it lies before a moment."""
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return 0
        return self._before[place] + min(moment - self._starts[place], self._lengths[place])

    def within(self, start: int, end: int) -> int:
        """How much of it lies in [start, end)."""
        return self.until(end) - self.until(start)


@lru_cache(maxsize=MOST)
def open_time(spans: tuple[Pair, ...], first: int, last: int) -> OpenTime:
    """The open time within [first, last); of the same spans it is added up once."""
    return OpenTime(clipped(spans, first, last))
