"""What instruments with the same calendar and rules share in a search for free time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.grid import Grid
from instruments.reservations.stages import FOR_EVER, Stage, ends
from instruments.reservations.sweep import blocked, first_fit, first_gap, gaps
from instruments.timespan import Pair

Key: TypeAlias = tuple[int, int, int, int, str | None]


# Where a day ends last.
WESTMOST = timezone(-timedelta(hours=12))


def leaves_at(actor: Actor | None, zone: tzinfo) -> int:
    """The moment, on this wall, at which a person is no longer a member anywhere, in UTC seconds; for most that is not
    known."""
    return ends(actor.ends_on if actor else None, zone)


class Frames:
    """What instruments with the same calendar and rules share in one search."""

    def __init__(self, length: int, since: int, now: int, actor: Actor | None = None) -> None:
        self.since, self.until = since, since
        self._length, self._now, self._actor = length, now, actor
        self._frames: dict[Key, Frame] = {}

    def reach(self, until: int) -> None:
        """Look this far from now on."""
        self.until = until
        self._frames.clear()

    def key(self, thing: Bookable) -> Key:
        """Instruments with the same key share a frame."""
        calendar = thing.calendar_of(self._actor)
        shared = (id(calendar), id(thing.rules), id(thing.stages))
        return *shared, thing.suspended_until(self._actor), thing.window_of(self._actor)

    def of(self, thing: Bookable) -> Frame:
        """The frame of an instrument."""
        key = self.key(thing)
        frame = self._frames.get(key)
        if frame is None:
            until = max(min(self.until, leaves_at(self._actor, thing.calendar.zone)), self.since)
            opened = thing.calendar_of(self._actor).opened(self.since, until)
            within = (self.since, self.until)
            frame = Frame(thing, opened, self._length, within, self._now, key[-1], key[-2])
            self._frames[key] = frame
        return frame


class Frame:
    """The open spans of a calendar and the limits of its rules, ready for the sweep."""

    __slots__ = ("_parts", "_undisturbed")

    def __init__(
        self,
        thing: Bookable,
        opened: list[Pair],
        length: int,
        within: Pair,
        now: int,
        circle: str | None,
        suspended_until: int = 0,
    ) -> None:
        since, until = within
        whole = (Stage(0, FOR_EVER, thing.rules),)
        self._parts = [
            _Part(stage, thing.calendar.zone, opened, length, within, now, circle, suspended_until)
            for stage in thing.stages or whole
            if stage.first < until and stage.last > since and stage.rules.longest >= length
        ]
        self._undisturbed: tuple[Pair | None] | None = None

    def first(
        self,
        held: Sequence[Pair],
        shut: Sequence[Pair] = (),
        capacity: int = 1,
        places: Sequence[Pair] = (),
    ) -> Pair | None:
        """The first span of the length on the grid, given what is held and shut (by start) and the places closed; None
        without."""
        for part in self._parts:
            found = part.first(held, shut, capacity, places)
            if found:
                return found
        return None

    def undisturbed(self) -> Pair | None:
        """The same with nothing busy: the answer of most instruments, worked out once."""
        if self._undisturbed is None:
            self._undisturbed = (self.first(()),)
        return self._undisturbed[0]


class _Part:
    """What holds in a frame for reservations that start within one stage of the rules."""

    __slots__ = ("_buffer", "_earliest", "_grid", "_latest", "_length", "_longest", "_opened", "_phase")

    def __init__(
        self,
        stage: Stage,
        zone: ZoneInfo,
        opened: list[Pair],
        length: int,
        within: Pair,
        now: int,
        circle: str | None,
        suspended_until: int,
    ) -> None:
        rules = stage.rules
        self._grid, self._opened, self._buffer = Grid(zone, rules.grid_minutes), opened, rules.buffer
        self._earliest = max(within[0], now + rules.lead, stage.first, suspended_until)
        self._latest = min(rules.latest(now, zone, circle), stage.last - 1)
        self._phase = self._grid.phase_of_days(*within)
        wanted = max(length, rules.shortest)
        whole = wanted + -wanted % self._grid.step
        # Where the clocks change, whole steps do not last what they say: the end is looked for on the grid.
        self._length = wanted if self._phase is None else whole
        self._longest = rules.longest
        if whole > rules.longest:
            self._opened = []

    def first(
        self, held: Sequence[Pair], shut: Sequence[Pair], capacity: int, places: Sequence[Pair]
    ) -> Pair | None:
        busy: Sequence[Pair] = ()
        if held or places:
            busy = blocked(held, capacity, self._buffer, places)
        if shut:
            busy = sorted([*busy, *shut])
        if self._phase is not None:
            gap = first_gap(
                self._opened,
                busy,
                self._length,
                self._earliest,
                self._latest,
                self._grid.step,
                self._phase,
            )
            return (gap[0], gap[0] + self._length) if gap else None
        for gap in gaps(self._opened, busy, self._length, self._earliest, self._latest, self._grid):
            if found := first_fit(gap, self._length, self._longest, self._latest, self._grid):
                return found
        return None
