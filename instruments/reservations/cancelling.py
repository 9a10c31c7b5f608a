"""Cancel a reservation, with a reason, so that others can have the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.asking import part_of, settle
from instruments.reservations.cutoff import cutoff_reasons
from instruments.reservations.lookup import noted_span, require_change, reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import require_open, require_version
from instruments.reservations.paying.binding import let_go
from instruments.reservations.texts import reason_objections

_TABLE: Any = Reservation.__table__


def cancel(
    actor: Actor,
    reservation_id: int,
    reason: str,
    version: int | None,
    now: datetime,
    series: int = 0,
    noted: Mapping[str, int | str] | None = None,
) -> int:
    """Cancel a reservation that is not over, and return its new version, inside a deed.

    version: what the actor saw, None for any; series: see asking.part_of; noted: for whoever is told, of which
    kind the closure is that it makes way for, or what is booked in its stead on another instrument. Raises NotFound,
    Forbidden, Stale (412), or Refusal.
    """
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    require_open(row, now)
    late = cutoff_reasons(actor, row, now, "cancelled")
    if late:
        raise Refusal(late)
    said = _said(reason)
    db.session.execute(
        update(_TABLE)
        .where(_TABLE.c.id == row.id, _TABLE.c.version == row.version)
        .values(state="cancelled", reason=said, changed_at=now, version=row.version + 1)
    )
    let_go([row.id], now, actor.person_id)
    if row.state == "requested":
        settle(row.id, "withdrawn", now, actor.person_id)
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.cancelled",
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={**noted_span(row), "reason": said, **part_of(series), **(noted or {})},
    )
    return int(row.version) + 1


def _said(reason: str) -> str:
    said = " ".join(reason.split())
    if not said:
        remedy = N_("A few words are enough; they stay in its history.")
        raise Refusal([Reason("no_reason", "reason", N_("Say why you cancel."), {}, remedy)])
    wrong = list(reason_objections(said))
    if wrong:
        raise Refusal(wrong)
    return said
