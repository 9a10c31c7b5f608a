"""Ask for a formal quote with what the booking form says; where there can be none, say why and what instead."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import Refusal
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import BookingRequest
from instruments.reservations.form import typed_span
from instruments.reservations.formal_quotes.making import make_quote
from instruments.reservations.formal_quotes.views.doors import pages
from instruments.reservations.judging import wish_of
from instruments.reservations.paying.typed import payment_fields, typed_payment
from instruments.reservations.payment import Payment
from instruments.reservations.scene import Wish
from instruments.reservations.users import second_named
from instruments.reservations.views.doors import kept_fields, names_of, offers, shown_reasons
from instruments.timespan import Timespan
from instruments.web import clock, idempotency
from instruments.web.fields import number_typed
from instruments.web.refusals import show_or_raise

WHEN = ("day", "from", "until_day", "until")
TOLD = ("unit", "purpose", "title", "hazardous", "second_person")


@pages.post("/instruments/<int:instrument_id>/formal-quotes")
def ask(instrument_id: int) -> ResponseReturnValue:
    """Get a formal quote, once for this form however often it is sent."""
    actor, now, thing = the_actor(), clock.now(), bookable(instrument_id)
    try:
        wanted = _wanted(thing, actor)

        def act() -> idempotency.KeptAnswer:
            address = url_for(".quote", quote_id=make_quote(actor, wanted, now))
            return idempotency.KeptAnswer(303, address, "", b"")

        answer = idempotency.once(actor.person_id, _key(), _typed(), now, lambda: None, act)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _refused(thing, actor, refusal, now), refusal.status
    flash(gettext("Here is your quote. It holds no time until you accept it."), "free")
    return redirect(answer.location, 303)


def _wanted(thing: Bookable, actor: Actor) -> BookingRequest:
    """What the form asks for; raises Refusal with every reason why it cannot be read."""
    wrong: list[Any] = []
    start = end = clock.now()
    payment = Payment()
    try:
        start, end = typed_span(request.form, thing.calendar)
    except Refusal as refusal:
        wrong += refusal.reasons
    try:
        payment = typed_payment(request.form)
    except Refusal as refusal:
        wrong += refusal.reasons
    if wrong:
        raise Refusal(wrong)
    title = " ".join(request.form.get("title", "").split())
    unit = actor.only_group if len(actor.group_ids) == 1 else number_typed("unit")
    purpose = request.form.get("purpose", "research")
    second_id = second_named(request.form.get("second_person"), clock.now())
    hazardous = bool(request.form.get("hazardous"))
    return BookingRequest(
        thing.id, start, end, purpose, title, unit, hazardous=hazardous, second_id=second_id, payment=payment
    )


def _sent() -> Mapping[str, str]:
    return dict(kept_fields(request.form, (*WHEN, *TOLD, *payment_fields(request.form))))


def _typed() -> bytes:
    place = request.view_args["instrument_id"] if request.view_args else ""
    return orjson.dumps(["formal quote", place, sorted(_sent().items())])


def _key() -> str | None:
    """The form's own key, with what was typed, apart from that of a booking."""
    key = request.form.get("key", "")[:100]
    return f"{key}.quote.{hashlib.sha256(_typed()).hexdigest()[:32]}" if key else None


def _refused(thing: Bookable, actor: Actor, refusal: Refusal, now: datetime) -> str:
    """The reasons with their fixes, times that could be quoted instead, and the way back to the form as it was typed."""
    zone = thing.calendar.zone.key
    try:
        wish = wish_of(*typed_span(request.form, thing.calendar))
    except Refusal:
        wish = Wish(0, 0)
    sane = wish.start < wish.end
    sent, words = _sent(), gettext("Get a formal quote")
    told = {name: value for name, value in sent.items() if name not in WHEN}
    inside = actor.institution_id == thing.institution_id
    nearest = offers(thing, wish, actor, now, refusal, "/instruments/{}/formal-quotes")[:1] if sane else []
    rows = shown_reasons(refusal, wish, zone)
    for row in rows:
        if row["fix"] and "fields" in row["fix"] and "asks_at" not in row["fix"]:
            row["fix"]["fields"] = {**told, **row["fix"]["fields"], "key": uuid4().hex}
    return render_template(
        "reservations/formal_quote_refused.html",
        names=names_of(thing.id),
        reasons=rows,
        asked=Timespan.from_seconds(*wish) if sane else None,
        zone=zone,
        action=url_for(".ask", instrument_id=thing.id),
        back=f"/instruments/{thing.id}?{urlencode(sent)}#booking",
        instead=[]
        if inside or isinstance(refusal, Unpriced)
        else [
            (
                heading,
                [
                    each | {"words": words, "fields": told | each["fields"] | {"key": uuid4().hex}}
                    for each in some
                ],
            )
            for heading, some in nearest
        ],
    )
