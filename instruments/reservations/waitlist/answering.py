"""Answer an offer of the waitlist: accept it, which books, or decline it; and give a request up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import Booked, BookingRequest, book
from instruments.reservations.payment import Payment
from instruments.reservations.waitlist.closing import lapse_beside
from instruments.reservations.waitlist.listing import last_offer, request_row
from instruments.reservations.waitlist.models import SHUT, WaitOffer, WaitRequest
from instruments.reservations.waitlist.paying import lost, remembered

_OFFER: Any = WaitOffer.__table__
_REQUEST: Any = WaitRequest.__table__


def accept(
    actor: Actor, request_id: int, version: int | None, now: datetime, payment: Payment | None = None
) -> Booked:
    """Book what is offered, under the usual lock and every rule, inside a deed; the other offers of the time lapse.

    payment: None for what was said when it was asked for.

    Raises NotFound, Stale (412), Refusal when nothing is offered any more, and whatever a booking raises.
    """
    row = request_row(request_id, actor)
    if row.offered_id is None:
        raise _nothing_offered(row)
    revision.lock([row.offered_id])
    row = _require_offer(request_row(request_id, actor), version, now)
    user = actor if actor.person_id == row.user_id else actor_by_id(row.user_id, now)
    if user is None:
        sentence = N_("The account of the person this is for has ended.")
        raise Refusal([Reason("no_user", None, sentence, {}, N_("Give the request up."))])
    if payment is None:
        if gone := lost(user, row.id):
            raise Refusal(gone)
        payment = remembered(row.id)
    wanted = BookingRequest(
        row.offered_id, row.starts_at, row.ends_at, row.purpose, "",
        user.only_group if row.group_id is None else row.group_id, payment=payment,
    )  # fmt: skip
    made = book(actor, user, wanted, now)
    _close(row, "accepted", now)
    span = (int(row.starts_at.timestamp()), int(row.ends_at.timestamp()))
    # Where several places are taken at once there may be room for others; the sweep looks.
    if bookable(row.offered_id).capacity == 1:
        lapse_beside(row.offer_id, row.offered_id, span, now)
    _change(row, {"state": "met", "ended_at": now, "reservation_id": made.id})
    _note(actor, row, "wait.met", now, {"reservation_id": made.id, "start": span[0], "end": span[1]})
    return made


def decline(actor: Actor, request_id: int, version: int | None, now: datetime) -> int:
    """Say no to what is offered, inside a deed, and wait on; returns the new version. Raises as `accept` does."""
    row = _require_offer(request_row(request_id, actor), version, now)
    _close(row, "declined", now)
    _change(row, {})
    span = {"start": int(row.starts_at.timestamp()), "end": int(row.ends_at.timestamp())}
    _note(actor, row, "wait.declined", now, span)
    return int(row.version) + 1


def withdraw(actor: Actor, request_id: int, version: int | None, now: datetime) -> int:
    """Give a request up, and what is offered to it, inside a deed; returns the new version."""
    row = request_row(request_id, actor)
    _require_version(row, version)
    if row.state != "waiting":
        raise _ended(row)
    if row.offer_id is not None:
        _close(row, "declined", now)
    _change(row, {"state": "withdrawn", "ended_at": now})
    _note(actor, row, "wait.withdrawn", now, {})
    return int(row.version) + 1


def _require_version(row: Any, version: int | None) -> None:
    if version is not None and row.version != version:
        raise _stale()


def _stale() -> Stale:
    sentence = N_("This was changed since you opened it. Look at it again, then decide.")
    return Stale([Reason("stale", None, sentence)])


def _require_offer(row: Any, version: int | None, now: datetime) -> Any:
    """The request, if something is offered to it that can still be taken."""
    if row.offer_id is None or row.expires_at <= now:
        raise _nothing_offered(row)
    _require_version(row, version)
    return row


def _nothing_offered(row: Any) -> Refusal:
    """Why there is nothing to accept: kindly, because the usual reason is that somebody was faster."""
    if row.state != "waiting":
        return _ended(row)
    last = last_offer(row.id)
    remedy = N_("You stay on the waitlist, and are asked again when time becomes free.")
    if last is not None and last.state == "lapsed" and last.why == SHUT:
        return Refusal([Reason("offer_shut", None, N_("This time is not open any more."), {}, remedy)])
    if last is not None and last.state == "lapsed":
        return Refusal(
            [Reason("offer_lapsed", None, N_("Somebody else was faster with this time."), {}, remedy)]
        )
    sentence = N_("Nothing is offered to you at this moment: the time to answer is over.")
    return Refusal([Reason("no_offer", None, sentence, {}, remedy)])


def _ended(row: Any) -> Refusal:
    if row.state == "met":
        sentence = N_("You have accepted this already: it is among your bookings.")
        return Refusal([Reason("already_met", None, sentence)])
    return Refusal([Reason("not_waiting", None, N_("You no longer wait for this."), {}, N_("Ask again."))])


def _close(row: Any, state: str, now: datetime) -> None:
    closed = db.session.execute(
        update(_OFFER)
        .where(_OFFER.c.id == row.offer_id, _OFFER.c.state == "open")
        .values(state=state, closed_at=now)
    )
    if not closed.rowcount:
        raise _stale()


def _change(row: Any, values: dict[str, Any]) -> None:
    """Write a change of the request that was read, unless somebody else changed it since: then nothing is done."""
    changed = db.session.execute(
        update(_REQUEST)
        .where(_REQUEST.c.id == row.id, _REQUEST.c.state == "waiting", _REQUEST.c.version == row.version)
        .values(**values, version=row.version + 1)
    )
    if not changed.rowcount:
        raise _stale()


def _note(actor: Actor, row: Any, deed: str, now: datetime, detail: dict[str, Any]) -> None:
    number = row.offered_id or row.instrument_id
    thing = bookable(number) if number is not None else None
    about = {"instrument_id": number} if number is not None else {"class_code": row.class_code}
    record(
        now=now,
        actor_id=actor.person_id,
        deed=deed,
        thing=("wait", row.id),
        institution_id=thing.institution_id if thing else actor.institution_id,
        lab_id=thing.lab_id if thing else None,
        detail={**about, "user_id": row.user_id, **detail},
    )
