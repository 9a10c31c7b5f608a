"""Free gaps on one instrument, swept from its open spans and what blocks them, all in UTC epoch seconds."""

from __future__ import annotations

from collections.abc import Sequence

from instruments.reservations.grid import Grid
from instruments.timespan import Pair, crowded, merge


def blocked(held: Sequence[Pair], capacity: int, buffer: int, places: Sequence[Pair] = ()) -> list[Pair]:
    """Where no other reservation can lie, given those that are held, sorted if `held` is.

    Two reservations conflict when less than `buffer` seconds lie between them, so each takes its buffer
    along behind it; a gap must then end its own buffer before the next full time, hence the earlier start.

    places: spans over which a place is closed, each as often as it closes one.
    """
    if places:
        return _beside_closed(held, capacity, buffer, places)
    if capacity == 1:
        if not buffer:
            return list(held)
        return [(start - buffer, end + buffer) for start, end in held]
    return [(start - buffer, end) for start, end in crowded(((a, b + buffer) for a, b in held), capacity)]


def _beside_closed(held: Sequence[Pair], capacity: int, buffer: int, places: Sequence[Pair]) -> list[Pair]:
    """The same with places closed. No buffer stands between a closed place and a reservation, only between two of
    those: seen with their buffers behind them, a place closes when the buffer of what was there is over."""
    full = crowded([*held, *places], capacity)
    if not buffer:
        return full
    rested = [*((a, b + buffer) for a, b in held), *((a + buffer, b) for a, b in places)]
    return merge([*full, *((start - buffer, end) for start, end in crowded(rested, capacity))])


def first_gap(
    opened: Sequence[Pair], busy: Sequence[Pair], length: int, since: int, latest: int, step: int, phase: int
) -> Pair | None:
    """The first free span of at least `length`, as (start, free until), or None.

    opened: sorted, disjoint; busy: sorted by start, may overlap; the start lies on the grid of `step`
    and `phase` (Grid.phase), not before `since` and not after `latest`. Plain loops without calls:
    a search runs this for every instrument of the catalogue.
    """
    index, count = 0, len(busy)
    for opens, closes in opened:
        start = opens if opens > since else since
        start += -(start + phase) % step
        while start + length <= closes:
            while index < count and busy[index][1] <= start:
                index += 1
            if start > latest:
                return None
            if index == count or busy[index][0] >= start + length:
                return start, closes if index == count or busy[index][0] > closes else busy[index][0]
            start = busy[index][1]
            start += -(start + phase) % step
    return None


def gaps(
    opened: Sequence[Pair], busy: Sequence[Pair], length: int, since: int, latest: int, grid: Grid
) -> list[Pair]:
    """Every free span of at least `length` with both ends on the grid, as long as it can be.

    opened: sorted, disjoint; busy: sorted by start, may overlap.
    """
    if not opened:
        return []
    step, phase = grid.step, grid.phase_of_days(opened[0][0], opened[-1][1])
    least, found = max(length, 1), []
    for start, end in _rest(opened, busy, since):
        if phase is None:
            start, end = grid.up(start), grid.down(end)
        else:
            start, end = start + -(start + phase) % step, end - (end + phase) % step
        if start <= latest and end - start >= least:
            found.append((start, end))
    return found


def first_fit(gap: Pair, length: int, longest: int, latest: int, grid: Grid) -> Pair | None:
    """The first reservation in a gap that lasts at least `length` and at most `longest`, both ends on the grid.

    For nights on which the clocks change: a step is then longer or shorter than it says, so that a start with
    `length` added is not on the grid, and its next moment may lie too far away.
    """
    start, until = gap
    while start <= latest:
        end = grid.up(start + length)
        if end > until:
            return None
        if end - start <= longest:
            return start, end
        start = grid.up(start + 1)
    return None


def _rest(opened: Sequence[Pair], busy: Sequence[Pair], since: int) -> list[Pair]:
    """What of the opening is not busy, from `since` on. One pass over both: calendars are full of small spans."""
    rest, index, count = [], 0, len(busy)
    for opens, closes in opened:
        start = opens if opens > since else since
        while start < closes:
            if index == count or busy[index][0] >= closes:
                rest.append((start, closes))
                break
            begins, ends = busy[index]
            if begins < ends and ends > start:
                if begins > start:
                    rest.append((start, begins))
                start = ends
            if ends <= closes:
                index += 1
    return rest
