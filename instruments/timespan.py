"""Spans of time, half-open and in UTC, and the arithmetic of sets of them as pairs of epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

Pair: TypeAlias = tuple[int, int]
"""A half-open span [start, end) in UTC epoch seconds."""


class Month(str):
    """A calendar month as books write it, "2026-11"; pages say it in the reader's words."""

    __slots__ = ()

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(int(self[:4]), int(self[5:]), 1)


@dataclass(frozen=True, order=True)
class Timespan:
    """A half-open span [start, end) of time. Ends must be aware, and are turned into UTC when made.

    In one zone Python subtracts aware datetimes by wall clock, which is an hour wrong across a clock
    change; UTC has none. Raises ValueError for a naive end, or an end that does not follow its start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment: datetime = getattr(self, name)
            if moment.utcoffset() is None:
                raise ValueError(f"{name} has no time zone: {moment!r}")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"a span must end after it starts: {self.start} to {self.end}")

    @classmethod
    def from_seconds(cls, start: int, end: int) -> Timespan:
        """The span between two UTC epoch seconds."""
        return cls(instant(start), instant(end))

    @property
    def seconds(self) -> Pair:
        """Both ends as UTC epoch seconds; parts of a second are cut off."""
        return int(self.start.timestamp()), int(self.end.timestamp())

    @property
    def length(self) -> timedelta:
        """The time that really passes between the ends."""
        return self.end - self.start

    def overlaps(self, other: Timespan) -> bool:
        """Whether the two share any time. Spans that only touch do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: datetime | Timespan) -> bool:
        """Whether a moment, or all of another span, lies within. The end itself does not."""
        if isinstance(other, Timespan):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other < self.end

    def clip(self, other: Timespan) -> Timespan | None:
        """The part that lies within the other span, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Timespan(start, end) if start < end else None


def instant(seconds: int) -> datetime:
    """The moment of a UTC epoch second."""
    return datetime.fromtimestamp(seconds, UTC)


def merge(spans: Iterable[Pair]) -> list[Pair]:
    """The same time as sorted spans that neither overlap nor adjoin. Empty spans vanish."""
    merged: list[Pair] = []
    since = until = 0
    ordered = sorted(spans)
    if len(ordered) < 2:
        return [(start, end) for start, end in ordered if start < end]
    for start, end in ordered:
        if end <= start:
            continue
        if not merged or start > until:
            merged.append((start, end))
            since, until = start, end
        elif end > until:
            until = end
            merged[-1] = (since, until)
    return merged


def subtract(spans: Iterable[Pair], holes: Iterable[Pair]) -> list[Pair]:
    """The time of `spans` that lies in none of `holes`, merged."""
    left: list[Pair] = []
    cuts = merge(holes)
    if not cuts:
        return merge(spans)
    first = 0
    for start, end in merge(spans):
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        for cut_start, cut_end in _until(cuts, first, end):
            if cut_start > start:
                left.append((start, cut_start))
            start = max(start, cut_end)
        if start < end:
            left.append((start, end))
    return left


def rows_apart(spans: Iterable[Pair]) -> list[int]:
    """For each of these spans, sorted by start, the first row (from 0) in which it lies over none before it."""
    ends: list[int] = []
    found = []
    for start, end in spans:
        row = next((row for row, until in enumerate(ends) if until <= start), len(ends))
        if row == len(ends):
            ends.append(end)
        ends[row] = end
        found.append(row)
    return found


def intersect(spans: Iterable[Pair], others: Iterable[Pair]) -> list[Pair]:
    """The time that lies both in `spans` and in `others`, merged."""
    shared: list[Pair] = []
    second = merge(others)
    if not second:
        return []
    first = 0
    for start, end in merge(spans):
        while first < len(second) and second[first][1] <= start:
            first += 1
        shared += [(max(start, a), min(end, b)) for a, b in _until(second, first, end)]
    return shared


def clipped(spans: Iterable[Pair], first: int, last: int) -> list[Pair]:
    """The time of `spans` that lies within [first, last), merged: `intersect` with one span, in one pass."""
    left = merge(spans) if first < last else []
    while left and left[0][1] <= first:
        del left[0]
    while left and left[-1][0] >= last:
        del left[-1]
    if left:
        left[0] = (max(left[0][0], first), left[0][1])
        left[-1] = (left[-1][0], min(left[-1][1], last))
    return left


def _until(spans: Sequence[Pair], first: int, end: int) -> Iterator[Pair]:
    for index in range(first, len(spans)):
        if spans[index][0] >= end:
            return
        yield spans[index]


def depth(spans: Iterable[Pair]) -> int:
    """How many of the spans lie over one another where most do."""
    return max((level for _, level in _levels(spans)), default=0)


def layers(spans: Iterable[Pair]) -> list[tuple[Pair, int]]:
    """The time that the spans cover, cut where another number of them lies over one another, with that number."""
    found: list[tuple[Pair, int]] = []
    since, over = 0, 0
    for moment, level in _levels(spans):
        if over and since < moment:
            found.append(((since, moment), over))
        since, over = moment, level
    return found


def crowded(spans: Iterable[Pair], capacity: int) -> list[Pair]:
    """The time at which `capacity` or more of the spans lie over one another, merged."""
    full: list[Pair] = []
    since: int | None = None
    for moment, level in _levels(spans):
        if since is None and level >= capacity:
            since = moment
        elif since is not None and level < capacity:
            full.append((since, moment))
            since = None
    return merge(full)


def _levels(spans: Iterable[Pair]) -> Iterator[tuple[int, int]]:
    """Each moment at which the depth changes, with the depth from then on."""
    steps: dict[int, int] = {}
    for start, end in spans:
        if start < end:
            steps[start] = steps.get(start, 0) + 1
            steps[end] = steps.get(end, 0) - 1
    level = 0
    for moment in sorted(steps):
        level += steps[moment]
        yield moment, level
