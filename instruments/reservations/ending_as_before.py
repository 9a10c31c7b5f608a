"""Take back that a reservation was extended: it ends as before, at the price of before, and what it gives up is free."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.database import db
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookable
from instruments.reservations.judging import wish_of
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, asking_of_change
from instruments.reservations.paying.binding import lock_payers
from instruments.reservations.paying.restoring import bind_again, payment_kept

_TABLE: Any = Reservation.__table__


def end_as_before(
    actor: Actor, user: Actor, row: Any, end: datetime, bound: Mapping[str, Any] | None, now: datetime
) -> None:
    """Let a reservation end at `end` again, earlier than now, inside a deed and under the instrument's lock.

    row: of lookup.reservation_row; bound: of restoring.binding_of, from before it was extended. Nothing is given up by it,
    so no fee follows. Raises Refusal where a fund cannot hold what it held.
    """
    thing = bookable(row.instrument_id)
    asking = asking_of_change(actor, user, row, Change(payment=payment_kept(bound)))
    lock_payers(asking.payment)
    db.session.execute(
        update(_TABLE)
        .where(_TABLE.c.id == row.id)
        .values(ends_at=end, held_until=end, changed_at=now, version=row.version + 1)
    )
    bind_again(asking, thing, row.id, wish_of(row.starts_at, end), bound, now)
    start = int(row.starts_at.timestamp())
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.moved",
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={
            "reason": "",
            "from": [start, int(row.ends_at.timestamp())],
            "to": [start, int(end.timestamp())],
            "undo": True,
        },
    )
