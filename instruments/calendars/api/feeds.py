"""Doors for programs: the secret addresses of feeds, one's own and those of a lab."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from instruments.calendars import keys
from instruments.calendars.api.doors import api
from instruments.calendars.feed_schemas import FeedIn, FeedMadeOut, FeedsOut
from instruments.calendars.models import CalendarFeed
from instruments.calendars.views.addresses import address_of, feeds_shown, runs
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason
from instruments.people import labs
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.scopes import of_place
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.limits import limiter

MINE, OF_LAB = "/calendar-feeds", "/labs/<int:lab_id>/calendar-feeds"


@api.get(MINE)
@token_required("reservations:read")
@api.output(FeedsOut)
def my_feeds() -> Response:
    """My own addresses in force."""
    return _listed(the_actor(), None)


@api.post(MINE)
@limiter.limit("60 per hour")
@token_required("reservations:write")
@takes(api, FeedIn)
@api.output(FeedMadeOut)
def make_my_feed(wanted: Incoming[FeedIn]) -> Response:
    """Make an address that shows my reservations. It is answered once and kept nowhere: where the answer is lost, revoke it."""
    return _made(the_actor(), None, whole(wanted).name)


@api.delete(f"{MINE}/<int:number>")
@token_required("reservations:write")
@api.output({}, 204)
def revoke_my_feed(number: int) -> Response:
    """End one of my own addresses now."""
    return _revoked(the_actor(), None, number)


@api.get(OF_LAB)
@token_required("labs:read")
@api.output(FeedsOut)
def feeds_of_lab(lab_id: int) -> Response:
    """The addresses of a lab in force: everybody's for whoever runs it, else my own."""
    return _listed(*_entered(lab_id))


@api.post(OF_LAB)
@limiter.limit("60 per hour")
@token_required("labs:write")
@takes(api, FeedIn)
@api.output(FeedMadeOut)
def make_feed_of_lab(lab_id: int, wanted: Incoming[FeedIn]) -> Response:
    """Make an address that shows a lab's reservations and closures, as long as I may see them. It is answered once."""
    actor, lab = _entered(lab_id)
    return _made(actor, lab, whole(wanted).name)


@api.delete(f"{OF_LAB}/<int:number>")
@token_required("labs:write")
@api.output({}, 204)
def revoke_feed_of_lab(lab_id: int, number: int) -> Response:
    """End an address of a lab now: my own, or anybody's for whoever runs the lab."""
    return _revoked(*_entered(lab_id), number)


def _entered(lab_id: int) -> tuple[Actor, Lab]:
    lab = labs.get(lab_id)
    return require(Action.RESERVATION_SEE, of_place(lab)), lab


def _listed(actor: Actor, lab: Lab | None) -> Response:
    return answer({"items": [_told(feed, actor) for feed in feeds_shown(actor, lab)]})


def _made(actor: Actor, lab: Lab | None, name: str) -> Response:
    lab_id, now = lab.id if lab else None, clock.now()

    token = perform(lambda: keys.make(actor.person_id, labs.get(lab_id) if lab_id else None, name, now))
    feed = keys.feed_of(token)
    response = answer(_told(feed, actor) | {"address": address_of(token, feed.lab)})
    response.headers["Cache-Control"] = "no-store"
    return response


def _revoked(actor: Actor, lab: Lab | None, number: int) -> Response:
    feed, lab_id = keys.the_feed(number), lab.id if lab else None
    if feed.lab_id != lab_id or not (feed.person_id == actor.person_id or runs(actor, lab)):
        raise NotFound([Reason("no_feed", None, N_("There is no such address."))])
    now = clock.now()
    perform(lambda: keys.revoke(keys.the_feed(number), actor.person_id, now))
    return Response(status=204)


def _told(feed: CalendarFeed, actor: Actor) -> dict[str, Any]:
    told = {name: getattr(feed, name) for name in ("id", "lab_id", "name", "person_id", "last_used_on")}
    return told | {
        "person_en": feed.person.name_en,
        "person_zh": feed.person.name_zh,
        "created_at": feed.created_at.astimezone(ZoneInfo(feed.lab.zone if feed.lab else actor.zone)),
    }
