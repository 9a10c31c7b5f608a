"""Which reservations lie within busy time of an outside calendar: nobody is moved, so the lab must talk to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, func, or_, select, type_coerce

from instruments.availability.models import BusyTime
from instruments.calendars.models import CalendarSubscription
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import Reservation

MOST_SHOWN = 100


def within(subscription_id: int, now: datetime) -> Sequence[Row[Any]]:
    """The reservations that still hold time and lie in it wholly or partly, by start, the first hundred: rows
    (id, instrument_id, name_en, name_zh of the instrument, user_en, user_zh, starts_at, ends_at)."""
    one, thing, user = Reservation, Instrument, Person
    columns = (
        one.id, one.instrument_id, thing.name_en, thing.name_zh, user.name_en.label("user_en"),
        user.name_zh.label("user_zh"), one.starts_at, one.ends_at,
    )  # fmt: skip
    return db.session.execute(
        _joined(select(*columns).distinct(), now)
        .join(user, user.id == one.user_id)
        .where(BusyTime.subscription_id == subscription_id)
        .order_by(one.starts_at, one.id)
        .limit(MOST_SHOWN)
    ).all()


def counts(subscription_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many reservations lie in each of these. One statement."""
    if not subscription_ids:
        return {}
    number = BusyTime.subscription_id
    counting = select(number, func.count(Reservation.id.distinct())).group_by(number)
    rows = db.session.execute(_joined(counting, now).where(number.in_(subscription_ids)))
    return {row[0]: row[1] for row in rows}


def in_labs(lab_ids: Collection[int], now: datetime) -> list[tuple[int, str, bool, int]]:
    """What waits for the staff of these labs: rows (id, name, failing, conflicts) of the calendars that want something."""
    one = CalendarSubscription
    rows = db.session.execute(
        select(one.id, one.name, one.failure)
        .outerjoin(Instrument, Instrument.id == one.instrument_id)
        .where(or_(one.lab_id.in_(lab_ids), Instrument.lab_id.in_(lab_ids)))
        .order_by(one.id)
    ).all()
    found = counts([row.id for row in rows], now)
    return [
        (row.id, row.name, bool(row.failure), found.get(row.id, 0))
        for row in rows
        if row.failure or row.id in found
    ]


def _joined(columns: Any, now: datetime) -> Any:
    closed = or_(Instrument.id == BusyTime.instrument_id, Instrument.lab_id == BusyTime.lab_id)
    return (
        columns.select_from(BusyTime)
        .join(Instrument, closed)
        .join(Reservation, and_(Reservation.instrument_id == Instrument.id, _held_within()))
        .where(BusyTime.ends_at > now, int(now.timestamp()) < HELD_UNTIL, STARTS < HELD_UNTIL)
    )


def _held_within() -> ColumnElement[bool]:
    starts, ends = type_coerce(BusyTime.starts_at, BigInteger), type_coerce(BusyTime.ends_at, BigInteger)
    return overlapping(starts, ends)
