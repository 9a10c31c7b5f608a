"""Back in service: end a closure, and offer the time that is free again to those first who lost it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from instruments.availability import closures, series
from instruments.availability.models import Closure
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.rights import Actor
from instruments.reservations.lookup import noted_span
from instruments.reservations.models import OPEN_STATES, Displacement, Reservation
from instruments.reservations.outside_hours import still_within

OFFER_LASTS = timedelta(hours=24)


def lift(closure: Closure, version: int, actor: Actor, now: datetime, *, also_following: bool = False) -> int:
    """Lift or end a closure (and those that follow it by the same rule), inside a deed; returns to how many the time
    is offered back.

    An offer holds nothing: whoever takes the time first has it, and those who lost it know first. It expires after a day
    or when the time begins; what new hours have left out meanwhile is not offered. Raises Refusal for a closure that is
    over, Stale when it was changed.
    """
    after = series.following(closure, now) if also_following else []
    # A closure that is removed no longer tells what lay in it, so that is read first.
    lost = [row for each in (closure, *after) for row in _lost(each.id, now)]
    closures.lift_closure(closure, version=version, actor_id=actor.person_id, now=now)
    for each in after:
        closures.lift_closure(each, version=each.version, actor_id=actor.person_id, now=now)
    lost = still_within(lost, now)
    for row in lost:
        until = min(now + OFFER_LASTS, row.starts_at)
        db.session.execute(update(Displacement).where(Displacement.id == row.id).values(offered_until=until))
    record_many(
        entry(
            now=now,
            actor_id=actor.person_id,
            deed="reservation.offered_back",
            thing=("reservation", row.present_id),
            institution_id=row.owner_id,
            lab_id=row.lab_id,
            detail=noted_span(row),
        )
        for row in lost
    )
    return len(lost)


def _lost(closure_id: int, now: datetime) -> Sequence[Row[Any]]:
    """What was moved or cancelled for a closure, lay in the time to come, and was not since cancelled by its user."""
    one, present = Displacement, func.coalesce(Displacement.replaced_by_id, Displacement.reservation_id)
    stands = (one.outcome == "cancelled") | Reservation.state.in_(OPEN_STATES)
    return db.session.execute(
        select(
            one.id, present.label("present_id"), one.instrument_id, one.starts_at, one.ends_at, Reservation.user_id,
            Instrument.lab_id, Instrument.institution_id.label("owner_id"),
        )
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Reservation, Reservation.id == present)
        .where(one.closure_id == closure_id, one.outcome != "kept", one.starts_at > now, stands)
        .order_by(one.id)
    ).all()  # fmt: skip
