"""Hold an instrument from this moment on for somebody who stands before it, without a reservation made ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Actor, Scope, may
from instruments.qualifications.known import standing_of
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import Booked, BookingRequest, asking_of, enter, request_objections
from instruments.reservations.conditions import conditions
from instruments.reservations.judging import Judged, refusal, scene_around, wish_of
from instruments.reservations.models import Reservation
from instruments.reservations.paying.binding import lock_payers
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.qualified import lacks_by_day, qualified
from instruments.reservations.rules import beyond, not_open, reasons_against
from instruments.reservations.scene import Scene, Wish
from instruments.reservations.suspended import suspended
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders

# Limits that are for planning ahead: whoever comes to a free instrument begins between the steps of its grid.
FOR_PLANNING = frozenset({"grid", "too_short", "lead", "past"})


def walk_in(
    actor: Actor,
    instrument_id: int,
    until: datetime,
    group_id: int | None,
    now: datetime,
    payment: Payment = NOTHING_SAID,
) -> Booked:
    """Reserve from now until then for the actor, inside a deed: whoever may book it and is qualified, while it is free.

    It is bound to the prices of this moment, and held of the funds that pay, as when somebody books. Raises NotFound,
    Taken, or Refusal with every reason; where the lab decides first, that is one.
    """
    request = BookingRequest(instrument_id, now, until, group_id=group_id, payment=payment)
    asking, wish = asking_of(actor, actor, request), wish_of(now, until)
    known = bookable(instrument_id)
    revision.lock([instrument_id])
    lock_holders(asking, known)
    lock_payers(payment)
    thing, scene = scene_around(wish, instrument_id, actor, now, keeps_start=True)
    if thing.quotas != known.quotas:
        # Quotas came in the meantime: their locks before they are counted.
        lock_holders(asking, thing)
    reasons = [
        *request_objections(actor, request),
        *_but_for_planning(wish, scene),
        *(conditions(asking, thing, wish, scene.now) if wish.start < wish.end else ()),
    ]
    if wish.start < wish.end and has_to_ask_for(thing, actor, wish):
        reasons.append(_ask_first())
    if reasons:
        raise refusal(reasons, wish, scene) if wish.start < wish.end else Refusal(reasons)
    return enter(actor, actor, request, Judged(thing), now)


def lasting_against(actor: Actor, thing: Bookable, now: datetime) -> list[Reason]:
    """What stands against the actor's using an instrument themselves, whenever: to whom it is open, their last day, a
    suspension, and what they lack by day. Two statements at most, none where the instrument asks for nothing."""
    moment = int(now.timestamp())
    reasons = _of_person(actor, thing, Wish(moment, moment + 1), moment)
    if thing.needs is not None:
        reasons += lacks_by_day(thing, actor, standing_of(actor.person_id), moment)
    return reasons


def may_come(actor: Actor, thing: Bookable, now: datetime, *, lacks: bool) -> bool:
    """Whether what can be done at an instrument now is of use to the actor: nothing lasting stands against them, they are of
    its staff, or have a reservation of it that is not long over.

    lacks: whether they lack what it asks for by day. No statement where nothing stands against them.
    """
    moment = int(now.timestamp())
    if not lacks and not _of_person(actor, thing, Wish(moment, moment + 1), moment):
        return True
    if may(actor, Action.USE_CONFIRM, Scope(thing.institution_id, thing.lab_id)):
        return True
    one = Reservation
    theirs = (one.user_id == actor.person_id) | (one.booker_id == actor.person_id)
    kept = one.state.in_(("requested", "confirmed", "done", "no_show", "released"))
    recent = (one.instrument_id == thing.id) & (one.ends_at > now - timedelta(hours=2))
    return db.session.scalar(select(one.id).where(theirs, kept, recent).limit(1)) is not None


def against_walking_in(actor: Actor, thing: Bookable, until: datetime, now: datetime) -> list[Reason]:
    """What is known beforehand against the actor's using a free instrument from now until then, apart from its price."""
    wish, moment = wish_of(now, until), int(now.timestamp())
    asking = Asking(actor, actor, actor.only_group)
    reasons = [*_of_person(actor, thing, wish, moment), *qualified(asking, thing, wish, moment)]
    if reasons:
        return reasons
    if has_to_ask_for(thing, actor, wish):
        return [_ask_first()]
    _, scene = scene_around(wish, thing.id, actor, now, keeps_start=True)
    return [*_but_for_planning(wish, scene), *conditions(asking, thing, wish, moment)]


def _but_for_planning(wish: Wish, scene: Scene) -> list[Reason]:
    """What the calendar and the rules have against a time that begins at this moment."""
    return [reason for reason in reasons_against(wish, scene) if reason.code not in FOR_PLANNING]


def _of_person(actor: Actor, thing: Bookable, wish: Wish, moment: int) -> list[Reason]:
    return [
        *([] if thing.admits(actor) else [not_open(thing.audience)]),
        *beyond(actor.ends_on, wish, thing.calendar.zone),
        *suspended(Asking(actor, actor, actor.only_group), thing, wish, moment),
    ]


def _ask_first() -> Reason:
    sentence = N_("Here the lab decides on each use beforehand.")
    return Reason("ask_first", None, sentence, {}, N_("Ask for a reservation."))
