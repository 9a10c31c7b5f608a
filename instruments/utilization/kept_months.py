"""Which months have summaries: from the year in which anything was first reserved or used to the month that runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, func, select, type_coerce

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.timespan import instant
from instruments.usage.models import InstrumentUse
from instruments.utilization.recounting import month_of, months_between

_RESERVATION: Any = Reservation.__table__
_USE: Any = InstrumentUse.__table__
# Older ones are worked out when somebody asks for them.
YEARS_BACK = 3


def months_kept(now: datetime) -> list[int]:
    """From January of the year with the first reservation or use, at most three years back; two statements."""
    first_day = begun()
    if first_day is None:
        return []
    last = month_of(now.date())
    first = max(first_day.year * 100 + 1, last - 100 * YEARS_BACK)
    # A month begins up to a day later or earlier on other walls.
    return months_between(first, month_of(instant(int(now.timestamp()) + 86_400).date()))


def begun() -> date | None:
    """The day on which anything was first reserved or used; two statements."""
    found = [
        first for first in map(_first, (_RESERVATION.c.starts_at, _USE.c.started_at)) if first is not None
    ]
    return instant(min(found)).date() if found else None


def _first(column: Any) -> int | None:
    """The first moment in a column, by the index that begins with the instrument."""
    own = select(func.min(type_coerce(column, BigInteger))).where(
        column.table.c.instrument_id == Instrument.id
    )
    return db.session.scalar(select(func.min(own.scalar_subquery())).select_from(Instrument))
