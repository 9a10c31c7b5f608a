"""When anything was first reserved or used anywhere: kept with the state of the summaries, so that nobody looks for it twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, func, select, type_coerce, update

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.reservations.models import Reservation
from instruments.timespan import instant
from instruments.usage.models import InstrumentUse
from instruments.utilization.models import UtilizationState

_RESERVATION: Any = Reservation.__table__
_USE: Any = InstrumentUse.__table__
_STATE: Any = UtilizationState.__table__
_LAB: Any = Lab.__table__
_BEGUN = select(_STATE.c.begun).scalar_subquery().label("begun")


def begun() -> date | None:
    """The day on which anything was first reserved or used, on the wall of whichever lab is ahead of all others: from then on
    everything is known everywhere. One statement where it is kept, else some more."""
    rows = db.session.execute(select(_BEGUN, _LAB.c.zone).distinct()).all()
    first = rows[0].begun if rows and rows[0].begun is not None else begun_at()
    if first is None:
        return None
    days = [instant(first).astimezone(ZoneInfo(row.zone)).date() for row in rows]
    return max(days, default=instant(first).date())


def begun_at() -> int | None:
    """The same as a UTC second."""
    first = _kept()
    return _looked_for() if first is None else first


def keep_begun(touched: Iterable[int | None]) -> None:
    """Look for it again where it is not known, or where something from then or before was touched (None: nobody knows
    when), with the lock of the state in hand."""
    kept = _kept()
    if kept is None or any(first is None or first <= kept for first in touched):
        db.session.execute(update(_STATE).values(begun=_looked_for()))


def _kept() -> int | None:
    return db.session.scalar(select(_STATE.c.begun))


def _looked_for() -> int | None:
    found = map(_first, (_RESERVATION.c.starts_at, _USE.c.started_at))
    return min((first for first in found if first is not None), default=None)


def _first(column: Any) -> int | None:
    """The first moment in a column, by the index that begins with the instrument."""
    own = select(func.min(type_coerce(column, BigInteger))).where(
        column.table.c.instrument_id == Instrument.id
    )
    return db.session.scalar(select(func.min(own.scalar_subquery())).select_from(Instrument))
