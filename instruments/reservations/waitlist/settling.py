"""Settle requests that need no offer any more: who has the time by another way, and who has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, and_, func, or_, select, type_coerce, update

from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.models import Person
from instruments.people.signing import today
from instruments.reservations.held import HELD_UNTIL, STARTS
from instruments.reservations.models import Reservation
from instruments.reservations.waitlist.models import WaitOffer, WaitRequest

_OFFER: Any = WaitOffer.__table__
_REQUEST: Any = WaitRequest.__table__
_HELD: Any = Reservation.__table__


def met_otherwise() -> Sequence[tuple[int, int]]:
    """Requests for an instrument of which their user has since booked what they wait for: (request, reservation)."""
    earliest, latest, asked = (
        type_coerce(_REQUEST.c[name], BigInteger) for name in ("earliest", "latest", "asked_at")
    )
    rows = db.session.execute(
        select(_REQUEST.c.id, func.min(_HELD.c.id))
        .join(
            _HELD,
            and_(
                _HELD.c.user_id == _REQUEST.c.user_id, _HELD.c.instrument_id == _REQUEST.c.instrument_id, _HELD.c.live,
                earliest <= STARTS, latest >= HELD_UNTIL, _REQUEST.c.length_seconds <= HELD_UNTIL - STARTS,
                type_coerce(_HELD.c.created_at, BigInteger) >= asked,
            ),
        )
        .where(_REQUEST.c.state == "waiting")
        .group_by(_REQUEST.c.id)
        .order_by(_REQUEST.c.id)
    )  # fmt: skip
    return [(number, reservation_id) for number, reservation_id in rows]


def of_leavers(now: datetime) -> Sequence[int]:
    """The requests whose user has no account any more."""
    day: date = today(now)
    gone = or_(Person.deactivated_at.is_not(None), Person.ends_on < day)
    return db.session.scalars(
        select(_REQUEST.c.id)
        .join(Person, Person.id == _REQUEST.c.user_id)
        .where(_REQUEST.c.state == "waiting", gone)
        .order_by(_REQUEST.c.id)
    ).all()


def settle_met(found: Sequence[tuple[int, int]], now: datetime) -> int:
    """Note for these requests by which reservation they are met, inside a deed; how many still waited."""
    done = 0
    for number, reservation_id in found:
        done += _end([number], {"state": "met", "reservation_id": reservation_id}, "wait.met", now)
    return done


def withdraw_for_leavers(request_ids: Sequence[int], now: datetime) -> int:
    """Take these requests back, inside a deed; how many still waited."""
    return _end(request_ids, {"state": "withdrawn"}, "wait.withdrawn", now)


def _end(request_ids: Sequence[int], values: dict[str, Any], deed: str, now: datetime) -> int:
    ended = db.session.execute(
        update(_REQUEST)
        .where(_REQUEST.c.id.in_(request_ids), _REQUEST.c.state == "waiting")
        .values(**values, ended_at=now, version=_REQUEST.c.version + 1)
        .returning(_REQUEST.c.id, _REQUEST.c.user_id, _REQUEST.c.instrument_id)
    ).all()
    db.session.execute(
        update(_OFFER)
        .where(_OFFER.c.request_id.in_([row.id for row in ended]), _OFFER.c.state == "open")
        .values(state="declined", closed_at=now)
    )
    record_many(
        entry(
            now=now,
            actor_id=None,
            deed=deed,
            thing=("wait", row.id),
            detail={
                "user_id": row.user_id,
                **({"instrument_id": row.instrument_id} if row.instrument_id else {}),
            },
        )
        for row in ended
    )
    return len(ended)
