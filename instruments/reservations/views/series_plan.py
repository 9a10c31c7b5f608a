"""Book a series from the instrument's page: first every date with what stands against it, then what was decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database import db
from instruments.errors import Reason, Refusal, together
from instruments.money import Money, total
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import asking_of, check, request_objections
from instruments.reservations.form import typed_span
from instruments.reservations.paying import words
from instruments.reservations.paying.quotation import quotation
from instruments.reservations.paying.typed import typed_payment
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.series.form import (
    KEEP,
    RULE_FIELDS,
    SKIP,
    TAKE,
    WHEN,
    field_of,
    other_time,
    typed_decisions,
    typed_rule,
)
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import (
    CONFLICT,
    FREE,
    HOLIDAY,
    SKIPPED_BY_USER,
    Plan,
    Planned,
    SeriesRequest,
    dates_of,
    plan,
)
from instruments.reservations.series.repetition import Repetition, hours_about, hours_of
from instruments.reservations.series.words import rule_words, take_words, weekday_choices
from instruments.reservations.users import user_typed
from instruments.reservations.views.book import FIELDS, form_arguments, wanted_booking
from instruments.reservations.views.doors import by_form_field, names_of, pages
from instruments.reservations.views.overrides import offers_override
from instruments.reservations.ways_in import WaysIn
from instruments.timespan import Pair, Timespan, instant
from instruments.web import clock, formats, idempotency
from instruments.web.reasons import each_once, in_full


class _Asked(NamedTuple):
    """What the form asks for, as far as it can be read, and what stands against reading it."""

    user: Actor
    wanted: SeriesRequest | None
    against: tuple[Reason, ...] = ()


@pages.post("/instruments/<int:instrument_id>/series/plan")
def plan_series(instrument_id: int) -> ResponseReturnValue:
    """Every date of the rule in the form, with what stands against it; nothing is booked."""
    actor, now, thing = the_actor(), clock.now(), bookable(instrument_id)
    asked = _asked(thing, actor, now)
    return _page(thing, actor, asked, now, asked.against)


@pages.post("/instruments/<int:instrument_id>/series")
def create_series(instrument_id: int) -> ResponseReturnValue:
    """Book the dates that were chosen, all of them or none, once for this form however often it is sent."""
    actor, now, thing = the_actor(), clock.now(), bookable(instrument_id)
    asked = _asked(thing, actor, now)
    wanted = asked.wanted
    if request.form.get("do") != "book" or wanted is None or asked.against:
        return _page(thing, actor, asked, now, asked.against)

    def act() -> idempotency.KeptAnswer:
        made = book_series(actor, asked.user, wanted, now)
        address = url_for("reservations.series_page", series_id=made.id)
        said = b"requested" if made.asks else str(len(made.booked)).encode()
        return idempotency.KeptAnswer(303, address, "", said)

    try:
        answer = idempotency.once(actor.person_id, _key(), _content(), now, lambda: None, act)
    except Refusal as refusal:
        if refusal.status not in (403, 409, 422):
            raise
        db.session.rollback()
        return _page(thing, actor, asked, now, refusal.reasons), refusal.status
    flash(_said(answer.body), "free")
    return redirect(answer.location, 303)


def _said(body: bytes) -> str:
    if body == b"requested":
        return gettext("Asked for, not yet booked. All of it is held until the lab answers.")
    count = int(body)
    return ngettext("%(num)s date is booked.", "%(num)s dates are booked.", count)


def _key() -> str | None:
    key = request.form.get("key", "")[:100]
    return f"{key}.{hashlib.sha256(_content()).hexdigest()[:32]}" if key else None


def _content() -> bytes:
    apart = {"csrf_token", "key"}
    return orjson.dumps(
        [
            request.path,
            sorted((name, text) for name, text in request.form.items(multi=True) if name not in apart),
        ]
    )


def _asked(thing: Bookable, actor: Actor, now: datetime) -> _Asked:
    form, user = request.form, actor
    against: list[Reason] = []
    try:
        user = user_typed(form.get("user", ""), actor, thing, now)
    except Refusal as refusal:
        against += refusal.reasons
    payment = NOTHING_SAID
    try:
        payment = typed_payment(form)
    except Refusal as refusal:
        against += refusal.reasons
    try:
        rule = typed_rule(form, thing.calendar)
    except Refusal as refusal:
        unread = (*against, *refusal.reasons)
        return _Asked(user, None, _with_first(thing, actor, user, payment, unread, now))
    hours = hours_of(rule, rule.first, thing.calendar.zone) or (0, 1)
    booking = wanted_booking(thing, user, instant(hours[0]), instant(hours[1]), payment)
    wanted = SeriesRequest(booking, rule)
    try:
        decisions = typed_decisions(form, dates_of(user, wanted, thing), thing.calendar)
        return _Asked(user, replace(wanted, decisions=decisions), tuple(against))
    except Refusal as refusal:
        found = (*against, *refusal.reasons)
        if all((reason.field or "").startswith("on-") for reason in refusal.reasons):
            return _Asked(user, wanted, found)
        return _Asked(user, None, _with_first(thing, actor, user, payment, found, now))


def _with_first(
    thing: Bookable, actor: Actor, user: Actor, payment: Payment, unread: Sequence[Reason], now: datetime
) -> tuple[Reason, ...]:
    """What cannot be read or is no rule, with what stands against the rest of the form: its first time, where that is
    known, and its words."""
    try:
        span = typed_span(request.form, thing.calendar)
    except Refusal:
        booking = wanted_booking(thing, user, now, now, payment)
        return tuple(together(unread, request_objections(user, booking)))
    try:
        check(actor, user, wanted_booking(thing, user, *span, payment), now)
    except Refusal as refusal:
        if refusal.status in (409, 422):
            return tuple(together(unread, refusal.reasons))
    return tuple(unread)


def _page(thing: Bookable, actor: Actor, asked: _Asked, now: datetime, against: Sequence[Reason]) -> str:
    """The dates and the form, as it was typed; against: what stands against the whole, or was refused."""
    found, reasons = None, list(against)
    if asked.wanted is not None:
        try:
            found = plan(actor, asked.user, asked.wanted, now)
        except Refusal as refusal:
            reasons += [each for each in refusal.reasons if each not in reasons]
    by_field = by_form_field(Refusal(reasons)) if reasons else {}
    arguments = form_arguments(thing, actor, asked.user, now)
    costs = _prices(actor, asked, found)
    typed = {name: request.form.get(name, "") for name in (*FIELDS, *RULE_FIELDS)}
    return render_template(
        "reservations/series_plan.html",
        names=names_of(thing.id),
        zone=thing.calendar.zone.key,
        action=url_for(".create_series", instrument_id=thing.id),
        rule=rule_words(asked.wanted.rule) if found and asked.wanted else "",
        rows=[_row(each, asked.wanted.rule, by_field) for each in found.rows]
        if found and asked.wanted
        else [],
        counts=_counts(found) if found else [],
        prices=costs[0],
        together=costs[1],
        free=len(found.having(FREE)) if found else 0,
        asks=bool(found and any(row.asks for row in found.rows)),
        refused=[
            in_full(reason) for reason in reasons if reason.field == "occurrences" or reason.field is None
        ],
        by_field={name: said for name, said in by_field.items() if name and name != "occurrences"},
        days={field_of(row.day): formats.day(row.day) for row in found.rows} if found else {},
        form=arguments
        | {"typed": arguments["typed"] | typed | {"weekdays": request.form.getlist("weekdays")}},
        weekdays=weekday_choices(),
        overrides=_may_override(thing, actor, asked.user, found),
        ways_in=_ways_in(thing, actor, asked.user, found),
        hidden={"key": uuid4().hex},
    )


def _prices(actor: Actor, asked: _Asked, found: Plan | None) -> tuple[dict[str, str], str]:
    """What each date that can be booked costs, by its field, and all of them together; nothing where any has no price."""
    if found is None or asked.wanted is None or not found.thing.has_card:
        return {}, ""
    asking = asking_of(actor, asked.user, asked.wanted.booking)
    told: dict[str, str] = {}
    sums: list[Money] = []
    for row in found.having(FREE):
        try:
            price = quotation(asking, found.thing, row.span or (0, 0)).total
        except Unpriced:
            return {}, ""
        sums.append(price)
        told[field_of(row.day)] = words.money(price)
    one_currency = len({price.currency for price in sums}) == 1
    return told, words.money(total(sums, sums[0].currency)) if one_currency else ""


def _may_override(thing: Bookable, actor: Actor, user: Actor, found: Plan | None) -> bool:
    """Whether nothing stands in the way but rules that this person may override."""
    reasons = [reason for row in (found.rows if found else ()) for reason in row.reasons]
    return bool(reasons) and offers_override(actor, user, thing, Refusal(reasons))


def _ways_in(thing: Bookable, actor: Actor, user: Actor, found: Plan | None) -> list[dict[str, Any]]:
    """What the actor lacks for some date, if they will use it themselves: nobody asks in the name of another."""
    if found is None or user.person_id != actor.person_id:
        return []
    return WaysIn(actor).of((reason for row in found.rows for reason in row.reasons), thing)


def _counts(found: Plan) -> list[tuple[str, str]]:
    """The sum in words, with its tone."""
    free, conflicts = len(found.having(FREE)), len(found.having(CONFLICT))
    skipped, holidays = len(found.having(SKIPPED_BY_USER)), len(found.having(HOLIDAY))
    count = free + conflicts + skipped
    told = [("free", gettext("%(free)s of %(count)s can be booked", free=free, count=count))]
    if conflicts:
        told.append(("bad", ngettext("%(num)s cannot", "%(num)s cannot", conflicts)))
    if skipped:
        told.append(("", ngettext("%(num)s left out", "%(num)s left out", skipped)))
    if holidays:
        told.append(("", ngettext("%(num)s holiday left out", "%(num)s holidays left out", holidays)))
    return told


def _row(row: Planned, rule: Repetition, by_field: dict[str, list[str]]) -> dict[str, Any]:
    """One date for the table, with what can be chosen for it."""
    name, other = field_of(row.day), other_time(request.form, row.day)
    calendar = bookable((request.view_args or {})["instrument_id"]).calendar
    zone = calendar.zone.key
    offer = row.offer or _offered(row.day)
    span = Timespan.from_seconds(*row.span) if row.span and row.span[0] < row.span[1] else None
    wrong = by_field.get(name, [])
    # What was taken before is held against what the rule says, what is offered now against what cannot be had.
    wanted = row.wish if row.outcome == CONFLICT else hours_about(rule, row.day, calendar.zone)
    return {
        "name": name,
        "day": row.day,
        "iso": row.day.isoformat(),
        "outcome": row.outcome,
        "day_off": (calendar.plan.day_off(row.day) or ("", ""))[1],
        "time": formats.when(span, zone) if span else "",
        "own_time": formats.own_time(span, zone) if span else "",
        "reasons": [*wrong, *each_once(row.reasons)],
        "asks": row.asks,
        "offer": f"{offer[0]}-{offer[1]}" if offer else "",
        "choices": _choices(row, offer, wanted, zone),
        "other": {each: other.get(each, "") for each in WHEN}
        | {"day": other.get("day", row.day.isoformat())},
        "is_open": bool(other or wrong),
    }


def _choices(row: Planned, offer: Pair | None, wanted: Pair | None, zone: str) -> list[tuple[str, str, bool]]:
    """(value, words, whether it is chosen): of a date that cannot be had, it is left out unless one chooses else."""
    chosen = request.form.get(field_of(row.day), "")
    if row.outcome == HOLIDAY:
        return []
    kept = (
        gettext("Book it")
        if row.outcome == FREE and not chosen.startswith(TAKE)
        else gettext("As the rule says")
    )
    found = [(KEEP, kept), (SKIP, gettext("Leave it out"))]
    if offer is not None:
        found.append((f"{TAKE}:{offer[0]}-{offer[1]}", take_words(offer, row.day, zone, wanted)))
    if row.outcome == CONFLICT:
        found = [each for each in found if each[0] != KEEP]
        chosen = SKIP
    known = {value for value, _ in found}
    return [(value, words, value == (chosen if chosen in known else KEEP)) for value, words in found]


def _offered(day: date) -> Pair | None:
    """What was offered for a date before, and can still be chosen or taken back."""
    first, _, last = request.form.get(f"offer-{day.isoformat()}", "").partition("-")
    return (
        (int(first), int(last)) if first.isdecimal() and last.isdecimal() and len(first + last) < 24 else None
    )
