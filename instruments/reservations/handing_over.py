"""Give a coming reservation to another user: what is done with those of somebody who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.asking import carry_on, state_after
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import may_book_for, not_for_them, unit_objections
from instruments.reservations.conditions import conditions
from instruments.reservations.judging import scene_around, wish_of
from instruments.reservations.listing import GONE, whole
from instruments.reservations.lookup import require_change, reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import require_open, require_version
from instruments.reservations.paying.binding import lock_payers, rebind
from instruments.reservations.paying.recalling import payment_for
from instruments.reservations.rules import beyond, reasons_against
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders

_TABLE: Any = Reservation.__table__


def coming_of(person_id: int, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """The reservations that a person will still use, nearest first."""
    return db.session.execute(
        whole()
        .where(Reservation.user_id == person_id, Reservation.ends_at > now, Reservation.state.not_in(GONE))
        .order_by(Reservation.starts_at, Reservation.id)
        .limit(limit)
    ).all()


def hand_over(
    actor: Actor,
    user: Actor,
    reservation_id: int,
    version: int | None,
    now: datetime,
    group_id: int | None = None,
) -> int:
    """Let another person use a reservation, and return its new version, inside a deed.

    The time stays as it is; whoever gets it must belong to the instrument's audience and still be there then,
    and the unit served becomes theirs (group_id: which of several); where their circle has to ask the lab, it is asked.
    Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    if group_id is None:
        group_id = row.group_id if row.group_id in user.group_ids else user.only_group
    # Who was to be the second person is none once they are the user.
    second_id = None if row.second_id == user.person_id else row.second_id
    asking = Asking(
        actor, user, group_id, row.id, int(row.created_at.timestamp()),
        hazardous=row.hazardous, second_id=second_id, payment=payment_for(user, row.id),
    )  # fmt: skip
    known = bookable(row.instrument_id)
    revision.lock([row.instrument_id])
    lock_holders(asking, known)
    lock_payers(asking.payment)
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    require_open(row, now)
    thing = _receivable(actor, user, row, now)
    if thing.quotas != known.quotas:
        # Quotas came in the meantime: their locks before they are counted.
        lock_holders(asking, thing)
    _require_unit(user, group_id)
    _require_conditions(asking, thing, row, now)
    span = wish_of(row.starts_at, row.ends_at)
    state = state_after(actor, user, row, thing, span, now)
    values = {
        "user_id": user.person_id,
        "institution_id": user.institution_id,
        "group_id": group_id,
        "shows_name": False,
        "second_id": second_id,
        "state": state,
        "changed_at": now,
        "version": row.version + 1,
    }
    db.session.execute(
        update(_TABLE).where(_TABLE.c.id == row.id, _TABLE.c.version == row.version).values(values)
    )
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.handed_over",
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={"from_user_id": row.user_id, "to_user_id": user.person_id},
    )
    rebind(asking, thing, row.id, (span, span), now, by_lab=False)
    carry_on(actor, user, row, thing, span, state, now)
    return int(row.version) + 1


def _receivable(actor: Actor, user: Actor, row: Any, now: datetime) -> Bookable:
    """The instrument, if the user may get its reservation."""
    thing = bookable(row.instrument_id)
    if not may_book_for(actor, user, thing):
        raise not_for_them()
    if user.person_id == row.user_id:
        raise Refusal([Reason("same_user", "user", N_("This person has the reservation already."))])
    if not thing.admits(user):
        remedy = N_("Choose somebody who may book it, or cancel the reservation.")
        raise Refusal(
            [Reason("audience", "user", N_("This instrument is not open to this person."), {}, remedy)]
        )
    gone = list(beyond(user.ends_on, wish_of(row.starts_at, row.ends_at), thing.calendar.zone))
    if gone:
        remedy = N_("Choose somebody who will still be there, or cancel the reservation.")
        raise Refusal([replace(reason, field="user", remedy=remedy) for reason in gone])
    _require_their_time(user, row, now)
    return thing


def _require_unit(user: Actor, group_id: int | None) -> None:
    """Raises Refusal where the unit served is not the user's, or they have to say which, as when somebody books."""
    if reasons := list(unit_objections(user, group_id, names_unit=True)):
        raise Refusal(reasons)


def _require_their_time(user: Actor, row: Any, now: datetime) -> None:
    """Raises Refusal where the time is open to others only, or further ahead than the circle of the user may book."""
    wish = wish_of(row.starts_at, row.ends_at)
    _, scene = scene_around(wish, row.instrument_id, user, now, apart_from=row.id)
    found = [
        each for each in reasons_against(wish, scene) if each.code == "horizon" or "circles" in each.values
    ]
    if found:
        remedy = N_("Choose somebody who may book that time, or cancel the reservation.")
        raise Refusal([replace(reason, field="user", remedy=remedy, fix={}) for reason in found])


def _require_conditions(asking: Asking, thing: Bookable, row: Any, now: datetime) -> None:
    """What the receiver must meet beyond the calendar; no other time is offered, because it stays as it is."""
    reasons = conditions(asking, thing, wish_of(row.starts_at, row.ends_at), int(now.timestamp()))
    if reasons:
        remedy = N_("Choose somebody else, or cancel the reservation.")
        raise Refusal([replace(reason, field="user", remedy=remedy, fix={}) for reason in reasons])
