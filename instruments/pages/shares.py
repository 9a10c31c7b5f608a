"""How free instruments are on the coming days: the share of the opening hours that nobody holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from instruments.availability.calendar import closures_between
from instruments.availability.opening import midnight
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.held import held_between
from instruments.reservations.sweep import blocked
from instruments.timespan import Pair, subtract

DAYS = 7


@dataclass(frozen=True)
class DayShare:
    """One local day of an instrument: seconds that are free of those that are open."""

    day: date
    free: int
    open: int

    @property
    def share(self) -> float:
        """From 0 (nothing free) to 1."""
        return self.free / self.open if self.open else 0.0


def day_shares(
    instrument_ids: Sequence[int], first: date, now: int, number: int | None = None
) -> Mapping[int, Sequence[DayShare]]:
    """Seven days from `first` on for each instrument, on the wall of its lab. Two statements for all.

    What is over today counts as open and not free. number: the catalogue's revision, if it is known.
    """
    known = bookables(number)
    things = [known[each] for each in instrument_ids if each in known]
    walls: dict[ZoneInfo, list[int]] = {}
    for thing in things:
        zone = thing.calendar.zone
        if zone not in walls:
            walls[zone] = [midnight(first + timedelta(days=day), zone) for day in range(DAYS + 1)]
    if not walls:
        return {}
    start, end = min(wall[0] for wall in walls.values()), max(wall[-1] for wall in walls.values())
    busy = _busy(things, start, end)
    return {thing.id: _shares(thing, first, walls[thing.calendar.zone], busy[thing.id], now) for thing in things}


def _busy(things: Sequence[Bookable], start: int, end: int) -> dict[int, list[Pair]]:
    """What is held by as many as there are places, or closed, by instrument."""
    ids = [thing.id for thing in things]
    held: dict[int, list[Pair]] = {number: [] for number in ids}
    for number, since, until in held_between(ids, start, end):
        held[number].append((since, until))
    busy = {thing.id: blocked(held[thing.id], thing.capacity, 0) for thing in things}
    for lab_id, number, since, until, _, _ in closures_between(ids, {thing.lab_id for thing in things}, start, end):
        closed = [thing.id for thing in things if thing.lab_id == lab_id] if number is None else [number]
        for each in closed:
            if each in busy:
                busy[each].append((since, until))
    return busy


def _shares(thing: Bookable, first: date, wall: Sequence[int], busy: list[Pair], now: int) -> list[DayShare]:
    opened = thing.calendar.opened(wall[0], wall[-1])
    out = thing.status in ("down", "retired")
    free = [] if out else subtract(opened, [*busy, (wall[0], max(now, wall[0]))])
    by_day = zip(_by_day(free, wall), _by_day(opened, wall), strict=True)
    return [DayShare(first + timedelta(days=day), left, opens) for day, (left, opens) in enumerate(by_day)]


def _by_day(spans: Sequence[Pair], wall: Sequence[int]) -> list[int]:
    """The seconds of the spans within each day."""
    found = [0] * DAYS
    day = 0
    for start, end in spans:
        while day < DAYS and wall[day + 1] <= start:
            day += 1
        at = day
        while at < DAYS and wall[at] < end:
            found[at] += min(end, wall[at + 1]) - max(start, wall[at])
            at += 1
    return found
