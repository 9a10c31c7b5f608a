"""Doors of closures for programs: list, preview, close, change, decide again, reopen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, url_for

from instruments.availability import closures
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import lab_or_instrument, scope_of
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.reservations import wire
from instruments.reservations.closing.deciding import InTheWay, decided, met_by
from instruments.reservations.closing.reading import read_change, read_closure
from instruments.reservations.closing.schemas import (
    ClosureChangeIn,
    ClosureIn,
    ClosureOut,
    ClosuresOut,
    ClosuresQuery,
    DoneOut,
    PreviewOut,
    ReopenedOut,
    ReopenIn,
    ReservationsIn,
)
from instruments.reservations.closing.telling import failures, ways
from instruments.reservations.making_way import change_and_make_way, close, make_way
from instruments.reservations.offering_back import lift
from instruments.reservations.one_way import Done
from instruments.reservations.partly import Closing, closed_by
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

api = APIBlueprint("closing_api", __name__, url_prefix="/api/v1", tag="Closures")
OF_LAB = "/labs/<int:lab_id>/closures"
OF_INSTRUMENT = "/instruments/<int:instrument_id>/closures"
ONE = "/closures/<int:closure_id>"


@api.get(OF_LAB, endpoint="of_lab")
@api.get(OF_INSTRUMENT, endpoint="of_instrument")
@token_required("labs:read")
@asks(api, ClosuresQuery)
@api.output(ClosuresOut)
@api.doc(responses=[404])
def listed(query: ClosuresQuery, lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """The closures of a lab or an instrument that I run, at most 200."""
    owner = lab_or_instrument(lab_id, instrument_id)
    _allowed(owner)
    rows = closures.closures_of(owner, over=query.over, now=clock.now())
    return answer({"items": [_told(row) for row in rows]})


@api.post(f"{OF_LAB}/preview", endpoint="preview_of_lab")
@api.post(f"{OF_INSTRUMENT}/preview", endpoint="preview_of_instrument")
@token_required("labs:read")
@takes(api, ClosureIn)
@api.output(PreviewOut)
@api.doc(responses=[404])
def preview(
    wanted: Incoming[ClosureIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """What a closure would meet, and where each reservation could go. Nothing is done."""
    owner = lab_or_instrument(lab_id, instrument_id)
    actor, now = _allowed(owner), clock.now()
    closing = read_closure(owner, wanted, now).closing
    return _previewed(closing, met_by(closing, actor, now))


@api.post(OF_LAB, endpoint="close_lab")
@api.post(OF_INSTRUMENT, endpoint="close_instrument")
@token_required("labs:write")
@takes(api, ClosureIn)
@api.output(DoneOut, 201)
@api.doc(responses=[404])
def close_it(
    wanted: Incoming[ClosureIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Close, once or repeatedly, and do in the same step with the reservations in the way what is decided."""
    owner = lab_or_instrument(lab_id, instrument_id)
    actor, now = _allowed(owner), clock.now()
    read = read_closure(owner, wanted, now)
    decisions = decided(read.reservations, met_by(read.closing, actor, now))

    def act() -> Made:
        again = lab_or_instrument(lab_id, instrument_id)
        made, done = close(again, read.wanted, decisions, actor, now, read.repeat)
        address = url_for("closing_api.closure", closure_id=made[0].id)
        return Made(_done([each.id for each in made], done), made[0].version, address)

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("labs:read")
@api.output(ClosureOut)
@api.doc(responses=[404])
def closure(closure_id: int) -> Response:
    """One closure; its ETag is what a change must name."""
    row = closures.the_closure(closure_id)
    _allowed(closures.owner_of(row))
    return answer(_told(row), version=row.version)


@api.put(ONE)
@token_required("labs:write")
@takes(api, ClosureChangeIn)
@api.output(DoneOut)
@api.doc(responses=[404, 412, 428])
def change(closure_id: int, wanted: Incoming[ClosureChangeIn]) -> Response:
    """Say a closure anew; with `scope` those of its rule that follow, or all, at the same times. Needs If-Match."""
    row, now = closures.the_closure(closure_id), clock.now()
    owner = closures.owner_of(row)
    actor, version = _allowed(owner), versions.matched(row.version) or row.version
    read = read_change(owner, row, wanted, now)
    decisions = decided(read.reservations, met_by(read.closing, actor, now))
    done = perform(
        lambda: change_and_make_way(
            closures.the_closure(closure_id), read.wanted, version, decisions, actor, now, read.scope
        )
    )
    return answer(_done([closure_id], done, read.left), version=closures.the_closure(closure_id).version)


@api.get(f"{ONE}/reservations")
@token_required("labs:read")
@api.output(PreviewOut)
@api.doc(responses=[404])
def within(closure_id: int) -> Response:
    """The reservations that lie within a closure, and where each could go."""
    row, now = closures.the_closure(closure_id), clock.now()
    actor, closing = _allowed(closures.owner_of(row)), closed_by([row])
    return _previewed(closing, met_by(closing, actor, now))


@api.post(f"{ONE}/reservations")
@token_required("labs:write")
@takes(api, ReservationsIn)
@api.output(DoneOut)
@api.doc(responses=[404])
def decide(closure_id: int, wanted: Incoming[ReservationsIn]) -> Response:
    """Decide again about the reservations that lie within a closure."""
    row, now = closures.the_closure(closure_id), clock.now()
    actor = _allowed(closures.owner_of(row))
    decisions = decided(whole(wanted), met_by(closed_by([row]), actor, now))
    done = perform(lambda: make_way(closures.the_closure(closure_id), decisions, actor, now))
    return answer(_done([closure_id], done))


@api.post(f"{ONE}/reopen")
@token_required("labs:write")
@takes(api, ReopenIn)
@api.output(ReopenedOut)
@api.doc(responses=[404, 412, 428])
def reopen(closure_id: int, wanted: Incoming[ReopenIn]) -> Response:
    """Take back a closure that has not begun, end one that has; its time is offered back. Needs If-Match."""
    row, now = closures.the_closure(closure_id), clock.now()
    actor = _allowed(closures.owner_of(row))
    version, also = versions.matched(row.version) or row.version, whole(wanted).following
    offered = perform(
        lambda: lift(closures.the_closure(closure_id), version, actor, now, also_following=also)
    )
    return answer({"offered": offered}, version=version + 1)


def _allowed(owner: Owner) -> Actor:
    return require(Action.CLOSURE_EDIT, scope_of(owner))


def _told(row: Closure) -> dict[str, Any]:
    zone = ZoneInfo(lab_of(closures.owner_of(row)).zone)
    return {
        "id": row.id,
        "lab_id": row.lab_id,
        "instrument_id": row.instrument_id,
        "kind": row.what,
        "reason": row.reason,
        "start": row.starts_at.astimezone(zone),
        "end": None if row.is_open_ended else row.ends_at.astimezone(zone),
        "units": row.units,
        "series": row.series,
        "rule": row.rule,
        "version": row.version,
    }


def _previewed(closing: Closing, met: InTheWay) -> Response:
    zone = ZoneInfo(lab_of(closing.owner).zone)
    told = [{**way, "has_place": way["id"] not in met.placeless} for way in ways(met.rows, met.offers, zone)]
    return answer({"spans": wire.spans(closing.spans, zone), "reservations": told})


def _done(closure_ids: Sequence[int], done: Done, left: Sequence[int] = ()) -> dict[str, Any]:
    items, stay = ([_told(closures.the_closure(number)) for number in each] for each in (closure_ids, left))
    return {"items": items, "left": stay, "outcomes": done.outcomes, "failed": failures(done)}
