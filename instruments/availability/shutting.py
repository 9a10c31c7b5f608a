"""What closes time, in one shape: closures, and busy time of outside calendars."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, func, literal_column, type_coerce

from instruments.availability.models import BusyTime, Closure

_CLOSURE: Any = Closure.__table__
_BUSY: Any = BusyTime.__table__


class Shut(NamedTuple):
    """Columns of a table whose rows close time: whose, from when to when in UTC seconds, what it is and why, and how many
    places it closes: WHOLE for all.
    """

    lab: Any
    instrument: Any
    starts: Any
    ends: Any
    kind: Any
    reason: Any
    units: Any


def _shut(table: Any, kind: Any, reason: Any, units: Any) -> Shut:
    starts, ends = (type_coerce(table.c[name], BigInteger) for name in ("starts_at", "ends_at"))
    return Shut(table.c.lab_id, table.c.instrument_id, starts, ends, kind, reason, units)


WHOLE = 0
SHUT = (
    _shut(
        _CLOSURE,
        func.coalesce(_CLOSURE.c.detail_kind, _CLOSURE.c.kind),
        _CLOSURE.c.reason,
        func.coalesce(_CLOSURE.c.units, literal_column(str(WHOLE))),
    ),
    # What the outside calendar says of it is never shown, so it is not kept.
    _shut(_BUSY, literal_column("'busy'"), literal_column("''"), literal_column(str(WHOLE))),
)


def closes_all(units: int, capacity: int) -> bool:
    """Whether so many places are all that there are, perhaps because the capacity was lowered since."""
    return units == WHOLE or units >= capacity
