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


def usual_fund(
    person_id: int, able: Collection[int], short: Collection[int] = (), unfit: Collection[int] = ()
) -> int | None:
    """Which of somebody's funds is chosen where they choose none: the one that their newest reservation named first, if it can
    pay, or lacks nothing but money; else the only one that can; None where neither says.

    able: those that can pay; short: those that could if there were more left of them: such a one stays chosen, so that what is
    missing is said, and nobody pays from another without knowing it; unfit: those that pay nothing of this kind.
    One statement, none where there is nothing to choose from.
    """
    known = {*able, *short, *unfit}
    if len(known) < 2:
        return next(iter({*able, *short}), None)
    last = db.session.scalar(
        select(_PAYER.c.fund_id)
        .join(_MADE, _MADE.c.id == _PAYER.c.reservation_id)
        .where(_MADE.c.user_id == person_id, _PAYER.c.position == 0, _PAYER.c.fund_id.in_(known))
        .order_by(_MADE.c.id.desc())
        .limit(1)
    )
    if last in able or last in short:
        return last
    return next(iter(able)) if len(able) == 1 else None
