"""Which live reservations lie where nothing can be booked any more, so that the lab sees whom it has to talk to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, false, func, not_, or_, select, type_coerce

from instruments.availability.models import Closure
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Person
from instruments.reservations.bookable import Bookable
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import OPEN_STATES, Reservation
from instruments.reservations.stages import FOR_EVER
from instruments.timespan import Pair

MOST_SHOWN = 200
MOST_DECIDED = 2000


@dataclass(frozen=True)
class Within:
    """Live reservations in the way that are not over: how many, and the first of them in time."""

    count: int
    rows: tuple[Row[Any], ...]


def within_closures(closure_ids: Collection[int], now: datetime) -> dict[int, Within]:
    """By closure, the reservations that lie in it wholly or partly and still hold time after now.

    rows: (closure_id, id, instrument_id, name_en, name_zh of the instrument, user_en, user_zh, starts_at,
    held_until). Closures without any are left out. Two statements, whatever the number.
    """
    if not closure_ids:
        return {}
    columns = select(Closure.id.label("closure_id"), func.count().label("number"))
    counting = _joined(columns, closure_ids, now).group_by(Closure.id)
    counts = {row.closure_id: row.number for row in db.session.execute(counting)}
    rows: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(_listed(closure_ids, now)) if counts else ():
        rows.setdefault(row.closure_id, []).append(row)
    return {
        closure_id: Within(count, tuple(rows.get(closure_id, ()))) for closure_id, count in counts.items()
    }


def in_the_way(
    instrument_ids: Collection[int], closing: Sequence[Pair], now: datetime, before: Sequence[Pair] = ()
) -> Sequence[Row[Any]]:
    """The reservations of these instruments, not over, that closing these spans (one at least, by start) meets, by start.

    before: what it closed already; what lies there was decided upon. Rows: id, version, start, end (UTC seconds),
    instrument_id, lab_id, owner_id, names of the instrument (name_en, name_zh) and the user (user_id, user_en, user_zh).
    """
    one = Reservation
    fresh = not_(or_(false(), *(overlapping(*pair) for pair in before)))
    dialect = db.engine.dialect.name
    return db.session.execute(
        select(
            *told_columns(), one.version, one.user_id, STARTS.label("start"), HELD_UNTIL.label("end"),
            Instrument.lab_id, Instrument.institution_id.label("owner_id"),
        )
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Person, Person.id == one.user_id)
        .where(
            among(one.instrument_id, dialect), overlapping(closing[0][0], closing[-1][1]), fresh,
            or_(*(and_(end > STARTS, start < HELD_UNTIL) for start, end in closing)),
            one.state.in_(OPEN_STATES), int(now.timestamp()) < HELD_UNTIL,
        )
        .order_by(STARTS, one.id)
        .limit(MOST_DECIDED),
        {"numbers": as_parameter(instrument_ids, dialect)},
    ).all()  # fmt: skip


def beyond_service(thing: Bookable, now: datetime) -> Within:
    """The live reservations that the instrument will not serve: those after its last day; all that are not over
    when it is out of order or retired without one. Rows as in `within_closures`, without closure_id. Two statements.
    """
    present = int(now.timestamp())
    stopped = thing.status == "down" or (thing.status == "retired" and thing.retired_on is None)
    since = present if stopped else max(thing.serves[1], present)
    if since >= FOR_EVER:
        return Within(0, ())
    mine = (
        Reservation.instrument_id == thing.id,
        Reservation.live,
        since < HELD_UNTIL,
        STARTS < HELD_UNTIL,
    )
    count = db.session.scalar(select(func.count()).select_from(Reservation).where(*mine)) or 0
    found = (
        select(*told_columns())
        .select_from(Reservation)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .join(Person, Person.id == Reservation.user_id)
        .where(*mine)
        .order_by(Reservation.starts_at, Reservation.id)
        .limit(MOST_SHOWN)
    )
    return Within(count, tuple(db.session.execute(found)) if count else ())


def told_columns() -> tuple[Any, ...]:
    """What is told of a reservation in the way: see in_the_way."""
    return (
        Reservation.id,
        Reservation.instrument_id,
        Instrument.name_en,
        Instrument.name_zh,
        Person.name_en.label("user_en"),
        Person.name_zh.label("user_zh"),
        Reservation.starts_at,
        Reservation.held_until,
    )


def _listed(closure_ids: Collection[int], now: datetime) -> Any:
    columns = select(Closure.id.label("closure_id"), *told_columns())
    return (
        _joined(columns, closure_ids, now)
        .join(Person, Person.id == Reservation.user_id)
        .order_by(Reservation.starts_at, Reservation.id)
        .limit(MOST_SHOWN)
    )


def _joined(columns: Any, closure_ids: Collection[int], now: datetime) -> Any:
    closed = or_(Instrument.id == Closure.instrument_id, Instrument.lab_id == Closure.lab_id)
    return (
        columns.select_from(Closure)
        .join(Instrument, closed)
        .join(Reservation, and_(Reservation.instrument_id == Instrument.id, _held_within()))
        .where(Closure.id.in_(closure_ids), int(now.timestamp()) < HELD_UNTIL, STARTS < HELD_UNTIL)
    )


def _held_within() -> ColumnElement[bool]:
    starts, ends = type_coerce(Closure.starts_at, BigInteger), type_coerce(Closure.ends_at, BigInteger)
    return overlapping(starts, ends)
