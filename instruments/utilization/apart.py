"""The layers of an instrument of which nothing was shut and nothing overlaps, as of nearly all, without a sweep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from instruments.timespan import Pair
from instruments.utilization.layer_sums import Key, Layers
from instruments.utilization.open_time import open_time
from instruments.utilization.records import Record, Session


def layers_apart(record: Record, period: Pair, service: Pair) -> Layers | None:
    """What `layers_of` comes to; None where only a sweep can tell, since something is shut, or lies over something else.

    service: the part of the period in which the instrument was in service.
    """
    if record.closed or record.outages or record.capacity < 1:
        return None
    held = _apart(((each.start, each.end) for each in record.reserved if each.live), period)
    there = _apart((span for session in record.sessions for span in session.attended), period)
    worked = _worked(record.sessions, period)
    if held is None or there is None or worked is None:
        return None
    opened = open_time(tuple(record.open), *service)
    found = Layers(calendar=record.capacity * max(0, service[1] - service[0]))
    found.open = found.bookable = record.capacity * opened.seconds
    found.reserved, found.attended = _length(held), _length(there)
    for start, end, key in worked:
        length = end - start
        found.effective += length
        found.owned += max(0, min(end, service[1]) - max(start, service[0]))
        found.inside += opened.within(start, end)
        found.parts[key] = found.parts.get(key, 0) + length
        found.used.append((start, end, 1))
    found.clock, found.clock_parts = found.effective, dict(found.parts)
    found.unused = sum(opened.within(*span) for span in held) - sum(
        opened.within(*span) for span in _both(held, there)
    )
    return found


def _apart(spans: Iterable[Pair], period: Pair) -> list[Pair] | None:
    """The spans within the period, by their start; None where one begins before another has ended."""
    first, last = period
    found = sorted(
        (max(start, first), min(end, last)) for start, end in spans if start < last and end > first
    )
    before = first
    for start, end in found:
        if start < before:
            return None
        before = end
    return found


def _worked(sessions: Sequence[Session], period: Pair) -> list[tuple[int, int, Key]] | None:
    """When which part of which session was effective, likewise."""
    first, last = period
    found = sorted(
        (max(start, first), min(end, last), (session.number, position))
        for session in sessions
        for position, share in enumerate(session.shares)
        for start, end in share.effective
        if start < last and end > first and start < end
    )
    before = first
    for start, end, _ in found:
        if start < before:
            return None
        before = end
    return found


def _length(spans: Sequence[Pair]) -> int:
    return sum(end - start for start, end in spans)


def _both(held: Sequence[Pair], there: Sequence[Pair]) -> Iterable[Pair]:
    """The time that lies in both of two lists of spans apart from each other."""
    place = 0
    for start, end in held:
        while place < len(there) and there[place][1] <= start:
            place += 1
        at = place
        while at < len(there) and there[at][0] < end:
            yield max(start, there[at][0]), min(end, there[at][1])
            at += 1
