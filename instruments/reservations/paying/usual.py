"""Which fund somebody usually pays from: the one they paid from last, else the only one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.reservations.price_models import ReservationPayer

_PAYER: Any = ReservationPayer.__table__
_MADE: Any = Reservation.__table__


def usual_fund(person_id: int, able: Collection[int]) -> int | None:
    """Of these funds the one that a person's newest reservation named first; else the only one; None where neither says.

    One statement, none where there is nothing to choose from.
    """
    if len(able) < 2:
        return next(iter(able), None)
    return db.session.scalar(
        select(_PAYER.c.fund_id)
        .join(_MADE, _MADE.c.id == _PAYER.c.reservation_id)
        .where(_MADE.c.user_id == person_id, _PAYER.c.position == 0, _PAYER.c.fund_id.in_(able))
        .order_by(_MADE.c.id.desc())
        .limit(1)
    )
