"""Let requests expire that nobody answered in time, so that what they held is free again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import record
from instruments.reservations.asking import part_of, settle
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.paying.binding import let_go
from instruments.reservations.series_models import SeriesOccurrence

AT_ONCE = 200
_TABLE: Any = Reservation.__table__


def overdue(now: datetime, after: int = 0) -> Sequence[int]:
    """The reservations with a number above `after` whose request is past its time, a page of them in order."""
    return db.session.scalars(
        select(Approval.reservation_id)
        .where(Approval.decision.is_(None), Approval.due_at <= now, Approval.reservation_id > after)
        .order_by(Approval.reservation_id)
        .limit(AT_ONCE)
    ).all()


def expire(reservation_id: int, now: datetime) -> bool:
    """Let one request expire, inside a deed; whether it did. Does nothing when it was answered or moved meanwhile.

    Of a series all that is past its time expires in the same deed, so that people are told once; one alone by itself.
    """
    number = db.session.scalar(select(_TABLE.c.instrument_id).where(_TABLE.c.id == reservation_id))
    if number is None:
        return False
    revision.lock([number])
    link = SeriesOccurrence
    series = db.session.scalar(select(link.series_id).where(link.reservation_id == reservation_id)) or 0
    its = select(link.reservation_id).where(link.series_id == series)
    rows = _due(Reservation.id.in_(its) if series else Reservation.id == reservation_id, now)
    if reservation_id not in {row.id for row in rows}:
        return False
    gone = [row for row in rows if row.state == "requested"]
    together = series if len(gone) > 1 else 0
    for row in gone:
        db.session.execute(
            update(_TABLE)
            .where(_TABLE.c.id == row.id)
            .values(state="expired", changed_at=now, version=row.version + 1)
        )
        _note(row, now, together)
    let_go([row.id for row in gone], now, None)
    for row in rows:
        settle(row.id, "expired", now)
    if together:
        _note_series(together, gone, now)
    return any(row.id == reservation_id for row in gone)


def _due(which: ColumnElement[bool], now: datetime) -> Sequence[Row[Any]]:
    one = Reservation
    return db.session.execute(
        select(
            one.id, one.state, one.version, one.instrument_id, one.user_id, one.booker_id, one.starts_at, one.ends_at,
            Instrument.lab_id, Instrument.institution_id, Approval.proposed_at,
        )
        .join(Approval, Approval.reservation_id == one.id)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(which, Approval.decision.is_(None), Approval.due_at <= now)
        .order_by(one.starts_at)
    ).all()  # fmt: skip


def _note_series(series: int, rows: Sequence[Row[Any]], now: datetime) -> None:
    first = rows[0]
    record(
        now=now,
        actor_id=None,
        deed="series.expired",
        thing=("series", series),
        institution_id=first.institution_id,
        lab_id=first.lab_id,
        detail={
            "instrument_id": first.instrument_id,
            "user_id": first.user_id,
            "booker_id": first.booker_id,
            "count": len(rows),
            "start": int(first.starts_at.timestamp()),
            "end": int(first.ends_at.timestamp()),
        },
    )


def _note(row: Any, now: datetime, series: int) -> None:
    record(
        now=now,
        actor_id=None,
        deed="reservation.expired",
        thing=("reservation", row.id),
        institution_id=row.institution_id,
        lab_id=row.lab_id,
        detail={
            "instrument_id": row.instrument_id,
            "user_id": row.user_id,
            "start": int(row.starts_at.timestamp()),
            "end": int(row.ends_at.timestamp()),
            "proposed": row.proposed_at is not None,
            **part_of(series),
        },
    )
