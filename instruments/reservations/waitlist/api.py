"""Doors of the waitlist for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for

from instruments.availability.views.doors import scope_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal, together
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor
from instruments.reservations import wire as reservations_wire
from instruments.reservations.conduct.views.doors import the_lab
from instruments.reservations.paying.recalling import prices_of
from instruments.reservations.paying.schemas import payment_of
from instruments.reservations.schemas import ReservationOut
from instruments.reservations.users import user_named
from instruments.reservations.waitlist import listing, wire
from instruments.reservations.waitlist.against import against_each
from instruments.reservations.waitlist.answering import accept, decline, withdraw
from instruments.reservations.waitlist.joining import WaitWish, check, join
from instruments.reservations.waitlist.paying import paid_from
from instruments.reservations.waitlist.rules import Wanted
from instruments.reservations.waitlist.schemas import (
    LabWaitsOut,
    WaitAcceptIn,
    WaitAnswerIn,
    WaitIn,
    WaitOut,
    WaitsOut,
    WaitsQuery,
)
from instruments.timespan import Timespan
from instruments.web import clock, idempotency, paging, versions
from instruments.web.incoming import Incoming, asks, fitting, takes, whole

api = APIBlueprint("waitlist_api", __name__, url_prefix="/api/v1", tag="Waitlist")
STATES = ("waiting", "met", "withdrawn", "over")
# Where the rules have another name for a field than the contract.
NAMES = {"until": "to", "group": "group_id"}


@api.get("/wait-requests")
@token_required("reservations:read")
@asks(api, WaitsQuery)
@api.output(WaitsOut)
def wait_requests(query: WaitsQuery) -> Response:
    """What I wait for, or asked for others, with what is offered."""
    actor, now = the_actor(), clock.now()
    after = paging.decode(query.cursor, (int, int))
    offered = {"waiting": False, "offered": True}.get(query.state or "")
    states = STATES if query.state is None else ("waiting",) if offered is not None else (query.state,)
    rows = listing.page(actor, states, after, query.limit, offered=offered, now=now)
    shown, following = paging.page(rows, query.limit, lambda row: [int(row.asked_at.timestamp()), row.id])
    payers, against = paid_from([row.id for row in shown]), against_each(shown, actor, now)
    items = [wire.request(row, actor.zone, now, payers.get(row.id, ()), against.get(row.id)) for row in shown]
    return _json(reservations_wire.encoded({"items": items, "next": following}))


@api.post("/wait-requests")
@token_required("reservations:write")
@takes(api, WaitIn)
@api.output(WaitOut, 201)
@api.doc(responses=[404, 409])
def wait(wanted: Incoming[WaitIn]) -> Response:
    """Wait for time on an instrument, or on any of a class. 422 with every reason."""
    actor, now, key = the_actor(), clock.now(), request.headers.get("Idempotency-Key")
    body, unread = fitting(wanted)
    misfits = [*unread, *idempotency.key_objections(key)]
    user = user_named(body.user, actor, now)
    length = body.until - body.since if body.hours is None else timedelta(seconds=round(body.hours * 3600))
    wish = WaitWish(
        Wanted(body.since, body.until, length), body.instrument_id, body.class_code, body.institution, body.purpose,
        body.group_id if body.group_id is not None else user.only_group, payment_of(body),
    )  # fmt: skip

    def act() -> idempotency.KeptAnswer:
        row = listing.request_row(join(actor, user, wish, now), actor)
        address = url_for("waitlist_api.one", request_id=row.id)
        payers = paid_from([row.id]).get(row.id, ())
        against = against_each([row], actor, now).get(row.id)
        content = reservations_wire.encoded(wire.request(row, actor.zone, now, payers, against))
        return idempotency.KeptAnswer(201, address, versions.etag_of(row.version, content), content)

    try:
        if misfits:
            check(actor, user, wish, now)
            raise Refusal(misfits)
        answer = idempotency.once(
            actor.person_id, key, request.get_data(), now, lambda: check(actor, user, wish, now), act
        )
    except Refusal as refusal:
        db.session.rollback()
        refusal.reasons = _beside(misfits, refusal)
        raise
    return _json(answer.body, answer.status, {"Location": answer.location, "ETag": answer.etag})


@api.get("/wait-requests/<int:request_id>")
@token_required("reservations:read")
@api.output(WaitOut)
@api.doc(responses=[304])
def one(request_id: int) -> Response:
    """One of my requests; its ETag is what an answer must name. It changes with what stands against the request, too, which
    is no change of the request: an answer that names an older one is taken all the same."""
    return versions.conditional(_request(request_id))


def answerable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only whose request it is, and who knows its version, gets as far as answering: 404, 428, 412."""

    @wraps(view)
    def guarded(request_id: int, **given: Any) -> Response:
        row = listing.request_row(request_id, the_actor())
        return view(row=row, version=versions.matched(row.version), **given)

    return guarded


@api.post("/wait-requests/<int:request_id>/accept")
@token_required("reservations:write")
@takes(api, WaitAcceptIn)
@api.output(ReservationOut, 201)
@api.doc(responses=[404, 409, 412, 428])
def accept_offer(request_id: int, wanted: Incoming[WaitAcceptIn]) -> Response:
    """Book what is offered. Needs If-Match. 409 when somebody else was faster; sent again with its key, the answer of the
    first time."""
    actor, now, key = the_actor(), clock.now(), request.headers.get("Idempotency-Key")
    misfits = [*wanted.reasons, *idempotency.key_objections(key)]
    if misfits:
        raise Refusal(misfits)
    listing.request_row(request_id, actor)
    said = whole(wanted)
    payment = payment_of(said) if said.model_fields_set else None

    def at_version() -> int | None:
        return versions.matched(listing.request_row(request_id, actor).version)

    def act() -> idempotency.KeptAnswer:
        made = accept(actor, request_id, at_version(), now, payment)
        address = url_for("reservations_api.one", reservation_id=made.id)
        content = reservations_wire.encoded(
            reservations_wire.reservation(made, prices_of([made.id]).get(made.id))
        )
        return idempotency.KeptAnswer(201, address, versions.etag(made.version), content)

    try:
        answer = idempotency.once(actor.person_id, key, request.get_data(), now, at_version, act)
    except Refusal as refusal:
        db.session.rollback()
        spans = refusal.details.get("conflicts")
        if isinstance(spans, list):
            refusal.details["conflicts"] = [_plain(span) for span in spans]
        raise
    return _json(answer.body, answer.status, {"Location": answer.location, "ETag": answer.etag})


@api.post("/wait-requests/<int:request_id>/decline")
@token_required("reservations:write")
@answerable
@takes(api, WaitAnswerIn)
@api.output(WaitOut)
@api.doc(responses=[412, 428])
def decline_offer(row: Any, version: int | None, wanted: Incoming[WaitAnswerIn]) -> Response:
    """Say no to what is offered, and wait on. Needs If-Match."""
    return _answered(row, version, wanted, decline)


@api.post("/wait-requests/<int:request_id>/withdraw")
@token_required("reservations:write")
@answerable
@takes(api, WaitAnswerIn)
@api.output(WaitOut)
@api.doc(responses=[412, 428])
def withdraw_request(row: Any, version: int | None, wanted: Incoming[WaitAnswerIn]) -> Response:
    """Wait no longer. Needs If-Match."""
    return _answered(row, version, wanted, withdraw)


@api.get("/labs/<int:lab_id>/wait-requests")
@token_required("reservations:read")
@api.output(LabWaitsOut)
@api.doc(responses=[403, 404])
def waiting_at(lab_id: int) -> Response:
    """Who waits for the instruments of a lab whose reservations I see, in their order; of those who wait for any of a class,
    only how many."""
    require(Action.RESERVATION_SEE, scope_of(the_lab(lab_id)))
    now = clock.now()
    rows = listing.waiting_in(lab_id, now)
    content = {
        "items": [
            wire.at_lab(row, offered=row.offer_id is not None and row.expires_at > now) for row in rows
        ],
        "classes": [row._asdict() for row in listing.waiting_for_classes_of(lab_id, now)],
    }
    return _json(reservations_wire.encoded(content))


def _answered(
    row: Any, version: int | None, wanted: Incoming[WaitAnswerIn], act: Callable[..., object]
) -> Response:
    if wanted.reasons:
        raise Refusal(wanted.reasons)
    actor, now = the_actor(), clock.now()
    perform(lambda: act(actor, row.id, version, now))
    return _request(row.id)


def _beside(misfits: Sequence[Reason], refusal: Refusal) -> tuple[Reason, ...]:
    """What could not be read, and what stands against the rest, with the fields as programs name them."""
    found = [_by_contract(reason) for reason in refusal.reasons]
    if not misfits or refusal.status != Refusal.status:
        return tuple(found)
    unread = {reason.field for reason in misfits}
    # What was named and cannot be read is not missing.
    named = bool({"instrument_id", "class"} & unread)
    rest = [each for each in found if each not in misfits and not (named and each.code == "one_thing")]
    return tuple(together(misfits, rest))


def _by_contract(reason: Reason) -> Reason:
    """The reason with its field as programs name it."""
    named = NAMES.get(reason.field or "")
    return dataclasses.replace(reason, field=named) if named else reason


def _plain(span: Timespan) -> dict[str, str]:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _request(request_id: int) -> Response:
    actor = the_actor()
    row = listing.request_row(request_id, actor)
    now = clock.now()
    against, payers = against_each([row], actor, now).get(row.id), paid_from([row.id]).get(row.id, ())
    body = reservations_wire.encoded(wire.request(row, actor.zone, now, payers, against))
    return _json(body, 200, {"ETag": versions.etag_of(row.version, body)})


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, mimetype="application/json")
