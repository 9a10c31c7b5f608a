"""What instruments with the same calendar and rules share in a search for free time."""

from __future__ import annotations

from collections.abc import Sequence

from instruments.reservations.bookable import Bookable
from instruments.reservations.grid import Grid
from instruments.reservations.sweep import first_fit, first_gap, gaps
from instruments.timespan import Pair


class Frames:
    """What instruments with the same calendar and rules share in one search."""

    def __init__(self, length: int, since: int, now: int) -> None:
        self.since, self.until = since, since
        self._length, self._now = length, now
        self._frames: dict[tuple[int, int], Frame] = {}

    def reach(self, until: int) -> None:
        """Look this far from now on."""
        self.until = until
        self._frames.clear()

    def of(self, thing: Bookable) -> Frame:
        """The frame of an instrument."""
        key = (id(thing.calendar), id(thing.rules))
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = Frame(thing, self._length, (self.since, self.until), self._now)
        return frame


class Frame:
    """The open spans of a calendar and the limits of its rules, ready for the sweep."""

    __slots__ = ("_earliest", "_grid", "_latest", "_length", "_longest", "_opened", "_phase", "_undisturbed")

    def __init__(self, thing: Bookable, length: int, within: Pair, now: int) -> None:
        rules, zone = thing.rules, thing.calendar.zone
        since, until = within
        self._grid = Grid(zone, rules.grid_minutes)
        self._opened = thing.calendar.opened(since, until)
        self._earliest = max(since, now + rules.lead)
        self._latest = rules.latest(now, zone)
        self._phase = self._grid.phase_of_days(since, until)
        wanted = max(length, rules.shortest)
        whole = wanted + -wanted % self._grid.step
        # Where the clocks change, whole steps do not last what they say: the end is looked for on the grid.
        self._length = wanted if self._phase is None else whole
        self._longest = rules.longest
        self._undisturbed: tuple[int | None] | None = None
        if whole > rules.longest:
            self._opened = []

    def first(self, busy: Sequence[Pair]) -> int | None:
        """The first start on the grid with room for the length, given sorted busy spans; None without."""
        if self._phase is not None:
            gap = first_gap(
                self._opened, busy, self._length, self._earliest, self._latest, self._grid.step, self._phase
            )
            return gap[0] if gap else None
        for gap in gaps(self._opened, busy, self._length, self._earliest, self._latest, self._grid):
            if found := first_fit(gap, self._length, self._longest, self._latest, self._grid):
                return found[0]
        return None

    def end(self, start: int) -> int:
        """Where the reservation ends that `first` found."""
        end = start + self._length
        return end if self._phase is not None else self._grid.up(end)

    def undisturbed(self) -> int | None:
        """The same with nothing busy: the answer of most instruments, worked out once."""
        if self._undisturbed is None:
            self._undisturbed = (self.first(()),)
        return self._undisturbed[0]
