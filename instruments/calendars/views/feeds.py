"""Feeds as calendar programs fetch them: unchanged since the last time is answered without writing them anew."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from sqlalchemy import Row

from instruments.calendars import busy_feed, kept, keys, own_feeds
from instruments.calendars.feeds import Feed, host_of
from instruments.calendars.views.doors import base, pages
from instruments.calendars.writing import Head, write
from instruments.database.transactions import deed
from instruments.errors import NotKnownYet
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import actor_by_id, the_actor, today
from instruments.reservations import listing
from instruments.reservations.lookup import reservation_row
from instruments.web import clock
from instruments.web.access import public
from instruments.web.language import BY_ADDRESS, in_language

log = logging.getLogger(__name__)
TYPE = "text/calendar; charset=utf-8"


@pages.get("/calendars/instruments/<int:instrument_id>.ics")
@public
def instrument_feed(instrument_id: int) -> ResponseReturnValue:
    """When an instrument is taken, for everybody; `?lang=zh` for Chinese words, whatever the program asks for."""
    language = BY_ADDRESS.get(request.args.get("lang", ""), "en")
    with force_locale(language):
        feed = busy_feed.of_instrument(instrument_id, base(), language, clock.now())
        response = _answer(feed, f"instrument-{instrument_id}.ics")
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@pages.get("/calendars/people/<token>.ics")
@public
def person_feed(token: str) -> ResponseReturnValue:
    """One's own reservations, for whoever has the address."""
    key, actor = _owner(token)
    if key is None or actor is None or key.lab_id is not None:
        return _unknown()
    with force_locale(actor.language):
        return _answer(
            own_feeds.of_person(actor, base(), actor.language, clock.now()), "reservations.ics", key
        )


@pages.get("/calendars/labs/<token>.ics")
@public
def lab_feed(token: str) -> ResponseReturnValue:
    """A lab's reservations and closures, as long as the owner of the address may see them."""
    key, actor = _owner(token)
    lab = own_feeds.lab_row(key.lab_id) if key is not None and key.lab_id is not None else None
    if key is None or actor is None or lab is None or not _may_see(actor, lab):
        return _unknown()
    with force_locale(actor.language):
        feed = own_feeds.of_lab(lab, base(), actor.language, clock.now())
        return _answer(feed, f"lab-{lab.id}.ics", key)


@pages.get("/reservations/<int:reservation_id>.ics")
def one_reservation(reservation_id: int) -> ResponseReturnValue:
    """One reservation, to add to a calendar."""
    actor = the_actor()
    reservation_row(reservation_id, actor)
    row = listing.one_whole(reservation_id)
    if actor.person_id in (row.user_id, row.booker_id):
        entry = own_feeds.own_entry(row, actor.person_id, base())
    else:
        entry = own_feeds.lab_entry(row, base())
    head = Head(in_language(row.instrument_en, row.instrument_zh), host_of(base()), entry.url)
    return _file(write(head, [entry]), f"reservation-{reservation_id}.ics", "attachment")


def _owner(token: str) -> tuple[Row[Any] | None, Actor | None]:
    key = keys.find(token)
    return key, None if key is None else actor_by_id(key.person_id, clock.now())


def _may_see(actor: Actor, lab: Any) -> bool:
    return may(actor, Action.RESERVATION_SEE, Scope(institution_id=lab.institution_id, lab_id=lab.id))


def _answer(feed: Feed, name: str, key: Row[Any] | None = None) -> Response:
    tag = feed.tag
    if key is not None:
        _note_use(key)
    # A proxy that compresses weakens the tag; the words are the same.
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = _file(kept.body(tag, lambda: write(*feed.content())), name)
    response.set_etag(tag)
    _hide(response)
    return response


def _file(body: bytes, name: str, how: str = "inline") -> Response:
    return Response(body, content_type=TYPE, headers={"Content-Disposition": f'{how}; filename="{name}"'})


def _unknown() -> Response:
    """The same for an address that never was, was revoked, or shows what its owner may no longer see."""
    words = gettext(
        "This calendar address does not hold: it was revoked, or its owner may no longer see this."
    )
    response = Response(words + "\n", 404, content_type="text/plain; charset=utf-8")
    _hide(response)
    return response


def _hide(response: Response) -> None:
    """The address is a secret: no page that is opened from here is told it, no search engine keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"


def _note_use(key: Row[Any]) -> None:
    day = today(clock.now())
    if key.last_used_on == day:
        return
    try:
        with deed():
            keys.note_use(key.id, day)
    except NotKnownYet:
        # The day of last use is a courtesy; a database that only reads must not keep readers out.
        log.warning("the use of feed %s was not noted", key.id)
