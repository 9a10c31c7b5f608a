"""Doors of reservations for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from sqlalchemy import Row

from instruments.availability.calendar import closures_told
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.bearer import token_required, token_welcome
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id, current_actor, the_actor
from instruments.reservations import listing, wire
from instruments.reservations.alternatives import Moving
from instruments.reservations.approving import accept, approve, decline, propose, require_decider
from instruments.reservations.asking import request_of
from instruments.reservations.bookable import bookable, remembered
from instruments.reservations.booking import BookingRequest, book, books_here, check, check_for_nobody
from instruments.reservations.cancelling import cancel
from instruments.reservations.judging import wish_of, with_more
from instruments.reservations.lookup import allowed, merged_companies, require_change, reservation_row
from instruments.reservations.moving import Change, change
from instruments.reservations.naming_payers import name_payers, quoted_for
from instruments.reservations.paying import wire as prices
from instruments.reservations.paying.recalling import prices_of
from instruments.reservations.paying.schemas import PayersIn, QuoteOut, payers_of, payment_of
from instruments.reservations.rule_schemas import RulesOut, RulesQuery, rules_of
from instruments.reservations.scene import Wish
from instruments.reservations.schemas import (
    AcceptIn,
    ApproveIn,
    BookingIn,
    CalendarOut,
    CalendarQuery,
    CancelIn,
    ChangeIn,
    DeclineIn,
    ListQuery,
    ProposeIn,
    ReservationOut,
    ReservationsOut,
)  # fmt: skip
from instruments.reservations.timetable import spans
from instruments.reservations.trial.trying import somebody
from instruments.reservations.users import second_named, user_looked_at, user_sent
from instruments.reservations.views.payers import note_price_looks
from instruments.web import clock, idempotency, paging, versions
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.reasons import as_listed

api = APIBlueprint("reservations_api", __name__, url_prefix="/api/v1", tag="Reservations")
LONGEST_RANGE = timedelta(days=62)


@api.get("/instruments/<int:instrument_id>/calendar")
@token_welcome()
@asks(api, CalendarQuery)
@api.output(CalendarOut)
def calendar(instrument_id: int, query: CalendarQuery) -> Response:
    """When an instrument is open, busy and free."""
    now = clock.now()
    thing = bookable(instrument_id)
    since = query.since or now
    until = query.until or since + timedelta(days=7)
    if not since < until <= since + LONGEST_RANGE:
        remedy = N_("Ask for at most 62 days, the end after the start.")
        raise Refusal([Reason("range", "to", N_("This range cannot be shown."), {}, remedy)])
    first, last = wish_of(since, until)
    reader = somebody(current_actor(), query.seen_as, thing) if query.seen_as else current_actor()
    found = spans([thing.id], first, last, now, actor=reader)[thing.id]
    # Who it is not open to sees its time as strangers do; free to them is none of it.
    free = found.free if reader is None or books_here(reader, thing) else []
    zone = thing.calendar.zone
    body = {
        "instrument_id": thing.id,
        "zone": zone.key,
        **wire.span(first, last, zone),
        "grid_minutes": thing.rules.grid_minutes,
        "open": wire.spans(found.opened, zone),
        "busy": wire.spans(found.busy, zone),
        "free": wire.spans(free, zone),
        "open_to": wire.open_to(thing.calendar.open_to_whom(first, last), zone),
        "closures": wire.closures(
            closures_told(thing.id, thing.lab_id, first, last), thing.capacity, (first, last), zone
        ),
    }
    return _json(wire.encoded(body))


@api.get("/instruments/<int:instrument_id>/rules")
@token_welcome()
@asks(api, RulesQuery)
@api.output(RulesOut)
@api.doc(responses=[403])
def rules(instrument_id: int, query: RulesQuery) -> Response:
    """What holds for reservations of an instrument, and what is left of each quota to the token's person, or to somebody
    for whom they may book it."""
    now, thing = clock.now(), bookable(instrument_id)
    user = user_looked_at(query.user, current_actor(), thing, now)
    return _json(wire.encoded(rules_of(thing, user, now, query.at)))


@api.get("/reservations")
@token_required("reservations:read")
@asks(api, ListQuery)
@api.output(ReservationsOut)
def reservations(query: ListQuery) -> Response:
    """My reservations, or all that my roles show, in the order of their start."""
    which = listing.Filter(query.instrument_id, query.state, query.since, query.until)
    rows = listing.page(the_actor(), query.scope, which, paging.decode(query.cursor, (int, int)), query.limit)
    shown, after = paging.page(rows, query.limit, lambda row: [int(row.starts_at.timestamp()), row.id])
    told = _with_prices(shown)
    note_price_looks(the_actor(), [row for row, each in zip(shown, told, strict=True) if each["price"]])
    return _json(wire.encoded({"items": told, "next": after}))


@api.post("/reservations")
@token_required("reservations:write")
@takes(api, BookingIn)
@api.output(ReservationOut, 201)
@api.doc(responses=[404, 409])
def create(wanted: Incoming[BookingIn]) -> Response:
    """Book an instrument, or ask for it where the lab decides (state `requested`).

    409 when the time is taken, 422 with every reason; both with conflicts and alternatives.
    """
    actor, now, key = the_actor(), clock.now(), request.headers.get("Idempotency-Key")
    misfits = [*wanted.reasons, *idempotency.key_objections(key)]
    if wanted.value is None:
        raise Refusal(misfits)
    body, nobody = wanted.value, list[Reason]()
    user = actor
    with gathered(nobody):
        user = user_sent(body.user, actor, body.instrument_id, now)
    asked = BookingRequest(
        body.instrument_id, body.start, body.end, body.purpose, body.title.strip(" "),
        body.group_id if body.group_id is not None else user.only_group, body.show_name,
        override=body.override_reason.strip(), hazardous=body.hazardous,
        second_id=second_named(body.second_person, now), payment=payment_of(body),
    )  # fmt: skip

    def act() -> idempotency.KeptAnswer:
        made = book(actor, user, asked, now)
        priced = remembered(asked.instrument_id).has_card
        content = wire.encoded(_with_prices([made])[0] if priced else wire.reservation(made))
        address = url_for("reservations_api.one", reservation_id=made.id)
        return idempotency.KeptAnswer(201, address, versions.etag(made.version), content)

    try:
        if nobody:
            raise with_more([*misfits, *nobody], lambda: check_for_nobody(asked, now))
        if misfits:
            raise with_more(misfits, lambda: check(actor, user, asked, now))
        answer = idempotency.once(
            actor.person_id, key, request.get_data(), now, lambda: check(actor, user, asked, now), act
        )
    except Refusal as refusal:
        db.session.rollback()
        whose = None if nobody else user
        raise _told(refusal, asked.instrument_id, wish_of(asked.start, asked.end), whose, now) from refusal
    return _json(answer.body, answer.status, {"Location": answer.location, "ETag": answer.etag})


def _with_prices(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Reservations as the contract shows them, with their prices for those who may know them."""
    actor = the_actor()
    prices = prices_of([row.id for row in rows])
    merged = merged_companies(actor, rows)
    told = [
        wire.reservation(row, prices.get(row.id) if _may_know_price(actor, row) else None) for row in rows
    ]
    return [
        {**each, "institution_id": None, "group_id": None} if each["id"] in merged else each for each in told
    ]


def _may_know_price(actor: Actor, row: Any) -> bool:
    """Everybody who sees a reservation knows its price, but a second person who is nothing else, and the platform."""
    return actor.person_id in (row.user_id, row.booker_id) or allowed(actor, Action.RESERVATION_PRICE, row)


def changeable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only who may change a reservation, and knows its version, gets as far as saying how: 404, 403, 428, 412."""

    @wraps(view)
    def guarded(reservation_id: int, **given: Any) -> Response:
        actor = the_actor()
        row = reservation_row(reservation_id, actor)
        require_change(actor, row)
        return view(row=row, version=versions.matched(row.version), **given)

    return guarded


@api.get("/reservations/<int:reservation_id>")
@token_required("reservations:read")
@api.output(ReservationOut)
@api.doc(responses=[304])
def one(reservation_id: int) -> Response:
    """One reservation; its ETag is what a change must name."""
    row = reservation_row(reservation_id, the_actor())
    found = versions.conditional(_reservation(reservation_id))
    if prices_of([row.id]) and _may_know_price(the_actor(), row):
        note_price_looks(the_actor(), [row])
    return found


@api.patch("/reservations/<int:reservation_id>")
@token_required("reservations:write")
@changeable
@takes(api, ChangeIn)
@api.output(ReservationOut)
@api.doc(responses=[409, 412, 428])
def amend(row: Row[Any], version: int | None, wanted: Incoming[ChangeIn]) -> Response:
    """Move a reservation or change what it says. Needs If-Match."""
    actor, now, body = the_actor(), clock.now(), wanted.value or ChangeIn()
    user = actor_by_id(row.user_id, now) or actor
    title = None if body.title is None else body.title.strip(" ")
    wish = Change(
        body.start, body.end, body.purpose, title, body.show_name, body.reason, body.override_reason.strip(),
        body.hazardous, second_named(body.second_person, now),
    )  # fmt: skip
    try:
        if wanted.reasons:
            raise with_more(wanted.reasons, lambda: change(actor, user, row.id, wish, version, now, dry=True))
        change(actor, user, row.id, wish, version, now, dry=True)
        perform(lambda: change(actor, user, row.id, wish, version, now))
    except Refusal as refusal:
        db.session.rollback()
        when = wish_of(wish.start or row.starts_at, wish.end or row.ends_at)
        moves = row.starts_at > now
        moving = Moving.of(row)
        raise _told(refusal, row.instrument_id, when, user, now, moves=moves, moving=moving) from refusal
    return _reservation(row.id)


@api.put("/reservations/<int:reservation_id>/payers")
@token_required("reservations:write")
@changeable
@takes(api, PayersIn)
@api.output(ReservationOut)
@api.doc(responses=[412, 428])
def say_payers(row: Row[Any], version: int | None, wanted: Incoming[PayersIn]) -> Response:
    """Have these funds pay for a reservation and these programmes bear a part, and no others, until it begins.

    The prices that bind it stay. Needs If-Match.
    """
    actor, now, payment = the_actor(), clock.now(), payers_of(whole(wanted))
    user = actor_by_id(row.user_id, now) or actor
    name_payers(actor, user, row.id, payment, version, now, dry=True)
    perform(lambda: name_payers(actor, user, row.id, payment, version, now))
    return _reservation(row.id)


@api.post("/reservations/<int:reservation_id>/payers/quote")
@token_required("reservations:read")
@takes(api, PayersIn)
@api.output(QuoteOut)
@api.doc(responses=[404])
def quote_of_payers(reservation_id: int, wanted: Incoming[PayersIn]) -> dict[str, Any]:
    """What a reservation would cost, by the prices that bind it, if these paid and these programmes bore a part. Nothing is
    changed."""
    actor, now, payment = the_actor(), clock.now(), payers_of(whole(wanted))
    row = reservation_row(reservation_id, actor)
    user = actor_by_id(row.user_id, now) or actor
    found, against = quoted_for(actor, user, reservation_id, payment, now)
    price = None if found is None else prices.quoted(found)
    return {"instrument_id": row.instrument_id, "price": price, "reasons": as_listed(against)}


@api.post("/reservations/<int:reservation_id>/cancel")
@token_required("reservations:write")
@changeable
@takes(api, CancelIn)
@api.output(ReservationOut)
@api.doc(responses=[412, 428])
def cancel_one(row: Row[Any], version: int | None, wanted: Incoming[CancelIn]) -> Response:
    """Cancel a reservation, with a reason. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    said = whole(wanted).reason
    perform(lambda: cancel(actor, row.id, said, version, now))
    return _reservation(row.id)


def decidable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only who answers for the lab on a reservation, and knows its version, gets as far as answering."""

    @wraps(view)
    def guarded(reservation_id: int, **given: Any) -> Response:
        actor = the_actor()
        row = reservation_row(reservation_id, actor)
        require_decider(actor, row, request_of(row.id))
        return view(row=row, version=versions.matched(row.version), **given)

    return guarded


@api.post("/reservations/<int:reservation_id>/approve")
@token_required("reservations:write")
@decidable
@takes(api, ApproveIn)
@api.output(ReservationOut)
@api.doc(responses=[412, 428])
def approve_one(row: Row[Any], version: int | None, wanted: Incoming[ApproveIn]) -> Response:
    """Approve a request for the lab. Needs If-Match."""
    body = whole(wanted)
    actor, now = the_actor(), clock.now()
    perform(lambda: approve(actor, row.id, body.message, version, now))
    return _reservation(row.id)


@api.post("/reservations/<int:reservation_id>/decline")
@token_required("reservations:write")
@decidable
@takes(api, DeclineIn)
@api.output(ReservationOut)
@api.doc(responses=[412, 428])
def decline_one(row: Row[Any], version: int | None, wanted: Incoming[DeclineIn]) -> Response:
    """Decline a request for the lab, with a reason. Needs If-Match."""
    body = whole(wanted)
    actor, now = the_actor(), clock.now()
    perform(lambda: decline(actor, row.id, body.reason, version, now))
    return _reservation(row.id)


@api.post("/reservations/<int:reservation_id>/propose")
@token_required("reservations:write")
@decidable
@takes(api, ProposeIn)
@api.output(ReservationOut)
@api.doc(responses=[409, 412, 428])
def propose_one(row: Row[Any], version: int | None, wanted: Incoming[ProposeIn]) -> Response:
    """Propose another time for a request, which is held until who asked answers. Needs If-Match."""
    body = whole(wanted)
    actor, now = the_actor(), clock.now()
    user, span = actor_by_id(row.user_id, now) or actor, (body.start, body.end)
    try:
        perform(lambda: propose(actor, user, row.id, span, body.message, version, now))
    except Refusal as refusal:
        db.session.rollback()
        when, moving = wish_of(*span), Moving.of(row)
        raise _told(refusal, row.instrument_id, when, user, now, moving=moving) from refusal
    return _reservation(row.id)


@api.post("/reservations/<int:reservation_id>/accept")
@token_required("reservations:write")
@changeable
@takes(api, AcceptIn)
@api.output(ReservationOut)
@api.doc(responses=[412, 428])
def accept_one(row: Row[Any], version: int | None, wanted: Incoming[AcceptIn]) -> Response:
    """Accept the time that the lab proposed. Needs If-Match."""
    whole(wanted)
    actor, now = the_actor(), clock.now()
    perform(lambda: accept(actor, row.id, version, now))
    return _reservation(row.id)


def _told(
    refusal: Refusal,
    instrument_id: int,
    wish: Wish,
    user: Actor | None,
    now: datetime,
    *,
    moves: bool = True,
    moving: Moving | None = None,
) -> Refusal:
    """The refusal as programs read it: with the names of the contract, and what is free where a time was refused."""
    refusal.reasons = tuple(wire.by_contract(reason) for reason in refusal.reasons)
    if "conflicts" not in refusal.details:
        return refusal
    zone = bookable(instrument_id).calendar.zone
    return wire.told(
        refusal, instrument_id, wish, zone, user, now, moves=moves, moving=moving, booker=the_actor()
    )


def _reservation(reservation_id: int) -> Response:
    row = listing.one_whole(reservation_id)
    return _json(wire.encoded(_with_prices([row])[0]), 200, {"ETag": versions.etag(row.version)})


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, mimetype="application/json")
