"""Which of many instruments are free long enough, earliest first: a sweep over a horizon that grows until enough came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from typing import TypeAlias

from instruments.catalog.revision import catalog_number
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.busy import busy_between
from instruments.reservations.frames import WESTMOST, Frame, Frames, Key, leaves_at
from instruments.reservations.grid import DAY_SECONDS
from instruments.reservations.stages import FOR_EVER

WIDER = 4
# How many instruments are asked at first, then next; then all that are left.
BATCHES = (200, 1000)
Waiting: TypeAlias = tuple[int, Bookable]
Asked: TypeAlias = tuple[int, int, Bookable, Frame]
Groups: TypeAlias = dict[Key, list[Waiting]]


@dataclass(frozen=True, slots=True)
class Free:
    """A free span of the wanted length (or the shortest that the instrument takes), in UTC seconds."""

    instrument_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FreeSearch:
    """What is wanted: `length` seconds within [since, until), of at most `limit` instruments.

    actor: whose audience and last day count; without one nobody's do.
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


Found: TypeAlias = tuple[int, int, Free]


def find_free(
    candidates: Sequence[int], search: FreeSearch, now: datetime, number: int | None = None
) -> FreeFound:
    """The first free span of each candidate that has one, earliest first, ties in the order of the candidates.

    Looks at [since, since + length + a day], then at four times as much, and stops when `limit` came: what is
    found within the shorter range is final, because whatever begins later is later. The number of statements
    is bounded, whatever the number of instruments and reservations.
    """
    known = bookables(catalog_number() if number is None else number)
    search = replace(search, until=min(search.until, leaves_at(search.actor, WESTMOST)))
    frames = Frames(search.length, search.since, int(now.timestamp()), search.actor)
    waiting = _worth_asking(candidates, known, search, frames)
    found: list[Found] = []
    reach, until = search.length + DAY_SECONDS, search.since
    while waiting and len(found) < search.limit and until < search.until:
        until = min(search.since + reach, search.until)
        reach *= WIDER
        frames.reach(until)
        waiting = _round(waiting, frames, search.limit, found)
    found.sort(key=itemgetter(0, 1))
    return FreeFound([free for _, _, free in found[: search.limit]], until)


def _worth_asking(
    candidates: Sequence[int], known: Mapping[int, Bookable], search: FreeSearch, frames: Frames
) -> Groups:
    """The candidates that could be booked by who asks, with their place in the order, by what they share."""
    groups: Groups = {}
    admitted: dict[tuple[int, int, str], bool] = {}
    for place, instrument_id in enumerate(candidates):
        thing = known.get(instrument_id)
        if thing is None or thing.status in ("down", "retired"):
            continue
        if search.actor is not None:
            circle = (thing.institution_id, thing.lab_id, thing.audience)
            if circle not in admitted:
                admitted[circle] = thing.admits(search.actor)
            if not admitted[circle]:
                continue
        key = frames.key(thing)
        if key in groups:
            groups[key].append((place, thing))
        else:
            groups[key] = [(place, thing)]
    return {
        key: group
        for key, group in groups.items()
        if max(rules.longest for rules in group[0][1].all_rules()) >= search.length
    }


def _round(waiting: Groups, frames: Frames, limit: int, found: list[Found]) -> Groups:
    """Look for the waiting up to where the frames reach; what is found goes to `found`, the rest is returned.

    No instrument is free before its opening and rules allow, so those that could be first are asked first;
    once `limit` came that none of the others can come before, the others' rows are not read at all.
    """
    asked: list[Asked] = []
    left: Groups = {}
    for key, group in waiting.items():
        frame = frames.of(group[0][1])
        earliest = frame.undisturbed()
        if earliest is None:
            left[key] = group
        else:
            asked += [(earliest[0], place, thing, frame) for place, thing in group]
    asked.sort()  # places differ, so instruments are never compared
    begin = 0
    for size in (*BATCHES, len(asked)):
        batch = asked[begin : begin + size]
        begin += size
        if not batch or _is_settled(found, limit, batch[0][:2]):
            break
        for place, thing in _sweep(batch, frames.since, frames.until, found):
            left.setdefault(frames.key(thing), []).append((place, thing))
    return left


def _is_settled(found: list[Found], limit: int, following: tuple[int, int]) -> bool:
    """Whether the first `limit` are known, because none of those that follow can come before them."""
    if len(found) < limit:
        return False
    last = nsmallest(limit, (entry[:2] for entry in found))[-1]
    return last < following


def _sweep(batch: list[Asked], since: int, until: int, found: list[Found]) -> list[Waiting]:
    """The first gap of each of these, among what is held and closed; returns those without."""
    held, closed, places = busy_between([thing for _, _, thing, _ in batch], since, until)
    left = []
    for _, place, thing, frame in batch:
        mine, shut, gone = held.get(thing.id), closed.get(thing.id), places.get(thing.id)
        if thing.serves[0] > since or thing.serves[1] < until:
            shut = [*(shut or ()), (0, thing.serves[0]), (thing.serves[1], FOR_EVER)]
        span = frame.undisturbed()
        if mine is not None or shut or gone:
            span = frame.first(mine or (), shut or (), thing.capacity, gone or ())
        if span is None:
            left.append((place, thing))
        else:
            found.append((span[0], place, Free(thing.id, *span)))
    return left
