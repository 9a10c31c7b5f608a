"""The rows that hold time: the one condition of overlap, and the questions asked with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    and_,
    bindparam,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)  # fmt: skip

from instruments.availability.shutting import SHUT, WHOLE
from instruments.catalog.models import CatalogRevision
from instruments.database import db
from instruments.reservations.models import LONGEST_SECONDS, Reservation

# Plain columns and numbers: entities and datetimes cost more than the questions themselves.
_RESERVATION: Any = Reservation.__table__
_REVISION: Any = CatalogRevision.__table__
STARTS = type_coerce(_RESERVATION.c.starts_at, BigInteger)
HELD_UNTIL = type_coerce(_RESERVATION.c.held_until, BigInteger)


def overlapping(first: Any, last: Any) -> ColumnElement[bool]:
    """Whether a live reservation holds time in [first, last), in UTC seconds.

    Nothing lasts longer than LONGEST_SECONDS (the database sees to it), and without that lower bound on
    the start an index would be read from the beginning of time.
    """
    return and_(_RESERVATION.c.live, first - LONGEST_SECONDS < STARTS, last > STARTS, first < HELD_UNTIL)


HELD, CLOSED, REVISION = 0, 1, 2


def _around() -> Any:
    """One statement for all that decides over one wish, so that the time under the lock is one round trip."""
    instrument, first, last = bindparam("instrument"), bindparam("first"), bindparam("last")
    empty, none = literal_column("''"), literal_column(str(WHOLE))
    closed = [
        select(literal(CLOSED), shut.starts, shut.ends, shut.kind, shut.reason, shut.units).where(
            owner == number, shut.ends > first, shut.starts < last
        )
        for shut in SHUT
        for owner, number in ((shut.instrument, instrument), (shut.lab, bindparam("lab")))
    ]
    return union_all(
        select(literal(HELD), STARTS, HELD_UNTIL, empty, empty, none).where(
            _RESERVATION.c.instrument_id == instrument,
            overlapping(first, last),
            _RESERVATION.c.id != bindparam("apart_from"),
        ),
        *closed,
        select(literal(REVISION), _REVISION.c.number, literal(0), empty, empty, none),
    )


_AROUND = _around()


def around(instrument_id: int, lab_id: int, first: int, last: int, apart_from: int = 0) -> Sequence[Row[Any]]:
    """What holds, closes or defines one instrument in [first, last): rows (what, start, end, kind, reason, units) where
    what is HELD, CLOSED, or REVISION (then `start` is the catalogue's number). One statement."""
    return db.session.execute(
        _AROUND,
        {"instrument": instrument_id, "lab": lab_id, "first": first, "last": last, "apart_from": apart_from},
    ).all()
