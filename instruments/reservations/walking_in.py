"""Hold an instrument from this moment on for somebody who stands before it, without a reservation made ahead."""

from __future__ import annotations

from datetime import datetime

from instruments.catalog import revision
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import Booked, BookingRequest, asking_of, enter, request_objections
from instruments.reservations.conditions import conditions
from instruments.reservations.judging import Judged, refusal, scene_around, wish_of
from instruments.reservations.paying.binding import lock_payers
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.rules import reasons_against
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
        *(reason for reason in reasons_against(wish, scene) if reason.code not in FOR_PLANNING),
        *(conditions(asking, thing, wish, scene.now) if wish.start < wish.end else ()),
    ]
    if wish.start < wish.end and has_to_ask_for(thing, actor, wish):
        sentence = N_("Here the lab decides on each use beforehand.")
        reasons.append(Reason("ask_first", None, sentence, {}, N_("Ask for a reservation.")))
    if reasons:
        raise refusal(reasons, wish, scene) if wish.start < wish.end else Refusal(reasons)
    return enter(actor, actor, request, Judged(thing), now)
