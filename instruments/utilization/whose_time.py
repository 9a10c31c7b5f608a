"""Whose the reserved, attended and unused time of an instrument was, at each moment of a sweep (metrics.md, rules 1 and 5). Pure.

Where more is reserved or attended at once than there are places, each has its part of them. What is unused goes to those who
reserved more places than their sessions take, each by how many, so that all parts come to what the instrument has unused: a
place that one reserved and another took is not unused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from instruments.utilization.layer_sums import CAME, RESERVED, THERE, Layers, Length
from instruments.utilization.records import Whom

_LAYERS = (RESERVED, THERE, CAME)


class WhoseTime:
    """How many places of each layer every customer has at one moment, adding up what has gone by until then."""

    def __init__(self, capacity: int, found: Layers) -> None:
        self._capacity, self._found = capacity, found
        self._running: dict[int, defaultdict[Whom, int]] = {layer: defaultdict(int) for layer in _LAYERS}

    def change(self, layer: int, whom: Whom, places: int) -> None:
        """From now on they have so many more, or fewer."""
        running = self._running[layer]
        running[whom] += places
        if not running[whom]:
            del running[whom]

    def pass_by(self, seconds: int, unused: int) -> None:
        """So long it stayed like this, with so many places of the instrument unused."""
        held = self._shared(RESERVED)
        for whom, places in held.items():
            self._found.of(whom).reserved += places * seconds
        for whom, places in self._shared(THERE).items():
            self._found.of(whom).attended += places * seconds
        if unused:
            self._leave(held, seconds, unused)

    def _leave(self, held: Mapping[Whom, Length], seconds: int, unused: int) -> None:
        came = self._shared(CAME)
        left = {whom: places - came.get(whom, 0) for whom, places in held.items()}
        whole = sum(places for places in left.values() if places > 0)
        for whom, places in left.items():
            if places > 0:
                part = places if whole == unused else Fraction(places * unused) / whole
                self._found.of(whom).unused += part * seconds

    def _shared(self, layer: int) -> Mapping[Whom, Length]:
        running = self._running[layer]
        if (depth := sum(running.values())) <= self._capacity:
            return running
        return {whom: Fraction(places * self._capacity, depth) for whom, places in running.items()}
