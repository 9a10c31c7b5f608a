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
from instruments.errors import Refusal, Taken
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.reservations import choices
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import BookingRequest, book, check, check_for_nobody, not_for_them
from instruments.reservations.form import typed_span
from instruments.reservations.judging import wish_of, with_more
from instruments.reservations.limits import DAY_MINUTES
from instruments.reservations.lookup import own_over
from instruments.reservations.paying.typed import payment_fields, typed_payment
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.scene import Wish
from instruments.reservations.series.form import RULE_FIELDS, once_alone
from instruments.reservations.series.words import weekday_choices
from instruments.reservations.users import has_many, second_named, user_typed
from instruments.reservations.views.doors import (
    by_form_field,
    kept_fields,
    names_of,
    offers,
    pages,
    shown_reasons,
)
from instruments.reservations.views.overrides import offers_override, typed_override
from instruments.reservations.views.price import form_price
from instruments.timespan import Timespan
from instruments.typed import whole
from instruments.web import clock, formats, idempotency
from instruments.web.language import in_language
from instruments.web.reasons import in_full

FIELDS = (
    "day", "from", "until_day", "until", "user", "unit", "purpose", "title", "public_title", "hazardous",
    "second_person", "override",
)  # fmt: skip
TOLD = ("user", "unit", "purpose", "title", "public_title", "hazardous", "second_person")
WAITED = ("day", "from", "until_day", "until")
NO_WISH = Wish(0, 0)


@pages.get("/instruments/<int:instrument_id>/users")
def users(instrument_id: int) -> ResponseReturnValue:
    """Some people for whom the reader may book, for what is typed into the form."""
    actor, now, thing = the_actor(), clock.now(), bookable(instrument_id)
    if not has_many(actor, thing):
        raise not_for_them()
    typed = request.args.get("user", "")[:254]
    return render_template("reservations/users.html", suggested=choices.suggested(actor, thing, typed, now))


@pages.post("/instruments/<int:instrument_id>/reservations")
def create(instrument_id: int) -> ResponseReturnValue:
    """Book, once for this form however often it is sent. What repeats is shown date by date first."""
    if request.form.get("repeats"):
        # 307 sends the form on as it was typed.
        return redirect(url_for(".plan_series", instrument_id=instrument_id), 307)
    actor, now = the_actor(), clock.now()
    thing = bookable(instrument_id)
    user: Actor | None = None
    try:
        start, end, user, payment = when_and_whom(thing, actor, now)
        wanted, whose = wanted_booking(thing, user, start, end, payment), user

        def act() -> idempotency.KeptAnswer:
            made = book(actor, whose, wanted, now)
            address = url_for("reservations.reservation", reservation_id=made.id)
            return idempotency.KeptAnswer(303, address, "", made.state.encode())

        answer = idempotency.once(
            actor.person_id, _key(), _content(thing), now, lambda: check(actor, whose, wanted, now), act
        )
    except Refusal as refusal:
        if refusal.status not in (403, 409, 422):
            raise
        db.session.rollback()
        return _refused(thing, actor, user, refusal, now), refusal.status
    span = Timespan(start, end)
    flash(_said(span, thing, actor, user, answer.body == b"requested"), "free")
    return redirect(answer.location, 303)


def _said(span: Timespan, thing: Bookable, actor: Actor, user: Actor, asked: bool) -> str:
    time = formats.when(span, thing.calendar.zone.key)
    if asked:
        return gettext("Asked for, not yet booked: %(time)s. It is held until the lab answers.", time=time)
    if user.person_id == actor.person_id:
        return gettext("Booked: %(time)s.", time=time)
    return gettext("Booked for %(name)s: %(time)s.", name=in_language(user.name_en, user.name_zh), time=time)


def when_and_whom(thing: Bookable, actor: Actor, now: datetime) -> tuple[datetime, datetime, Actor, Payment]:
    """When, once, for whom, and how it is paid; raises Refusal with every reason why any of it cannot be read."""
    refusals: list[Refusal] = []
    start = end = now
    user, payment = actor, NOTHING_SAID
    try:
        start, end = typed_span(request.form, thing.calendar)
    except Refusal as refusal:
        refusals.append(refusal)
    nobody: Refusal | None = None
    try:
        user = user_typed(request.form.get("user", ""), actor, thing, now)
    except Refusal as refusal:
        refusals.append(nobody := refusal)
    try:
        payment = typed_payment(request.form)
    except Refusal as refusal:
        refusals.append(refusal)
    try:
        once_alone(request.form)
    except Refusal as refusal:
        refusals.append(refusal)
    if nobody is not None and nobody.status == 422 and len(refusals) == 1:
        # Whoever it is for, the time is judged as well, so that all is told at once.
        wanted = wanted_booking(thing, actor, start, end, payment)
        raise with_more(nobody.reasons, lambda: check_for_nobody(wanted, now))
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Refusal([reason for refusal in refusals for reason in refusal.reasons])
    return start, end, user, payment


def wanted_booking(
    thing: Bookable, user: Actor, start: datetime, end: datetime, payment: Payment
) -> BookingRequest:
    """What the form asks for, at this time."""
    form = request.form
    unit = whole(form.get("unit", ""))
    if len(user.group_ids) == 1 and (unit is None or user.person_id != the_actor().person_id):
        # The form offered the booker's groups; where the user has only one, nothing is left to choose.
        unit = user.only_group
    return BookingRequest(
        thing.id, start, end, form.get("purpose", "research"), " ".join(form.get("title", "").split()),
        unit, bool(form.get("public_title")), override=typed_override(form),
        hazardous=bool(form.get("hazardous")), second_id=second_named(form.get("second_person"), clock.now()),
        payment=payment,
    )  # fmt: skip


def _sent() -> tuple[str, ...]:
    """All that the form says."""
    return (*FIELDS, *payment_fields(request.form))


def _content(thing: Bookable) -> bytes:
    return orjson.dumps([thing.id, sorted(kept_fields(request.form, _sent()))])


def _key() -> str | None:
    """The form's own key, with what was typed: sent twice it is one deed, changed and sent again another."""
    key = request.form.get("key", "")[:100]
    thing = request.view_args["instrument_id"] if request.view_args else ""
    typed = orjson.dumps([thing, sorted(kept_fields(request.form, _sent()))])
    return f"{key}.{hashlib.sha256(typed).hexdigest()[:32]}" if key else None


def _wish(thing: Bookable) -> Wish:
    """The time in the form; none where it cannot be read."""
    try:
        return wish_of(*typed_span(request.form, thing.calendar))
    except Refusal:
        return NO_WISH


def _refused(thing: Bookable, actor: Actor, user: Actor | None, refusal: Refusal, now: datetime) -> str:
    """Picture c: the reasons with their fixes, what could be had instead, and the form as it was typed.

    user: none when it is not known for whom, and so not what they could have instead.
    """
    zone, wish, by_field = thing.calendar.zone.key, _wish(thing), by_form_field(refusal)
    told = {
        name: value
        for name, value in kept_fields(request.form, (*TOLD, *payment_fields(request.form)))
        if name not in by_field
    }
    rows = shown_reasons(refusal, wish, zone)
    if user is not None and user.person_id != actor.person_id:
        # Everybody asks for their own qualifications.
        rows = [row | {"fix": None} if row["fix"] and "asks_at" in row["fix"] else row for row in rows]
    is_own = (
        user is not None
        and user.person_id == actor.person_id
        and _point_to_own(rows, by_field, refusal, thing, actor)
    )
    # Without a unit where one must be named, no button could book.
    can_offer = (
        user is not None
        and wish.start < wish.end
        and not is_own
        and not {"unit", "repeats"} & by_field.keys()
    )
    hidden = {"key": uuid4().hex}
    return render_template(
        "reservations/refused.html",
        names=names_of(thing.id),
        action=f"/instruments/{thing.id}/reservations",
        asked=Timespan.from_seconds(*wish) if wish.start < wish.end else None,
        zone=zone,
        # Without a unit or a user where one must be named, no button could book.
        reasons=_sendable(rows, told)
        if not {"unit", "user"} & by_field.keys()
        else [row | {"fix": None} for row in rows],
        instead=[
            (words, [each | {"fields": told | each["fields"] | hidden} for each in rows])
            for words, rows in (
                offers(thing, wish, user, now, refusal, booker=actor) if user and can_offer else ()
            )
        ],
        wait=_wait(thing, refusal, told) if can_offer else None,
        by_field=by_field,
        form=form_arguments(thing, actor, user or actor, now) | _rule(by_field),
        hidden=hidden,
        overrides=offers_override(actor, user, thing, refusal),
    )


def _wait(thing: Bookable, refusal: Refusal, told: Mapping[str, str]) -> dict[str, Any] | None:
    """What joins the waitlist by one click, where nothing but others' bookings stands in the way: for the same span, or
    for any as long around it."""
    if not isinstance(refusal, Taken):
        return None
    fields = {**dict(kept_fields(request.form, WAITED)), **told, "instrument": thing.id}
    return {"fields": fields, "address": url_for("reservations.wait_form_page", **fields)}


def _point_to_own(
    rows: list[dict[str, Any]],
    by_field: dict[str, list[str]],
    refusal: Refusal,
    thing: Bookable,
    actor: Actor,
) -> bool:
    """Where a time is taken by the reader's own reservation, say that instead, below the fields, too; whether there is one."""
    found = False
    for row, reason in zip(rows, refusal.reasons, strict=True):
        part = reason.values.get("part")
        if reason.code == "taken" and isinstance(part, Timespan):
            own = own_over(actor, thing.id, *part.seconds)
            if own is not None:
                found = True
                row["title"] = gettext("You have this time already.")
                row["detail"] = ""
                for sentences in by_field.values():
                    sentences[:] = [row["title"] if each == in_full(reason) else each for each in sentences]
                address = url_for("reservations.reservation", reservation_id=own)
                row["fix"] = {"words": gettext("See your reservation"), "address": address}
    return found


def _sendable(rows: list[dict[str, Any]], told: Mapping[str, str]) -> list[dict[str, Any]]:
    for row in rows:
        if row["fix"] and "fields" in row["fix"] and "asks_at" not in row["fix"]:
            row["fix"]["fields"] = {**told, **row["fix"]["fields"], "key": uuid4().hex}
    return rows


def _rule(by_field: Mapping[str, Any]) -> dict[str, Any]:
    """By which rule it repeats, as it was typed, where that is what is wrong."""
    if "repeats" not in by_field:
        return {}
    typed = {name: request.form.get(name, "") for name in RULE_FIELDS}
    return {
        "rule": typed | {"weekdays": request.form.getlist("weekdays")},
        "weekdays": weekday_choices(),
    }


def form_arguments(thing: Bookable, actor: Actor, user: Actor, now: datetime) -> dict[str, Any]:
    """Arguments of the booking form, as it was typed."""
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in FIELDS}
    words, always = before_the_click(thing, user)
    return {
        "typed": typed,
        **choices.for_whom(actor, thing, now, typed["user"]),
        "units": choices.units(user),
        "purposes": choices.purposes(),
        "grid_minutes": thing.rules_at(int(now.timestamp())).grid_minutes,
        "several_days": bool(typed["until_day"])
        or any(rules.longest_minutes > DAY_MINUTES for rules in thing.all_rules()),
        "approval": words,
        "asks": always,
        "safety": choices.safety(thing),
        "price": form_price(thing, actor, request.form, now),
    }
