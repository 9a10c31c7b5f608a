"""What takes the time of many instruments: reservations and closures, by one statement however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import bindparam, literal_column, select, union_all

from instruments.availability.shutting import SHUT, WHOLE, closes_all
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reservations.bookable import Bookable
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import Reservation
from instruments.reservations.places import as_places
from instruments.timespan import Pair

ByInstrument: TypeAlias = dict[int, list[Pair]]

_RESERVATION: Any = Reservation.__table__
MOST_NAMED = 200
HELD, CLOSED, LAB_CLOSED = 0, 1, 2


class Busy(NamedTuple):
    """By instrument, for those that have any: the spans held, by start, those closed, and those over which a place of
    several is closed, each as often as it closes one."""

    held: ByInstrument
    closed: ByInstrument
    places: ByInstrument


def busy_between(things: Sequence[Bookable], first: int, last: int) -> Busy:
    """What takes the time of these instruments, in UTC seconds.

    Held spans reach as far beyond [first, last) as the widest buffer among these instruments.
    """
    found: tuple[ByInstrument, ByInstrument, ByInstrument] = ({}, {}, {})
    partly: list[tuple[int, int, int, int]] = []
    for what, owner, start, end, units in _rows(things, first, last):
        if units:
            partly.append((owner, start, end, units))
            continue
        spans = found[what].get(owner)
        if spans is None:
            found[what][owner] = [(start, end)]
        else:
            spans.append((start, end))
    held, closed, closed_labs = found
    for spans in held.values():
        spans.sort()
    if closed_labs:
        for thing in things:
            if thing.lab_id in closed_labs:
                closed[thing.id] = [*closed.get(thing.id, ()), *closed_labs[thing.lab_id]]
    return Busy(held, closed, _places(things, partly, closed) if partly else {})


def _places(
    things: Sequence[Bookable], partly: Sequence[tuple[int, int, int, int]], closed: ByInstrument
) -> ByInstrument:
    """The closed places by instrument; what closes all that there are is closed."""
    capacities = {thing.id: thing.capacity for thing in things}
    found: ByInstrument = {}
    for owner, start, end, units in partly:
        if closes_all(units, capacities.get(owner, 1)):
            closed.setdefault(owner, []).append((start, end))
        else:
            found.setdefault(owner, []).extend(as_places([(start, end, units)]))
    return found


def _rows(things: Sequence[Bookable], first: int, last: int) -> Sequence[Any]:
    dialect = db.engine.dialect.name
    ids = [thing.id for thing in things]
    buffer = max(thing.widest_buffer for thing in things)
    values = {"numbers": as_parameter(ids, dialect), "first": first, "last": last}
    values |= {"held_first": first - buffer, "held_last": last + buffer}
    # In a search over the whole catalogue the span alone is the better index.
    few = len(ids) <= MOST_NAMED
    if few:
        values["labs"] = as_parameter({thing.lab_id for thing in things}, dialect)
    return db.session.execute(statement(dialect, few), values).all()


@cache
def statement(dialect: str, few: bool) -> Any:
    """Rows (what, instrument or lab, start, end, units) in no order; for many instruments closures of others are among them."""
    whole = literal_column(str(WHOLE))
    held = select(literal_column(str(HELD)), _RESERVATION.c.instrument_id, STARTS, HELD_UNTIL, whole).where(
        among(_RESERVATION.c.instrument_id, dialect),
        overlapping(bindparam("held_first"), bindparam("held_last")),
    )
    closed = [
        select(literal_column(str(what)), owner, shut.starts, shut.ends, shut.units).where(
            among(owner, dialect, name) if few else owner.is_not(None),
            shut.ends > bindparam("first"),
            shut.starts < bindparam("last"),
        )
        for shut in SHUT
        for what, owner, name in ((CLOSED, shut.instrument, "numbers"), (LAB_CLOSED, shut.lab, "labs"))
    ]
    return union_all(held, *closed)
