"""Book from the instrument's page; when it cannot be, say why and what could be had instead."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.errors import Refusal
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.reservations import choices
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import BookingRequest, book, check
from instruments.reservations.form import typed_span
from instruments.reservations.judging import wish_of
from instruments.reservations.limits import DAY_MINUTES
from instruments.reservations.rules import Wish
from instruments.reservations.users import user_named
from instruments.reservations.views.doors import (
    by_form_field,
    kept_fields,
    names_of,
    offers,
    pages,
    shown_reasons,
)
from instruments.timespan import Timespan
from instruments.web import clock, formats, idempotency

FIELDS = ("day", "from", "until_day", "until", "user", "unit", "purpose", "title", "public_title")
TOLD = ("user", "unit", "purpose", "title", "public_title")
NO_WISH = Wish(0, 0)


@pages.post("/instruments/<int:instrument_id>/reservations")
def create(instrument_id: int) -> ResponseReturnValue:
    """Book, once for this form however often it is sent."""
    actor, now = the_actor(), clock.now()
    thing = bookable(instrument_id)
    user, wish = actor, NO_WISH
    try:
        start, end = typed_span(request.form, thing.calendar)
        wish = wish_of(start, end)
        user = user_named(_number(request.form.get("user", "")), actor, now)
        wanted = _wanted(thing, user, start, end)

        def act() -> idempotency.KeptAnswer:
            made = book(actor, user, wanted, now)
            address = url_for("reservations.reservation", reservation_id=made.id)
            return idempotency.KeptAnswer(303, address, "", b"")

        answer = idempotency.once(
            actor.person_id, _key(), _content(thing), now, lambda: check(actor, user, wanted, now), act
        )
    except Refusal as refusal:
        if refusal.status not in (403, 409, 422):
            raise
        db.session.rollback()
        return _refused(thing, wish, actor, user, refusal, now), refusal.status
    span = Timespan(start, end)
    flash(gettext("Booked: %(time)s.", time=formats.when(span, thing.calendar.zone.key)), "free")
    return redirect(answer.location, 303)


def _wanted(thing: Bookable, user: Actor, start: datetime, end: datetime) -> BookingRequest:
    form = request.form
    unit = _number(form.get("unit", ""))
    if unit is None and len(user.group_ids) == 1:
        unit = next(iter(user.group_ids))
    return BookingRequest(
        thing.id, start, end, form.get("purpose", "research"), " ".join(form.get("title", "").split()),
        unit, bool(form.get("public_title")),
    )  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _content(thing: Bookable) -> bytes:
    return orjson.dumps([thing.id, sorted(kept_fields(request.form, FIELDS))])


def _key() -> str | None:
    """The form's own key, with what was typed: sent twice it is one deed, changed and sent again another."""
    key = request.form.get("key", "")[:100]
    thing = request.view_args["instrument_id"] if request.view_args else ""
    typed = orjson.dumps([thing, sorted(kept_fields(request.form, FIELDS))])
    return f"{key}.{hashlib.sha256(typed).hexdigest()[:32]}" if key else None


def _refused(thing: Bookable, wish: Wish, actor: Actor, user: Actor, refusal: Refusal, now: datetime) -> str:
    """Picture c: the reasons with their fixes, what could be had instead, and the form as it was typed."""
    zone = thing.calendar.zone.key
    told = dict(kept_fields(request.form, TOLD))
    hidden = {"key": uuid4().hex}
    return render_template(
        "reservations/refused.html",
        names=names_of(thing.id),
        action=f"/instruments/{thing.id}/reservations",
        asked=Timespan.from_seconds(*wish) if wish.start < wish.end else None,
        zone=zone,
        reasons=_sendable(shown_reasons(refusal, wish, zone), told),
        instead=[
            (words, [each | {"fields": told | each["fields"] | hidden} for each in rows])
            for words, rows in (offers(thing, wish, user, now) if wish.start < wish.end else ())
        ],
        by_field=by_form_field(refusal),
        form=_form(thing, actor),
        hidden=hidden,
    )


def _sendable(rows: list[dict[str, Any]], told: Mapping[str, str]) -> list[dict[str, Any]]:
    for row in rows:
        if row["fix"]:
            row["fix"]["fields"] = {**told, **row["fix"]["fields"], "key": uuid4().hex}
    return rows


def _form(thing: Bookable, actor: Actor) -> dict[str, Any]:
    """Arguments of the booking form, as it was typed."""
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in FIELDS}
    return {
        "typed": typed,
        "people": choices.people(actor),
        "units": choices.units(actor),
        "purposes": choices.purposes(),
        "grid_minutes": thing.rules.grid_minutes,
        "several_days": thing.rules.longest_minutes > DAY_MINUTES or bool(typed["until_day"]),
    }
