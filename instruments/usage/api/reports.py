"""Doors for loggers and power meters, and for whoever reads what was used."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request, url_for
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.reservations.models import Reservation
from instruments.usage import listing
from instruments.usage.answer_schemas import ReportOut, UseOut, UsesOut
from instruments.usage.api.telling import ONE, api, one_use, told
from instruments.usage.kinds import SENSOR
from instruments.usage.lookup import use_again, use_row
from instruments.usage.metering import Metered, Reporter, objections, repeated, take
from instruments.usage.releasing import place_of
from instruments.usage.schemas import ReportIn, UsesQuery
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes
from instruments.web.versions import etag


@api.get("/usage")
@token_required("usage:read")
@asks(api, UsesQuery)
@api.output(UsesOut)
def uses(query: UsesQuery) -> Response:
    """My uses, and those that my roles show, in the order of their start."""
    which = listing.Filter(
        query.instrument_id, query.lab_id, query.reservation_id, query.state, query.since, query.until
    )
    rows = listing.page(the_actor(), which, paging.decode(query.cursor, (int, int)), query.limit)
    shown, after = paging.page(rows, query.limit, lambda row: [int(row.started_at.timestamp()), row.id])
    return answer({"items": told(shown), "next": after})


@api.get(ONE)
@token_required("usage:read")
@api.output(UseOut)
@api.doc(responses=[404])
def use(use_id: int) -> Response:
    """One use; its ETag is what a change must name."""
    use_row(use_id, the_actor())
    return one_use(use_id)


@api.post("/usage")
@token_required("usage:write")
@takes(api, ReportIn)
@api.output(ReportOut, 201)
@api.doc(responses=[404])
def report(wanted: Incoming[ReportIn]) -> Response:
    """Report what a device saw of an instrument of a lab that I run; a report that is known already is answered as before.

    It is known by its `key`, or else by its Idempotency-Key, for good and not only for a day.
    """
    actor, now = the_actor(), clock.now()
    body = wanted.value
    if body is None:
        raise Refusal(wanted.reasons)
    _require_lab(actor, body.instrument_id)
    reasons = list(wanted.reasons)
    metered = _metered(body, reasons)
    reasons += objections(metered, now)
    if reasons:
        raise Refusal(reasons)
    reporter = Reporter(f"{actor.person_id}:{body.source}", SENSOR, actor.person_id, actor.institution_id)
    known = repeated(metered, reporter)
    numbers = known or perform(lambda: take(metered, reporter, now))
    content = {"use_ids": numbers, "repeated": bool(known)}
    headers = {
        "Location": url_for("usage_api.use", use_id=numbers[0]),
        "ETag": etag(use_again(numbers[0]).version),
    }
    return Response(orjson.dumps(content), 201, headers, mimetype="application/json")


def _require_lab(actor: Actor, instrument_id: int) -> None:
    """404 for an instrument of a lab that the actor does not run: nobody learns what there is."""
    place = place_of(instrument_id)
    if place is None or not may(actor, Action.USE_CONFIRM, Scope(place.owner_id, place.lab_id)):
        sentence = N_("There is no such instrument, or none of a lab that you run.")
        raise NotFound([Reason("no_instrument", "instrument_id", sentence)])


def _metered(body: ReportIn, reasons: list[Reason]) -> Metered:
    if body.reservation_id is not None and not _is_of(body.reservation_id, body.instrument_id):
        sentence = N_("This is no reservation of the instrument.")
        reasons.append(Reason("reservation", "reservation_id", sentence))
    person: Any = None
    if body.user:
        person = db.session.execute(
            select(Person.id, Person.institution_id).where(Person.mail == body.user.strip().lower())
        ).first()
        if person is None:
            reasons.append(Reason("no_person", "user", N_("Nobody with an account has this address.")))
    return Metered(
        body.instrument_id, int(body.start.timestamp()), int(body.end.timestamp()), body.layer,
        body.key or request.headers.get("Idempotency-Key", "").strip(' "'),
        body.reservation_id, person and person.id, person and person.institution_id,
    )  # fmt: skip


def _is_of(reservation_id: int, instrument_id: int) -> bool:
    one = Reservation
    mine = (one.id == reservation_id) & (one.instrument_id == instrument_id)
    return db.session.execute(select(one.id).where(mine)).first() is not None
