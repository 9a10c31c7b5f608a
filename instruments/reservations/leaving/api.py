"""Doors for programs: the coming reservations of somebody who leaves, and handing one over to somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Row

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.membership import get as the_person
from instruments.people.rights import Action, Actor
from instruments.people.scopes import of_person
from instruments.people.signing import require, the_actor
from instruments.people.views.persons import seen_person
from instruments.reservations import listing
from instruments.reservations.handing_over import coming_of, hand_over
from instruments.reservations.leaving.schemas import ComingListOut, ComingOut, HandOverIn
from instruments.reservations.lookup import require_change, reservation_row
from instruments.reservations.users import user_named
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

api = APIBlueprint("leaving_api", __name__, url_prefix="/api/v1", tag="Reservations of people who leave")
MOST = 200


@api.get("/people/<int:person_id>/reservations")
@token_required("people:read")
@api.output(ComingListOut)
def coming(person_id: int) -> Response:
    """What somebody will still use, for whoever says when they leave: to hand over, or to cancel."""
    require(Action.PERSON_LEAVE, of_person(seen_person(person_id)))
    return answer({"items": [_told(row) for row in coming_of(person_id, clock.now(), MOST)]})


@api.post("/reservations/<int:reservation_id>/hand-over")
@token_required("people:write")
@takes(api, HandOverIn)
@api.output(ComingOut)
@api.doc(responses=[412, 428])
def hand_one_over(reservation_id: int, wanted: Incoming[HandOverIn]) -> Response:
    """Let somebody else use a reservation of a person whose leaving one decides. Its time stays. Needs If-Match."""
    actor, version = _handing(reservation_id)
    now = clock.now()
    body = whole(wanted)
    user = _receiver(body, actor, now)
    perform(lambda: hand_over(actor, user, reservation_id, version, now, body.group_id))
    row = listing.one_whole(reservation_id)
    return answer(_told(row), version=row.version)


def _handing(reservation_id: int) -> tuple[Actor, int | None]:
    row = reservation_row(reservation_id, the_actor())
    actor = require(Action.PERSON_LEAVE, of_person(the_person(row.user_id)))
    require_change(actor, row)
    return actor, versions.matched(row.version)


def _receiver(body: HandOverIn, actor: Actor, now: datetime) -> Actor:
    if not body.user:
        remedy = N_("Write the mail address of a person who has an account.")
        raise Refusal([Reason("no_user", "user", N_("Say who gets the reservation."), {}, remedy)])
    return user_named(body.user, actor, now)


def _told(row: Row[Any]) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)
    told = {name: getattr(row, name) for name in ("id", "instrument_id", "state", "user_id", "version")}
    return told | {"start": row.starts_at.astimezone(zone), "end": row.ends_at.astimezone(zone)}
