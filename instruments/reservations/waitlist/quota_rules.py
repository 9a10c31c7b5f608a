"""Whether so long fits anywhere within some time, given what is used of a quota in each of its periods. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from instruments.reservations.quotas import Period, Quota, within
from instruments.timespan import Pair, merge


def used_in(quota: Quota, periods: Sequence[Period], held: Iterable[Pair]) -> list[int]:
    """What is used of each of these periods, which are sorted, by these spans; in what the quota is measured in."""
    found = [0] * len(periods)
    begins = [period.first for period in periods]
    for span in held:
        for place in range(max(bisect_right(begins, span[0]) - 1, 0), len(periods)):
            period = periods[place]
            if period.first >= span[1]:
                break
            # What began before counts no more in what is held in future.
            if quota.per != "future" or span[0] >= period.first:
                found[place] += quota.taken_by(span, period.parts)
    return found


def barred(
    quota: Quota, periods: Sequence[Period], used: Sequence[int], length: int, starts: Pair
) -> list[Pair]:
    """The moments, of all from the first to the last of `starts`, at which so long cannot start without taking more of a
    period than is left; as half-open spans of whole seconds."""
    found: list[Pair] = []
    for period, already in zip(periods, used, strict=True):
        most = _most_seconds(quota, already, length)
        if most < length:
            found += _beyond(period.parts, most, length, starts)
    return merge(found)


def bars_all(spans: Iterable[Pair], starts: Pair) -> bool:
    """Whether no start is left."""
    return any(first <= starts[0] and starts[1] < last for first, last in merge(spans))


def longest(
    quota: Quota, periods: Sequence[Period], used: Sequence[int], length: int, window: Pair, step: int
) -> int:
    """The most of the length, in whole steps, that can start and end within the window; nothing where not even one can.

    Where so long fits, all that is shorter does: it takes no more of any period.
    """
    fits, beyond = 0, length // step + 1
    while beyond - fits > 1:
        half = (fits + beyond) // 2
        starts = (window[0], window[1] - half * step)
        if bars_all(barred(quota, periods, used, half * step, starts), starts):
            beyond = half
        else:
            fits = half
    return fits * step


def _most_seconds(quota: Quota, used: int, length: int) -> int:
    """How much of the length may lie in a period: of one that counts reservations all or nothing."""
    left = max(quota.most - used, 0)
    return left if quota.measured == "hours" else length if left else 0


def _beyond(parts: Sequence[Pair], most: int, length: int, starts: Pair) -> list[Pair]:
    """Where more than so much of the length lies in the parts. Between two of the moments at which an end of it enters or
    leaves a part it changes evenly, by a second a second or not at all."""
    first, last = starts
    turns = {first, last}
    for part in parts:
        turns |= {turn for edge in part for turn in (edge - length, edge) if first < turn < last}
    found: list[Pair] = []
    before, held = first, within((first, first + length), parts)
    if first == last and held > most:
        return [(first, first + 1)]
    for turn in sorted(turns)[1:]:
        then = within((turn, turn + length), parts)
        if held > most or then > most:
            since = before if held > most else before + (most - held) + 1
            until = turn + 1 if then > most else before + (held - most)
            found.append((since, until))
        before, held = turn, then
    return found
