"""What a calendar shows: the open, busy and free time of instruments, and on a page whose it is as far as one may know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Row, select, type_coerce

from instruments.availability.calendar import closures_told
from instruments.availability.shutting import closes_all
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Person
from instruments.people.rights import Action, Actor
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.busy import Busy, busy_between
from instruments.reservations.grid import Grid
from instruments.reservations.held import (
    HELD_UNTIL,
    STARTS,
    overlapping,
)
from instruments.reservations.limits import BookingRules
from instruments.reservations.lookup import allowed
from instruments.reservations.models import Reservation
from instruments.reservations.places import as_places
from instruments.reservations.stages import FOR_EVER, Stage
from instruments.reservations.sweep import blocked, first_fit, gaps
from instruments.timespan import Pair, clipped, crowded, intersect, merge, subtract


@dataclass(frozen=True, slots=True)
class Spans:
    """The time of one instrument within a range, as sorted, disjoint spans in UTC seconds.

    opened: published hours less holidays and closures, none while it is out of service; where not everybody has the same,
    the reader's (without a reader, what is open to anybody); busy: where all places are taken;
    free: what can be booked by the rules, at least the shortest reservation, ends on the grid.
    """

    thing: Bookable
    opened: list[Pair]
    busy: list[Pair]
    free: list[Pair]


@dataclass(frozen=True, slots=True)
class Block:
    """Something drawn in a calendar. state: booked, yours, asked, the kind of a closure, or others: open only to the
    circles that `text` names.

    name: who uses it, in both languages, where the reader may know; text: its title, or a closure's reason.
    """

    start: int
    end: int
    state: str
    name: tuple[str, str] | None = None
    text: str = ""
    reservation_id: int | None = None


def spans(
    instrument_ids: Collection[int],
    first: int,
    last: int,
    now: datetime,
    number: int | None = None,
    actor: Actor | None = None,
    apart: Pair | None = None,
) -> dict[int, Spans]:
    """The time of these instruments within [first, last). Two statements, however many there are.

    number: the revision of the catalogue, if the caller has asked for it already; actor: whose hours and
    booking window count, without one those of everybody; apart: the span of the reservation that is moved, which is not in
    its own way.
    """
    known = bookables(number)
    things = [known[number] for number in instrument_ids if number in known]
    if not things:
        return {}
    busy = busy_between(things, first, last)
    for held in busy.held.values():
        if apart in held:
            held.remove(apart)
    views: dict[tuple[int, int, int, int, str | None], _View] = {}
    found = {}
    for thing in things:
        # Most instruments of a list share their hours and rules with others of it.
        calendar = thing.calendar_of(actor)
        shared = (id(calendar), id(thing.rules), id(thing.stages))
        key = (*shared, thing.suspended_until(actor), thing.window_of(actor))
        view = views.get(key)
        if view is None:
            opened, moment = calendar.opened(first, last), int(now.timestamp())
            view = views[key] = _View.of(thing, opened, (first, last), moment, key[-1], key[-2])
        found[thing.id] = _spans(thing, view, busy)
    return found


class _Part(NamedTuple):
    """Under which limits a reservation may start from `earliest` to `latest`; at `turn` others begin."""

    rules: BookingRules
    grid: Grid
    earliest: int
    latest: int
    turn: int


@dataclass(frozen=True, slots=True)
class _View:
    """What instruments with the same calendar and rules share within a range."""

    within: Pair
    opened: list[Pair]
    parts: list[_Part]

    @classmethod
    def of(
        cls,
        thing: Bookable,
        opened: list[Pair],
        within: Pair,
        now: int,
        circle: str | None,
        suspended_until: int,
    ) -> _View:
        zone = thing.calendar.zone
        parts = []
        for stage in thing.stages or (Stage(0, FOR_EVER, thing.rules),):
            rules = stage.rules
            earliest = max(now + rules.lead, stage.first, suspended_until)
            latest = min(rules.latest(now, zone, circle), stage.last - 1)
            parts.append(_Part(rules, Grid(zone, rules.grid_minutes), earliest, latest, stage.last))
        return cls(within, opened, parts)


def _spans(thing: Bookable, view: _View, taken: Busy) -> Spans:
    held, closed, places = (found.get(thing.id, []) for found in taken)
    opened = subtract(view.opened, closed) if closed else view.opened
    if thing.status in ("down", "retired"):
        opened = []
    elif opened and (opened[0][0] < thing.serves[0] or thing.serves[1] < opened[-1][1]):
        opened = intersect(opened, [thing.serves])
    full = held if thing.capacity == 1 else crowded([*held, *places], thing.capacity)
    busy = clipped(full, *view.within) if full else []
    return Spans(thing, opened, busy, _free(thing, view, opened, held, places))


def _free(
    thing: Bookable, view: _View, opened: Sequence[Pair], held: Sequence[Pair], places: Sequence[Pair]
) -> list[Pair]:
    """What of the opening can be booked, at least the shortest reservation long; held: sorted."""
    if not opened:
        return []
    free: list[Pair] = []
    for rules, grid, earliest, latest, turn in view.parts:
        walls = blocked(held, thing.capacity, rules.buffer, places) if held or places else held
        found = gaps(opened, walls, rules.shortest, earliest, latest, grid)
        if grid.phase_of_days(*view.within) is None:
            found = [gap for gap in found if first_fit(gap, rules.shortest, rules.longest, latest, grid)]
        if len(view.parts) == 1:
            return found
        # What starts before the turn may reach beyond it; what starts behind it is for the rules that follow.
        free += [(start, min(end, max(turn, start + rules.shortest))) for start, end in found]
    return _apart(free)


def _apart(free: list[Pair]) -> list[Pair]:
    """The same spans, in order, none over another."""
    found: list[Pair] = []
    for start, end in free:
        start = max(start, found[-1][1]) if found else start
        if start < end:
            found.append((start, end))
    return found


def blocks(instrument_id: int, first: int, last: int, actor: Actor | None) -> list[Block]:
    """What is drawn in the calendar of one instrument within [first, last), as this reader may see it, by start.

    Of several places a reader sees the times at which none is left, and their own; what closes some of them takes no
    time, see parts_closed.py.
    """
    thing = bookables()[instrument_id]
    rows = _named([instrument_id], first, last)
    told = closures_told(thing.id, thing.lab_id, first, last)
    shut = [each for each in told if closes_all(each[4], thing.capacity)]
    places = as_places((each[0], each[1], each[4]) for each in told if each not in shut)
    drawn = [Block(start, end, kind, None, reason) for start, end, kind, reason, _ in shut]
    drawn += _reserved(thing, rows, places, actor)
    if thing.calendar.by_circle:
        drawn += _of_others(thing, first, last, actor, [each[:2] for each in shut])
    return sorted(drawn, key=lambda block: (block.start, block.end))


def for_some(thing: Bookable, first: int, last: int) -> list[tuple[Pair, tuple[str, ...]]]:
    """What is open within [first, last) not to all that the audience admits, with the circles it is open to."""
    calendar = thing.calendar
    return [each for each in calendar.open_to_whom(first, last) if len(each[1]) < len(calendar.by_circle)]


def _of_others(
    thing: Bookable, first: int, last: int, actor: Actor | None, shut: Sequence[Pair]
) -> Iterator[Block]:
    """What is open, but not to the reader; to a stranger, who may belong anywhere, what is not open to all."""
    circle = thing.circle_of(actor) if actor else None
    if thing.status in ("down", "retired"):
        return
    closed = merge(shut)
    for span, circles in for_some(thing, first, last):
        if circle not in circles:
            for start, end in subtract(intersect([span], [thing.serves]), closed):
                yield Block(start, end, "others", None, " ".join(circles))


def _reserved(
    thing: Bookable, rows: Sequence[Row[Any]], places: Sequence[Pair], actor: Actor | None
) -> Iterator[Block]:
    if thing.capacity == 1:
        yield from (_block(thing, row, actor) for row in rows)
        return
    mine = [row for row in rows if _is_own(row, actor)]
    yield from (_block(thing, row, actor) for row in mine)
    full = crowded([*((row.start, row.end) for row in rows), *places], thing.capacity)
    for start, end in subtract(full, [(row.start, row.end) for row in mine]):
        yield Block(start, end, "booked")


def _block(thing: Bookable, row: Row[Any], actor: Actor | None) -> Block:
    """What only waits for the lab is asked for to who asked and to the lab; to everybody else it is booked."""
    state = "asked" if row.state == "requested" else "booked"
    if _is_own(row, actor):
        return Block(row.start, row.end, "yours" if state == "booked" else state, None, row.title, row.id)
    if actor is None:
        return Block(row.start, row.end, "booked")
    if allowed(actor, Action.RESERVATION_SEE, _Placed(row, thing)):
        return Block(row.start, row.end, state, (row.name_en, row.name_zh), row.title, row.id)
    if row.shows_name:
        return Block(row.start, row.end, "booked", (row.name_en, row.name_zh), row.title)
    if _may_see_name(thing, row, actor):
        return Block(row.start, row.end, "booked", (row.name_en, row.name_zh))
    return Block(row.start, row.end, "booked")


def _may_see_name(thing: Bookable, row: Row[Any], actor: Actor) -> bool:
    """Whether the rules let this reader see whose it is, though its user does not show it to all."""
    match thing.rules_at(row.start).names_seen:
        case "everybody":
            return True
        case "institution":
            return row.institution_id is not None and row.institution_id == actor.institution_id
        case "group":
            return row.group_id in actor.group_ids
        case _:
            return False


def _is_own(row: Row[Any], actor: Actor | None) -> bool:
    return actor is not None and actor.person_id in (row.user_id, row.booker_id)


class _Placed:
    """A reservation's row with where its instrument stands, as the question of rights wants it."""

    __slots__ = ("booker_id", "group_id", "institution_id", "lab_id", "owner_id", "user_id")

    def __init__(self, row: Row[Any], thing: Bookable) -> None:
        self.user_id, self.booker_id = row.user_id, row.booker_id
        self.institution_id, self.group_id = row.institution_id, row.group_id
        self.owner_id, self.lab_id = thing.institution_id, thing.lab_id


def _named(instrument_ids: Collection[int], first: int, last: int) -> Sequence[Row[Any]]:
    dialect = db.engine.dialect.name
    one = Reservation
    return db.session.execute(
        select(
            one.id, one.instrument_id, STARTS.label("start"), HELD_UNTIL.label("end"), one.state, one.user_id,
            one.booker_id, one.institution_id, one.group_id, one.shows_name, one.title, Person.name_en, Person.name_zh,
        )
        .join(Person, Person.id == one.user_id)
        .where(among(one.instrument_id, dialect), overlapping(first, last))
        .order_by(one.instrument_id, type_coerce(one.starts_at, BigInteger)),
        {"numbers": as_parameter(instrument_ids, dialect)},
    ).all()  # fmt: skip
