"""What happened over some time, dealt out to the periods of it that each thing touches. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from instruments.timespan import Pair

Dealt: TypeAlias = list[defaultdict[Any, list[Any]]]
"""For each period what belongs to each owner, in the order in which it came."""


class Cut:
    """Periods of UTC seconds, one after another, perhaps with gaps."""

    def __init__(self, periods: Sequence[Pair]) -> None:
        self._count = len(periods)
        self._starts = [start for start, _ in periods]
        self._ends = [end for _, end in periods]

    def hours(self, spans: Sequence[Pair]) -> list[tuple[Pair, ...]]:
        """Merged spans, cut to each period."""
        starts = [start for start, _ in spans]
        return [
            tuple(_cut(spans, starts, first, last))
            for first, last in zip(self._starts, self._ends, strict=True)
        ]

    def closures(self, of: Mapping[Any, Iterable[Any]]) -> Dealt:
        """Rows with `start` and `end`, by whom they shut."""
        found = self._nothing()
        for owner, rows in of.items():
            for row in rows:
                for place in self._over(row.start, row.end):
                    found[place][owner].append(row)
        return found

    def reserved(self, of: Mapping[Any, Iterable[tuple[Any, ...]]]) -> Dealt:
        """Rows (number, state, start, end, and what else), by their instrument."""
        found = self._nothing()
        for owner, rows in of.items():
            for row in rows:
                for place in self._over(row[2], row[3]):
                    found[place][owner].append(row)
        return found

    def used(self, of: Mapping[Any, Iterable[Any]]) -> Dealt:
        """Uses by their instrument: where they lie, and where they were confirmed."""
        found = self._nothing()
        for owner, uses in of.items():
            for use in uses:
                over = self._over(use.started, use.ended + 1)
                confirmed = self._at(use.confirmed)
                for place in over:
                    found[place][owner].append(use)
                if confirmed is not None and confirmed not in over:
                    found[confirmed][owner].append(use)
        return found

    def _nothing(self) -> Dealt:
        return [defaultdict(list) for _ in range(self._count)]

    def _over(self, start: int, end: int) -> range:
        """The places of the periods that share any time with [start, end)."""
        return range(bisect_right(self._ends, start), bisect_left(self._starts, end))

    def _at(self, moment: int | None) -> int | None:
        """The place of the period in which a moment lies."""
        if moment is None:
            return None
        place = bisect_right(self._starts, moment) - 1
        return place if place >= 0 and moment < self._ends[place] else None


def _cut(spans: Sequence[Pair], starts: Sequence[int], first: int, last: int) -> list[Pair]:
    begin = bisect_left(starts, first)
    if begin and spans[begin - 1][1] > first:
        begin -= 1
    within = list(spans[begin : bisect_left(starts, last)])
    if within:
        within[0] = (max(within[0][0], first), within[0][1])
        within[-1] = (within[-1][0], min(within[-1][1], last))
    return within
