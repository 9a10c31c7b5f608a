"""When some of an instrument's places are closed, as calendars draw it beside what is booked: the others can be booked on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from flask_babel import gettext

from instruments.availability import kinds
from instruments.availability.calendar import Told
from instruments.availability.shutting import closes_all
from instruments.timespan import Pair, Timespan, intersect
from instruments.web import formats
from instruments.web.language import is_chinese


class PartClosed(NamedTuple):
    """A span over which `units` of `capacity` places are closed, by one closure or several: their (kind, reason)."""

    start: int
    end: int
    units: int
    capacity: int
    causes: tuple[tuple[str, str], ...]

    @property
    def span(self) -> Timespan:
        """The same as moments."""
        return Timespan.from_seconds(self.start, self.end)

    @property
    def count(self) -> str:
        """ "2 of 8 places closed"."""
        return gettext(kinds.SOME_CLOSED, **self._numbers())

    @property
    def short_count(self) -> str:
        """ "2 of 8 closed", for the little room in a picture."""
        return gettext(kinds.SOME_CLOSED_SHORT, **self._numbers())

    @property
    def because(self) -> str:
        """ "Maintenance · Pump is being replaced"."""
        return ("；" if is_chinese() else "; ").join(cause_in_words(*each) for each in self.causes)

    @property
    def words(self) -> str:
        """ "2 of 8 places closed · Maintenance · Pump is being replaced"."""
        return f"{self.count} · {self.because}"

    def _numbers(self) -> dict[str, str]:
        return {"units": formats.count(self.units), "capacity": formats.count(self.capacity)}


def cause_in_words(kind: str, reason: str) -> str:
    """What a closure is and why: "Maintenance · Pump is being replaced"."""
    return " · ".join(filter(None, (gettext(kinds.WORDS[kind]), formats.own_words(reason))))


def closed_in_words(kind: str, reason: str, units: int, capacity: int) -> str:
    """What a closure is and why, after the number of places where it does not close all."""
    if closes_all(units, capacity):
        return cause_in_words(kind, reason)
    return PartClosed(0, 0, units, capacity, ((kind, reason),)).words


def parts_closed(told: Sequence[Told], capacity: int, opened: Sequence[Pair]) -> list[PartClosed]:
    """Where some of the places are closed while the instrument is open, by start, cut where another closure begins or ends.

    opened: when it is open, what closes it whole taken out; closures add up, at most to all the places.
    """
    some = [each for each in told if not closes_all(each[4], capacity)]
    edges = sorted({edge for start, end, *_ in some for edge in (start, end)})
    found = []
    for first, last in pairwise(edges):
        over = [each for each in some if each[0] <= first and last <= each[1]]
        if over:
            units = min(sum(each[4] for each in over), capacity)
            causes = tuple(dict.fromkeys((each[2], each[3]) for each in over))
            found += [
                PartClosed(start, end, units, capacity, causes)
                for start, end in intersect(opened, [(first, last)])
            ]
    return found
