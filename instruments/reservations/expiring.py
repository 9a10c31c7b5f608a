"""Let requests expire that nobody answered in time, so that what they held is free again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import record
from instruments.reservations.asking import settle
from instruments.reservations.models import Approval, Reservation

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
    """Let one request expire, inside a deed; whether it did. Does nothing when it was answered or moved meanwhile."""
    number = db.session.scalar(select(_TABLE.c.instrument_id).where(_TABLE.c.id == reservation_id))
    if number is None:
        return False
    revision.lock([number])
    row = _due(reservation_id, now)
    if row is None:
        return False
    if row.state == "requested":
        db.session.execute(
            update(_TABLE)
            .where(_TABLE.c.id == row.id)
            .values(state="expired", changed_at=now, version=row.version + 1)
        )
        _note(row, now)
    settle(row.id, "expired", now)
    return bool(row.state == "requested")


def _due(reservation_id: int, now: datetime) -> Any:
    one = Reservation
    return db.session.execute(
        select(
            one.id, one.state, one.version, one.instrument_id, one.user_id, one.starts_at, one.ends_at,
            Instrument.lab_id, Instrument.institution_id, Approval.proposed_at,
        )
        .join(Approval, Approval.reservation_id == one.id)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(one.id == reservation_id, Approval.decision.is_(None), Approval.due_at <= now)
    ).first()  # fmt: skip


def _note(row: Any, now: datetime) -> None:
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
        },
    )
