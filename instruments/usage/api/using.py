"""Doors for programs at the instrument: check in, next step, extend, finish, give back, walk up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.errors import N_
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.reservations import listing as reservation_listing
from instruments.reservations import wire
from instruments.reservations.lookup import reservation_row
from instruments.reservations.paying.schemas import payment_of
from instruments.reservations.schemas import ReservationOut
from instruments.usage import carrying_on, checking_in, finishing, listing, releasing
from instruments.usage.amending import take_back_confirmation
from instruments.usage.answer_schemas import UseOut
from instruments.usage.api.telling import ONE, api, changed, one_use, told
from instruments.usage.kinds import CONFIRMED, RUNNING, VOID, WAITING
from instruments.usage.lookup import refuse, use_of
from instruments.usage.schemas import EmptyIn, ExtendIn, PhaseIn, WalkUpIn
from instruments.usage.taking_back import undo_last
from instruments.usage.walking_up import walk_up
from instruments.web import clock, versions
from instruments.web.answers import Made, made_once
from instruments.web.incoming import Incoming, takes, whole

RESERVATION = "/reservations/<int:reservation_id>"
# What was done last, by the state that it led to; what was undone or never was is refused like a finish that is not there.
UNDONE: Mapping[str, Callable[..., object]] = {
    RUNNING: undo_last,
    WAITING: carrying_on.undo_finish,
    CONFIRMED: take_back_confirmation,
    VOID: carrying_on.undo_finish,
}


@api.post(f"{RESERVATION}/check-in")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(UseOut)
@api.doc(responses=[404, 409, 412, 428])
def check_in(reservation_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Check in to a reservation: its use begins. Needs the reservation's If-Match."""
    actor, now, version = _seen(reservation_id)
    whole(wanted)
    return one_use(perform(lambda: checking_in.check_in(actor, reservation_id, version, now)))


@api.post(f"{RESERVATION}/check-out")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def check_out(reservation_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Finish the use of a reservation; what is left of the time is free at once. Needs the reservation's If-Match."""
    actor, now, _ = _seen(reservation_id)
    whole(wanted)
    use = use_of(reservation_id)
    if use is None:
        raise refuse("not_checked_in", N_("Nobody has checked in to this reservation."))
    number = use.id
    perform(lambda: finishing.finish(actor, number, None, now))
    return one_use(number)


@api.post(f"{RESERVATION}/give-back")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(ReservationOut)
@api.doc(responses=[404, 412, 428])
def give_back(reservation_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Give back what is left of a reservation that began and is not used. Needs If-Match."""
    return _reservation(reservation_id, wanted, releasing.give_back)


@api.post(f"{RESERVATION}/no-show")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(ReservationOut)
@api.doc(responses=[404, 412, 428])
def no_show(reservation_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Say for the lab that nobody came, and release what is left. Needs If-Match."""
    return _reservation(reservation_id, wanted, releasing.note_no_show)


@api.post(f"{RESERVATION}/stand-again")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(ReservationOut)
@api.doc(responses=[404, 409, 412, 428])
def stand_again(reservation_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Take a release or a no-show back, if nobody took the time since. Needs If-Match."""
    return _reservation(reservation_id, wanted, releasing.stand_again)


@api.post(f"{ONE}/finish")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def finish(use_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Finish a running use. Needs If-Match."""
    whole(wanted)
    return changed(use_id, lambda actor, version, now: finishing.finish(actor, use_id, version, now))


@api.post(f"{ONE}/undo")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(UseOut)
@api.doc(responses=[404, 409, 412, 428])
def undo(use_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Take back what was just done: an extension, a check-in, a finish, or, for the lab, a confirmation. Needs If-Match."""
    whole(wanted)

    def act(actor: Actor, version: int | None, now: datetime) -> None:
        UNDONE[listing.one_whole(use_id).state](actor, use_id, version, now)

    return changed(use_id, act)


@api.post(f"{ONE}/phase")
@token_required("usage:write")
@takes(api, PhaseIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def phase(use_id: int, wanted: Incoming[PhaseIn]) -> Response:
    """Say what is done from now on: preparation, measurement or post-processing. Needs If-Match."""
    layer = whole(wanted).layer
    return changed(
        use_id, lambda actor, version, now: checking_in.begin_phase(actor, use_id, layer, version, now)
    )


@api.post(f"{ONE}/extend")
@token_required("usage:write")
@takes(api, ExtendIn)
@api.output(UseOut)
@api.doc(responses=[404, 409, 412, 428])
def extend(use_id: int, wanted: Incoming[ExtendIn]) -> Response:
    """Reserve on for a running use, while nobody follows. Needs If-Match."""
    until = whole(wanted).until
    return changed(use_id, lambda actor, version, now: carrying_on.extend(actor, use_id, until, version, now))


@api.post("/usage/walk-ups")
@token_required("usage:write")
@takes(api, WalkUpIn)
@api.output(UseOut, 201)
@api.doc(responses=[404, 409])
def begin_walk_up(wanted: Incoming[WalkUpIn]) -> Response:
    """Begin to use a free instrument without a reservation."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    group_id = actor.only_group if body.group_id is None else body.group_id

    def act() -> Made:
        number = walk_up(actor, body.instrument_id, body.until, group_id, now, payment_of(body))
        row = listing.one_whole(number)
        return Made(told([row])[0], row.version, url_for("usage_api.use", use_id=number))

    return made_once(actor.person_id, now, act)


def _seen(reservation_id: int) -> tuple[Actor, datetime, int | None]:
    actor = the_actor()
    row = reservation_row(reservation_id, actor)
    return actor, clock.now(), versions.matched(row.version)


def _reservation(
    reservation_id: int, wanted: Incoming[EmptyIn], act: Callable[[Actor, int, int | None, datetime], Any]
) -> Response:
    actor, now, version = _seen(reservation_id)
    whole(wanted)
    perform(lambda: act(actor, reservation_id, version, now))
    row = reservation_listing.one_whole(reservation_id)
    headers = {"ETag": versions.etag(row.version)}
    return Response(wire.encoded(wire.reservation(row)), 200, headers, mimetype="application/json")
