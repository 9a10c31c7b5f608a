"""The layers of an instrument of which nothing was shut and nothing overlaps, as of nearly all, without a sweep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from instruments.timespan import Pair
from instruments.utilization.layer_sums import Key, Layers
from instruments.utilization.open_time import open_time
from instruments.utilization.records import Record, Session, Whom

Span: TypeAlias = tuple[int, int, Key | Whom]
"""From a second to a second, of a part of a session or a customer."""
NOBODY = (0, 0)


def layers_apart(record: Record, period: Pair, service: Pair) -> Layers | None:
    """What `layers_of` comes to; None where only a sweep can tell, since something is shut, or lies over something else.

    service: the part of the period in which the instrument was in service.
    """
    if record.closed or record.outages or record.capacity < 1:
        return None
    held = _apart(((each.start, each.end, each.whom) for each in record.reserved if each.live), period)
    there = _apart(((*span, NOBODY) for session in record.sessions for span in session.attended), period)
    worked = _apart(_worked(record.sessions), period)
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
    for start, end, whom in held:
        mine = found.of(whom)
        mine.reserved += end - start
        mine.unused += opened.within(start, end)
    for start, end, whom in _both(held, there):
        found.of(whom).unused -= opened.within(start, end)
    _there(found, record.sessions, period)
    found.unused = sum(int(each.unused) for each in found.whose.values())
    return found


def _there(found: Layers, sessions: Sequence[Session], period: Pair) -> None:
    first, last = period
    for session in sessions:
        for whom, spans in session.attended_by():
            for start, end in spans:
                if start < last and end > first:
                    found.of(whom).attended += min(end, last) - max(start, first)


def _apart(spans: Iterable[Span], period: Pair) -> list[Span] | None:
    """The spans within the period, by their start; None where one begins before another has ended."""
    first, last = period
    found = sorted(
        (max(start, first), min(end, last), key)
        for start, end, key in spans
        if start < last and end > first and start < end
    )
    before = first
    for start, end, _ in found:
        if start < before:
            return None
        before = end
    return found


def _worked(sessions: Sequence[Session]) -> Iterator[Span]:
    """When which part of which session was effective."""
    for session in sessions:
        for position, share in enumerate(session.shares):
            for start, end in share.effective:
                yield start, end, (session.number, position)


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end, _ in spans)


def _both(held: Sequence[Span], there: Sequence[Span]) -> Iterable[Span]:
    """The time that lies in both of two lists of spans apart from each other, with the key of the first."""
    place = 0
    for start, end, key in held:
        while place < len(there) and there[place][1] <= start:
            place += 1
        at = place
        while at < len(there) and there[at][0] < end:
            yield max(start, there[at][0]), min(end, there[at][1]), key
            at += 1
