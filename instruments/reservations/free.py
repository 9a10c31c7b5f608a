"""Which of many instruments are free long enough, earliest first: a sweep over a horizon that grows until enough came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from instruments.availability.calendar import closures_between
from instruments.catalog.revision import catalog_number
from instruments.people.rights import Actor
from instruments.reservations.bookable import FOR_EVER, Bookable, bookables
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.reservations.held import held_between
from instruments.reservations.sweep import blocked, first_gap, gaps
from instruments.timespan import Pair

WIDER = 4


@dataclass(frozen=True, slots=True)
class Free:
    """A free span of the wanted length (or the shortest that the instrument takes), in UTC seconds."""

    instrument_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FreeSearch:
    """What is wanted: `length` seconds within [since, until), of at most `limit` instruments.

    actor: whose audience counts; without one nobody's does.
    """

    length: int
    since: int
    until: int
    limit: int = 20
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class FreeFound:
    """The free spans, earliest first, and up to when was looked (so that a page can say it)."""

    spans: list[Free]
    looked_until: int


def find_free(
    candidates: Sequence[int], search: FreeSearch, now: datetime, number: int | None = None
) -> FreeFound:
    """The first free span of each candidate that has one, earliest first, ties in the order of the candidates.

    Looks at [since, since + length + a day], then at four times as much, and stops when `limit` came: what is
    found within the shorter range is final, because whatever begins later is later. Two statements a round.
    """
    known = bookables(catalog_number() if number is None else number)
    frames = _Frames(search, int(now.timestamp()))
    waiting = list(_worth_asking(candidates, known, search))
    found: list[tuple[int, int, Free]] = []
    reach, until = search.length + DAY_SECONDS, search.since
    while waiting and len(found) < search.limit and until < search.until:
        until = min(search.since + reach, search.until)
        reach *= WIDER
        waiting = _round(waiting, frames, until, found)
    found.sort(key=lambda entry: entry[:2])
    return FreeFound([free for _, _, free in found[: search.limit]], until)


def _worth_asking(
    candidates: Sequence[int], known: Mapping[int, Bookable], search: FreeSearch
) -> Iterator[tuple[int, Bookable]]:
    """The candidates that could be booked by who asks, with their place in the order."""
    admitted: dict[tuple[int, int, str], bool] = {}
    for place, instrument_id in enumerate(candidates):
        thing = known.get(instrument_id)
        if thing is None or thing.status in ("down", "retired") or thing.rules.longest < search.length:
            continue
        if search.actor is not None:
            circle = (thing.institution_id, thing.lab_id, thing.audience)
            if circle not in admitted:
                admitted[circle] = thing.admits(search.actor)
            if not admitted[circle]:
                continue
        yield place, thing


def _round(
    waiting: list[tuple[int, Bookable]], frames: _Frames, until: int, found: list[tuple[int, int, Free]]
) -> list[tuple[int, Bookable]]:
    """Look for each waiting instrument up to `until`; what is found goes to `found`, the rest is returned."""
    since = frames.search.since
    held, closed = _busy(waiting, since, until)
    frames.reach(until)
    left = []
    for entry in waiting:
        place, thing = entry
        frame = frames.of(thing)
        mine, shut = held.get(thing.id), closed.get(thing.id)
        if thing.serves[0] > since or thing.serves[1] < until:
            shut = [*(shut or ()), (0, thing.serves[0]), (thing.serves[1], FOR_EVER)]
        if mine is None and not shut:
            start = frame.undisturbed()
        else:
            busy = blocked(mine or (), thing.capacity, thing.rules.buffer)
            start = frame.first(sorted([*busy, *shut]) if shut else busy)
        if start is None:
            left.append(entry)
        else:
            found.append((start, place, Free(thing.id, start, start + frame.length)))
    return left


def _busy(
    waiting: list[tuple[int, Bookable]], since: int, until: int
) -> tuple[dict[int, list[Pair]], dict[int, list[Pair]]]:
    """Held and closed spans by instrument, in two statements."""
    ids = [thing.id for _, thing in waiting]
    buffer = max(thing.rules.buffer for _, thing in waiting)
    held: dict[int, list[Pair]] = {}
    for instrument_id, start, end in held_between(ids, since - buffer, until + buffer):
        spans = held.get(instrument_id)
        if spans is None:
            held[instrument_id] = [(start, end)]
        else:
            spans.append((start, end))
    labs: dict[int, list[Pair]] = {}
    closed: dict[int, list[Pair]] = {}
    for lab_id, instrument_id, start, end, _, _ in closures_between(
        ids, {t.lab_id for _, t in waiting}, since, until
    ):
        owner, key = (closed, instrument_id) if instrument_id is not None else (labs, lab_id)
        owner.setdefault(key, []).append((start, end))
    if labs:
        for _, thing in waiting:
            if thing.lab_id in labs:
                closed[thing.id] = [*closed.get(thing.id, ()), *labs[thing.lab_id]]
    return held, closed


class _Frames:
    """What instruments with the same calendar and rules share in one search."""

    def __init__(self, search: FreeSearch, now: int) -> None:
        self.search = search
        self._now = now
        self._until = search.since
        self._frames: dict[tuple[int, int], _Frame] = {}

    def reach(self, until: int) -> None:
        """Look this far from now on."""
        self._until = until
        self._frames.clear()

    def of(self, thing: Bookable) -> _Frame:
        """The frame of an instrument."""
        key = (id(thing.calendar), id(thing.rules))
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = _Frame(thing, self.search, self._now, self._until)
        return frame


class _Frame:
    """The open spans of a calendar and the limits of its rules, ready for the sweep."""

    __slots__ = ("_earliest", "_grid", "_latest", "_opened", "_phase", "_undisturbed", "length")

    def __init__(self, thing: Bookable, search: FreeSearch, now: int, until: int) -> None:
        rules, zone = thing.rules, thing.calendar.zone
        self._grid = Grid(zone, rules.grid_minutes)
        self._opened = thing.calendar.opened(search.since, until)
        self._earliest = max(search.since, now + rules.lead)
        self._latest = rules.latest(now, zone)
        self._phase = self._grid.phase(search.since, until)
        wanted = max(search.length, rules.shortest)
        self.length = wanted + -wanted % self._grid.step
        self._undisturbed: tuple[int | None] | None = None
        if self.length > rules.longest:
            self._opened = []

    def first(self, busy: Sequence[Pair]) -> int | None:
        """The first start on the grid with room for the length, given sorted busy spans; None without."""
        if self._phase is not None:
            gap = first_gap(
                self._opened, busy, self.length, self._earliest, self._latest, self._grid.step, self._phase
            )
            return gap[0] if gap else None
        found = gaps(self._opened, busy, self.length, self._earliest, self._latest, self._grid)
        return found[0][0] if found else None

    def undisturbed(self) -> int | None:
        """The same with nothing busy: the answer of most instruments, worked out once."""
        if self._undisturbed is None:
            self._undisturbed = (self.first(()),)
        return self._undisturbed[0]
