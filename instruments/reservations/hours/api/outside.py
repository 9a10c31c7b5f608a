"""Doors for programs: the reservations that lie outside the published hours, and deciding what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Response

from instruments.availability.owners import instruments_of, lab_of
from instruments.availability.views.doors import scope_of
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import actors_by_ids, require
from instruments.reservations.closing.deciding import InTheWay, decided
from instruments.reservations.closing.schemas import ReservationsIn
from instruments.reservations.closing.telling import failures, ways
from instruments.reservations.hours import wire
from instruments.reservations.hours.api.doing import ADDRESS, allowed, api
from instruments.reservations.hours.schemas import DecidedOut, OutsideListOut, OutsideQuery
from instruments.reservations.making_way import make_way_for_hours
from instruments.reservations.outside_hours import MOST_DECIDED, outside_hours, told_by_id
from instruments.reservations.proposing import proposals
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole

A_PAGE = 200


@api.get(f"{ADDRESS}/outside")
@token_required("labs:read")
@asks(api, OutsideQuery)
@api.output(OutsideListOut)
@api.doc(responses=[404])
def outside(kind: str, owner_id: int, query: OutsideQuery) -> Response:
    """The live reservations that lie outside the published hours, by start, and where each could go; 200 a page."""
    owner = allowed(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    ids = outside_hours(instruments_of(owner), clock.now())
    found = _met(ids[(query.page - 1) * A_PAGE : query.page * A_PAGE], actor)
    told = ways(found.rows, found.offers, ZoneInfo(lab_of(owner).zone))
    return answer(wire.outside(ids) | {"page": query.page, "reservations": told})


@api.post(f"{ADDRESS}/outside")
@token_required("labs:write")
@takes(api, ReservationsIn)
@api.output(DecidedOut)
@api.doc(responses=[404])
def decide(kind: str, owner_id: int, wanted: Incoming[ReservationsIn]) -> Response:
    """Move or cancel reservations that lie outside the published hours; those that are not named stay as they are."""
    owner, now = allowed(kind, owner_id), clock.now()
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    ids = outside_hours(instruments_of(owner), now)[:MOST_DECIDED]
    decisions = decided(whole(wanted), _met(ids, actor))
    done = perform(lambda: make_way_for_hours(ids, decisions, actor, now))
    return answer({"outcomes": done.outcomes, "failed": failures(done)})


def _met(reservation_ids: Sequence[int], actor: Actor) -> InTheWay:
    """These reservations, with an offer for each that can have one; a constant number of statements."""
    rows, now = told_by_id(reservation_ids) if reservation_ids else (), clock.now()
    users = actors_by_ids({row.user_id for row in rows}, now)
    return InTheWay(rows, proposals(rows, {}, users, actor, now), {row.id for row in rows})
