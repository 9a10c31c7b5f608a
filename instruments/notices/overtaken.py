"""Whether what a reminder speaks of is still to come when its letter goes out, perhaps hours after it was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, exists, or_, select, type_coerce
from sqlalchemy.orm import aliased

from instruments.database import db
from instruments.notices.models import Notice
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import SeriesOccurrence


def still_to_come(notice: Notice) -> bool:
    """False once the reservation is moved or given up, or the request is answered. One statement."""
    number, moment = (int(part) for part in notice.occasion.split("/")[1:])
    one, asked = Reservation, Approval
    if notice.kind == "reservation.soon":
        stands = (one.id == number, one.state == "confirmed", one.user_id == notice.person_id)
        found = select(one.id).where(*stands, type_coerce(one.starts_at, BigInteger) == moment)
    else:
        # Of a series the key names the first, whichever of its requests are still open.
        first, its = aliased(SeriesOccurrence), aliased(SeriesOccurrence)
        of_series = exists(
            select(1)
            .select_from(first)
            .join(its, its.series_id == first.series_id)
            .where(first.reservation_id == number, its.reservation_id == one.id)
        )
        is_proposed = asked.proposed_at.is_not(None)
        found = (
            select(one.id)
            .join(asked, asked.reservation_id == one.id)
            .where(
                or_(one.id == number, of_series),
                one.state == "requested",
                asked.decision.is_(None),
                type_coerce(asked.due_at, BigInteger) == moment,
                is_proposed if notice.kind == "proposal.due" else ~is_proposed,
            )
        )
    return db.session.execute(found.limit(1)).first() is not None
