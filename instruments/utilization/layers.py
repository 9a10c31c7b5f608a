"""The layers of time of one instrument, worked out from its record in one sweep (metrics.md, rules 1, 2, 4 and 5). Pure.

At each instant hours count min(depth, N); where more sessions run than there are places, each has its part of them, so
that the parts add up to the whole exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from instruments.timespan import Pair, clipped
from instruments.utilization.apart import layers_apart
from instruments.utilization.layer_sums import (
    ATTENDED,
    CAME,
    CLOSED,
    DOWN,
    EFFECTIVE,
    OPEN,
    RESERVED,
    SERVICE,
    THERE,
    Key,
    Layers,
    Length,
)
from instruments.utilization.records import Outage, Record, Session, Whom
from instruments.utilization.whose_time import WhoseTime

Lengths: TypeAlias = dict[tuple[int, int], int]
"""Seconds, by how many places were shared by how many sessions."""
Event: TypeAlias = tuple[int, int, int, Key | Whom | None]
"""At this second, in this layer, so many more places (or fewer), of this part or customer."""


def layers_of(record: Record, period: Pair) -> Layers:
    """The layers within a period of UTC seconds, cut to when the instrument was in service where it says so."""
    service = (max(period[0], record.in_service[0]), min(period[1], record.in_service[1]))
    return layers_apart(record, period, service) or swept(record, period, service)


def swept(record: Record, period: Pair, service: Pair) -> Layers:
    """The same by a sweep over every moment at which anything begins or ends.

    service: the part of the period in which the instrument was in service.
    """
    found = Layers()
    found.calendar = record.capacity * max(0, service[1] - service[0])
    sweep = _Sweep(record.capacity, found)
    before = None
    for moment, changes in _by_moment(_events(record, period, service)):
        if before is not None:
            sweep.pass_by(before, moment)
        sweep.change(changes)
        before = moment
    found.parts, found.clock_parts = _summed(sweep.parts), _summed(sweep.clock_parts)
    return found


def _events(record: Record, period: Pair, service: Pair) -> Iterator[Event]:
    yield from _cut(service, service, SERVICE, 1)
    for span in clipped(record.open, *service):
        yield from _both_ends(span, OPEN, 1)
    for layer, shut in ((CLOSED, record.closed), (DOWN, record.outages)):
        for each in shut:
            yield from _cut((each.start, each.end), service, layer, _places(each, record.capacity))
    for held in record.reserved:
        if held.live:
            yield from _cut((held.start, held.end), period, RESERVED, 1, held.whom)
    for session in record.sessions:
        yield from _events_of(session, period)


def _events_of(session: Session, period: Pair) -> Iterator[Event]:
    yield from _each(session.attended, period, ATTENDED)
    for position, share in enumerate(session.shares):
        yield from _each(share.effective, period, EFFECTIVE, (session.number, position))
    for whom, spans in session.attended_by():
        yield from _each(spans, period, THERE, whom)
    by = session.reserved_by
    for whom, spans in session.attended_by() if by is None else [(by, session.attended)]:
        yield from _each(spans, period, CAME, whom)


def _each(spans: Sequence[Pair], period: Pair, layer: int, key: Key | Whom | None = None) -> Iterator[Event]:
    for span in clipped(spans, *period):
        yield from _both_ends(span, layer, 1, key)


def _places(outage: Outage, capacity: int) -> int:
    return capacity if outage.places is None else min(outage.places, capacity)


def _cut(span: Pair, period: Pair, layer: int, places: int, whom: Whom | None = None) -> Iterator[Event]:
    start, end = max(span[0], period[0]), min(span[1], period[1])
    if start < end:
        yield from _both_ends((start, end), layer, places, whom)


def _both_ends(span: Pair, layer: int, places: int, key: Key | Whom | None = None) -> Iterator[Event]:
    yield span[0], layer, places, key
    yield span[1], layer, -places, key


def _by_moment(events: Iterable[Event]) -> Iterator[tuple[int, list[Event]]]:
    moments: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        moments[event[0]].append(event)
    for moment in sorted(moments):
        yield moment, moments[moment]


class _Sweep:
    """What is so at one moment, and what has gone by until then."""

    def __init__(self, capacity: int, found: Layers) -> None:
        self._capacity, self._found = capacity, found
        self._depth = [0] * (CAME + 1)
        self._running: dict[Key, int] = {}
        self._whose = WhoseTime(capacity, found)
        self.parts: dict[Key, Lengths] = {}
        self.clock_parts: dict[Key, Lengths] = {}

    def change(self, events: Iterable[Event]) -> None:
        for _, layer, places, key in events:
            self._depth[layer] += places
            if key is not None and layer != EFFECTIVE:
                self._whose.change(layer, key, places)
            elif key is not None:
                self._running[key] = self._running.get(key, 0) + places
                if not self._running[key]:
                    del self._running[key]

    def pass_by(self, before: int, moment: int) -> None:
        found, capacity, seconds = self._found, self._capacity, moment - before
        serving, opened, closed, down, reserved, attended, effective, *_ = self._depth
        working = max(0, capacity - down)
        places = max(0, capacity - closed) if opened else 0
        bookable = max(0, places - down)
        found.open += places * seconds
        found.down += (places - bookable) * seconds
        found.bookable += bookable * seconds
        reserved, attended = min(reserved, capacity), min(attended, capacity)
        found.reserved += reserved * seconds
        found.attended += attended * seconds
        unused = min(max(0, reserved - attended), bookable)
        found.unused += unused * seconds
        if reserved or attended:
            self._whose.pass_by(seconds, unused)
        used = min(effective, working)
        if used:
            found.effective += used * seconds
            found.owned += used * seconds if serving else 0
            found.inside += min(used, bookable) * seconds
            found.clock += seconds
            found.used.append((before, moment, used))
            self._share(seconds, used, effective)

    def _share(self, seconds: int, used: int, depth: int) -> None:
        for key in self._running:
            for parts, places in ((self.parts, used), (self.clock_parts, 1)):
                lengths = parts.setdefault(key, {})
                lengths[places, depth] = lengths.get((places, depth), 0) + seconds


def _summed(parts: dict[Key, Lengths]) -> dict[Key, Length]:
    return {
        key: sum(
            (Fraction(seconds * places, depth) for (places, depth), seconds in lengths.items()), Fraction()
        )
        for key, lengths in parts.items()
    }
