"""Where a reservation in the way of a closure could go: the next free span of its instrument, else of one of its kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from instruments.availability.shutting import closes_all
from instruments.people.rights import Actor
from instruments.qualifications.needs import Standing
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.booking import may_book_for
from instruments.reservations.busy import busy_between
from instruments.reservations.frames import Frames
from instruments.reservations.grid import DAY_SECONDS
from instruments.reservations.partly import Closing
from instruments.reservations.qualified import lacks_for, standings_for
from instruments.reservations.stages import FOR_EVER
from instruments.timespan import Pair

AHEAD = 60 * DAY_SECONDS
MOST_ALIKE = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A free span, in UTC seconds, of the same instrument or of another."""

    instrument_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """Where closing leaves places: the spans as often as they close one, and which reservations have one all the same.

    opens: the times (start, end, units; None: all) at which what is changed closes till now.
    """

    places: Sequence[Pair] = ()
    have_one: Collection[int] = ()
    opens: Sequence[tuple[int, int, int | None]] = ()


WHOLE = Part()


def proposals(
    rows: Sequence[Row[Any]],
    closing: Mapping[int, Sequence[Pair]],
    users: Mapping[int, Actor],
    actor: Actor,
    now: datetime,
    part: Part = WHOLE,
) -> dict[int, Offer]:
    """An offer for each of these reservations (displacing.in_the_way, by start) that can have one; none for two at once.

    closing: what will be closed, by instrument; users: who uses them; actor: who would move them. Whatever the number of
    reservations, two statements. One that has begun stays where it is. Who has a place where only a part closes is
    offered what those without leave: it takes nothing from anybody, for it is needed only if they go in another's stead.
    """
    moment = int(now.timestamp())
    movable = [row for row in rows if row.start > moment and row.user_id in users]
    if not movable:
        return {}
    known = bookables()
    alike = {row.instrument_id: _alike(known[row.instrument_id], known, closing) for row in movable}
    wanted = {row.instrument_id for row in movable} | {one.id for few in alike.values() for one in few}
    free = _Free([known[number] for number in wanted], closing, part, movable[0].start, moment)
    who = [users[row.user_id] for row in movable]
    free.standings = standings_for(who, [known[number] for number in wanted])
    found: dict[int, Offer] = {}
    for row in sorted(movable, key=lambda row: row.id in part.have_one):
        things = [known[row.instrument_id], *alike[row.instrument_id]]
        offer = _offer(row, things, free, users[row.user_id], actor)
        if offer is not None:
            found[row.id] = offer
            if row.id not in part.have_one:
                free.take(offer)
    return found


def offers_for(
    closing: Closing,
    rows: Sequence[Row[Any]],
    users: Mapping[int, Actor],
    actor: Actor,
    now: datetime,
    without: Collection[int],
) -> dict[int, Offer]:
    """The same for what a closing meets; without: those that have no place left."""
    instruments = closing.instruments()
    closed = closing.spans if closing.units is None else ()
    # A part that stands is among what is busy already.
    places = () if closing.stands else closing.places
    have_one = {row.id for row in rows} - set(without)
    part = Part(places, have_one, closing.opens)
    return proposals(rows, dict.fromkeys(instruments, closed), users, actor, now, part)


def _alike(thing: Bookable, known: Mapping[int, Bookable], closing: Collection[int]) -> list[Bookable]:
    """Others of its kind that stay open, those of its own lab and institution first."""
    if thing.class_code is None:
        return []
    others = [
        one
        for one in known.values()
        if one.class_code == thing.class_code
        and one.institution_id == thing.institution_id
        and one.id not in closing
        and one.status not in ("down", "retired")
    ]
    return sorted(others, key=lambda one: (one.lab_id != thing.lab_id, one.id))[:MOST_ALIKE]


def _offer(row: Row[Any], things: Sequence[Bookable], free: _Free, user: Actor, actor: Actor) -> Offer | None:
    for thing in things:
        own = (row.start, row.end) if thing.id == row.instrument_id else None
        if own is None and not may_book_for(actor, user, thing):
            continue
        start = free.first(thing, row.end - row.start, row.start, own, user) if thing.admits(user) else None
        if start is None:
            continue
        offer = Offer(thing.id, start, start + row.end - row.start)
        if not lacks_for(thing, user, (offer.start, offer.end), free.standings):
            return offer
    return None


class _Free:
    """The time of some instruments once the closure stands; what is offered is taken."""

    def __init__(
        self,
        things: Sequence[Bookable],
        closing: Mapping[int, Sequence[Pair]],
        part: Part,
        since: int,
        now: int,
    ) -> None:
        self._now, self._until = now, since + AHEAD
        self.standings: Mapping[int, Standing] = {}
        held, shut, places = busy_between(things, since, self._until)
        self._held = {thing.id: list(held.get(thing.id, ())) for thing in things}
        self._places = {thing.id: list(places.get(thing.id, ())) for thing in things}
        self._shut = {thing.id: list(shut.get(thing.id, ())) for thing in things}
        for thing in (thing for thing in things if thing.id in closing):
            for former in part.opens:
                self._open(thing, *former)
            self._shut[thing.id].extend(closing[thing.id])
            self._places[thing.id].extend(part.places)

    def first(self, thing: Bookable, length: int, since: int, own: Pair | None, user: Actor) -> int | None:
        """The first start with room for the length; own: the time that the reservation holds now."""
        frames = Frames(length, max(since, self._now), self._now, user)
        frames.reach(self._until)
        held = list(self._held[thing.id])
        if own in held:
            held.remove(own)
        shut = sorted([*self._shut[thing.id], (0, thing.serves[0]), (thing.serves[1], FOR_EVER)])
        found = frames.of(thing).first(sorted(held), shut, thing.capacity, self._places[thing.id])
        return found[0] if found and found[1] - found[0] == length else None

    def _open(self, thing: Bookable, start: int, end: int, units: int | None) -> None:
        """Count a closure that is said anew no more at the time till now."""
        whole = units is None or closes_all(units, thing.capacity)
        closed = self._shut[thing.id] if whole else self._places[thing.id]
        for _ in range(1 if units is None or whole else units):
            if (start, end) in closed:
                closed.remove((start, end))

    def take(self, offer: Offer) -> None:
        """Offer it to nobody else."""
        self._held[offer.instrument_id].append((offer.start, offer.end))
