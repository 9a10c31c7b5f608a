"""What takes the time of many instruments: reservations and closures, by one statement however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import bindparam, literal_column, select, union_all

from instruments.availability.shutting import SHUT
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reservations.bookable import Bookable
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import Reservation
from instruments.timespan import Pair

ByInstrument: TypeAlias = dict[int, list[Pair]]

_RESERVATION: Any = Reservation.__table__
MOST_NAMED = 200
HELD, CLOSED, LAB_CLOSED = 0, 1, 2


def busy_between(things: Sequence[Bookable], first: int, last: int) -> tuple[ByInstrument, ByInstrument]:
    """The spans held, by start, and those closed, of the instruments that have any, in UTC seconds.

    Held spans reach as far beyond [first, last) as the widest buffer among these instruments.
    """
    found: tuple[ByInstrument, ByInstrument, ByInstrument] = ({}, {}, {})
    for what, owner, start, end in _rows(things, first, last):
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
    return held, closed


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
    """Rows (what, instrument or lab, start, end) in no order; for many instruments closures of others are among them."""
    held = select(literal_column(str(HELD)), _RESERVATION.c.instrument_id, STARTS, HELD_UNTIL).where(
        among(_RESERVATION.c.instrument_id, dialect),
        overlapping(bindparam("held_first"), bindparam("held_last")),
    )
    closed = [
        select(literal_column(str(what)), owner, shut.starts, shut.ends).where(
            among(owner, dialect, name) if few else owner.is_not(None),
            shut.ends > bindparam("first"),
            shut.starts < bindparam("last"),
        )
        for shut in SHUT
        for what, owner, name in ((CLOSED, shut.instrument, "numbers"), (LAB_CLOSED, shut.lab, "labs"))
    ]
    return union_all(held, *closed)
