"""Where a reservation in the way of a closure could go: the next free span of its instrument, else of one of its kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

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


def proposals(
    rows: Sequence[Row[Any]],
    closing: Mapping[int, Sequence[Pair]],
    users: Mapping[int, Actor],
    actor: Actor,
    now: datetime,
    places: Mapping[int, Sequence[Pair]] = MappingProxyType({}),
) -> dict[int, Offer]:
    """An offer for each of these reservations (displacing.in_the_way, by start) that can have one; none for two at once.

    closing: what will be closed, by instrument; places: the same where some places close, as often as it closes one;
    users: who uses them; actor: who would move them. Whatever the number of reservations, two statements. One that has
    begun stays where it is.
    """
    moment = int(now.timestamp())
    movable = [row for row in rows if row.start > moment and row.user_id in users]
    if not movable:
        return {}
    known = bookables()
    alike = {row.instrument_id: _alike(known[row.instrument_id], known, closing) for row in movable}
    wanted = {row.instrument_id for row in movable} | {one.id for few in alike.values() for one in few}
    free = _Free([known[number] for number in wanted], closing, places, movable[0].start, moment)
    who = [users[row.user_id] for row in movable]
    free.standings = standings_for(who, [known[number] for number in wanted])
    found: dict[int, Offer] = {}
    for row in movable:
        offer = _offer(
            row, [known[row.instrument_id], *alike[row.instrument_id]], free, users[row.user_id], actor
        )
        if offer is not None:
            found[row.id] = offer
    return found


def offers_for(
    closing: Closing,
    rows: Sequence[Row[Any]],
    users: Mapping[int, Actor],
    actor: Actor,
    now: datetime,
) -> dict[int, Offer]:
    """The same for what a closing meets."""
    instruments = closing.instruments()
    if closing.units is None:
        return proposals(rows, dict.fromkeys(instruments, closing.spans), users, actor, now)
    # A part that stands is among what is busy already.
    more = {} if closing.stands else dict.fromkeys(instruments, closing.places)
    return proposals(rows, dict.fromkeys(instruments, ()), users, actor, now, more)


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
            free.take(offer)
            return offer
    return None


class _Free:
    """The time of some instruments once the closure stands; what is offered is taken."""

    def __init__(
        self,
        things: Sequence[Bookable],
        closing: Mapping[int, Sequence[Pair]],
        more: Mapping[int, Sequence[Pair]],
        since: int,
        now: int,
    ) -> None:
        self._now, self._until = now, since + AHEAD
        self.standings: Mapping[int, Standing] = {}
        held, shut, places = busy_between(things, since, self._until)
        self._held = {thing.id: list(held.get(thing.id, ())) for thing in things}
        self._places = {thing.id: [*places.get(thing.id, ()), *more.get(thing.id, ())] for thing in things}
        self._shut = {thing.id: list(shut.get(thing.id, ())) for thing in things}
        for number in closing.keys() & self._shut.keys():
            self._shut[number].extend(closing[number])

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

    def take(self, offer: Offer) -> None:
        """Offer it to nobody else."""
        self._held[offer.instrument_id].append((offer.start, offer.end))
