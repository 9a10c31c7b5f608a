"""Doors of reservations for programs."""

from __future__ import annotations

from datetime import datetime, timedelta

from apiflask import APIBlueprint
from flask import Response, request, url_for

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required, token_welcome
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id, the_actor
from instruments.reservations import listing, wire
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import BookingRequest, book, check
from instruments.reservations.cancelling import cancel
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import STATES
from instruments.reservations.moving import Change, change
from instruments.reservations.rules import Wish
from instruments.reservations.schemas import (
    BookingIn,
    CalendarOut,
    CalendarQuery,
    CancelIn,
    ChangeIn,
    ListQuery,
    ReservationOut,
    ReservationsOut,
)  # fmt: skip
from instruments.reservations.timetable import spans
from instruments.reservations.users import user_named
from instruments.web import clock, idempotency, paging, versions

api = APIBlueprint("reservations_api", __name__, url_prefix="/api/v1", tag="Reservations")
LONGEST_RANGE = timedelta(days=62)


@api.get("/instruments/<int:instrument_id>/calendar")
@api.input(CalendarQuery, location="query", arg_name="query")
@api.output(CalendarOut)
@token_welcome()
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
    found = spans([thing.id], first, last, now)[thing.id]
    zone = thing.calendar.zone
    body = {
        "instrument_id": thing.id,
        "zone": zone.key,
        **wire.span(first, last, zone),
        "grid_minutes": thing.rules.grid_minutes,
        "open": wire.spans(found.opened, zone),
        "busy": wire.spans(found.busy, zone),
        "free": wire.spans(found.free, zone),
    }
    return _json(wire.encoded(body))


@api.get("/reservations")
@api.input(ListQuery, location="query", arg_name="query")
@api.output(ReservationsOut)
@token_required("reservations:read")
def reservations(query: ListQuery) -> Response:
    """My reservations, or all that my roles show, in the order of their start."""
    if query.state is not None and query.state not in STATES:
        values = {"states": ", ".join(STATES)}
        raise Refusal([Reason("state", "state", N_("The states are: %(states)s."), values)])
    which = listing.Filter(query.instrument_id, query.state, query.since, query.until)
    rows = listing.page(the_actor(), query.scope, which, paging.decode(query.cursor, (int, int)), query.limit)
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    after = None if last is None else paging.encode([int(last.starts_at.timestamp()), last.id])
    return _json(wire.encoded({"items": [wire.reservation(row) for row in shown], "next": after}))


@api.post("/reservations")
@api.input(BookingIn, arg_name="wanted")
@api.output(ReservationOut, 201)
@token_required("reservations:write")
def create(wanted: BookingIn) -> Response:
    """Book an instrument. 409 when the time is taken, 422 with every reason; both with conflicts and alternatives."""
    actor, now = the_actor(), clock.now()
    user = user_named(wanted.user, actor, now)
    request_ = BookingRequest(
        wanted.instrument_id, wanted.start, wanted.end, wanted.purpose, " ".join(wanted.title.split(" ")),
        wanted.group_id if wanted.group_id is not None else only_group(user), wanted.show_name,
    )  # fmt: skip

    def act() -> idempotency.KeptAnswer:
        made = book(actor, user, request_, now)
        body = wire.encoded(wire.reservation(listing.one_whole(made.id)))
        address = url_for("reservations_api.one", reservation_id=made.id)
        return idempotency.KeptAnswer(201, address, versions.etag(made.version), body)

    try:
        answer = idempotency.once(
            actor.person_id, request.headers.get("Idempotency-Key"), request.get_data(), now,
            lambda: check(actor, user, request_, now), act,
        )  # fmt: skip
    except Refusal as refusal:
        db.session.rollback()
        raise _told(refusal, wanted.instrument_id, wish_of(wanted.start, wanted.end), user, now) from refusal
    headers = {"Location": answer.location, "ETag": answer.etag}
    return _json(answer.body, answer.status, headers)


def only_group(user: Actor) -> int | None:
    """The group that is served where nothing else is said: the only one of the user."""
    return next(iter(user.group_ids)) if len(user.group_ids) == 1 else None


@api.get("/reservations/<int:reservation_id>")
@api.output(ReservationOut)
@token_required("reservations:read")
def one(reservation_id: int) -> Response:
    """One reservation; its ETag is what a change must name."""
    reservation_row(reservation_id, the_actor())
    return _reservation(reservation_id)


@api.patch("/reservations/<int:reservation_id>")
@api.input(ChangeIn, arg_name="wanted")
@api.output(ReservationOut)
@token_required("reservations:write")
def amend(reservation_id: int, wanted: ChangeIn) -> Response:
    """Move a reservation or change what it says. Needs If-Match."""
    actor, now, version = the_actor(), clock.now(), versions.wanted_version()
    row = reservation_row(reservation_id, actor)
    user = actor_by_id(row.user_id, now) or actor
    change_ = Change(wanted.start, wanted.end, wanted.purpose, wanted.title, wanted.show_name, wanted.reason)
    wish = wish_of(wanted.start or row.starts_at, wanted.end or row.ends_at)
    try:
        change(actor, user, reservation_id, change_, version, now, dry=True)
        perform(lambda: change(actor, user, reservation_id, change_, version, now))
    except Refusal as refusal:
        db.session.rollback()
        if wish == wish_of(row.starts_at, row.ends_at):
            raise
        raise _told(refusal, row.instrument_id, wish, user, now) from refusal
    return _reservation(reservation_id)


@api.post("/reservations/<int:reservation_id>/cancel")
@api.input(CancelIn, arg_name="wanted")
@api.output(ReservationOut)
@token_required("reservations:write")
def cancel_one(reservation_id: int, wanted: CancelIn) -> Response:
    """Cancel a reservation, with a reason. Needs If-Match."""
    actor, now, version = the_actor(), clock.now(), versions.wanted_version()
    perform(lambda: cancel(actor, reservation_id, wanted.reason, version, now))
    return _reservation(reservation_id)


def _told(refusal: Refusal, instrument_id: int, wish: Wish, user: Actor, now: datetime) -> Refusal:
    if refusal.status not in (409, 422):
        return refusal
    return wire.told(refusal, instrument_id, wish, bookable(instrument_id).calendar.zone, user, now)


def _reservation(reservation_id: int) -> Response:
    row = listing.one_whole(reservation_id)
    return _json(wire.encoded(wire.reservation(row)), 200, {"ETag": versions.etag(row.version)})


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, mimetype="application/json")
