"""What a reservation was quoted and who pays for it, and the form that says who does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds.whose import note_looks
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id, the_actor
from instruments.rates.finding import terms_of
from instruments.rates.pricing import Unpriced
from instruments.reservations import listing
from instruments.reservations.bookable import bookable
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import (
    allowed,
    looks_at_others,
    require_change,
    require_price,
    reservation_row,
)
from instruments.reservations.models import OPEN_STATES
from instruments.reservations.naming_payers import name_payers
from instruments.reservations.paying import words
from instruments.reservations.paying.recalling import Price, payment_of, prices_of
from instruments.reservations.paying.typed import as_fields, payment_fields, typed_payment
from instruments.reservations.views.doors import by_form_field, kept_fields, pages
from instruments.reservations.views.price import payers_for
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import sentence
from instruments.web.refusals import show_or_raise

# What does not take place: its quote is what it would have cost.
VOID = ("cancelled", "declined", "expired")


def price_of(row: Any, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """What a reservation (a row of listing.whole) was quoted, for whom it concerns; None where it has no price.

    Whoever is only there as the second person reads no price, nor does the platform.
    """
    if not allowed(actor, Action.RESERVATION_PRICE, row):
        return None
    found = prices_of([row.id]).get(row.id)
    return None if found is None else _shown(row, found, actor, now)


def note_price_looks(actor: Actor, rows: Collection[Any]) -> None:
    """Note that somebody looked at what these reservations cost, and who pays for them: those of others, in one deed."""
    if seen := looks_at_others(actor, rows):
        perform(lambda: note_looks(actor, seen, clock.now(), "price"))


def _shown(row: Any, found: Price, actor: Actor, now: datetime) -> dict[str, Any]:
    coming = row.state in OPEN_STATES and row.starts_at > now
    return {
        "lines": words.shown_lines(found.lines),
        "currency": found.total.currency,
        "total": words.money(found.total),
        "ceiling": words.money(found.ceiling) if found.ceiling is not None else "",
        "class": words.class_words(found.customer_class),
        "why": words.joined([sentence(reason) for reason in found.why]),
        "mode": words.mode_words(found.mode),
        "borne": [
            {"name": in_language(each.name_en, each.name_zh), "amount": words.money(-each.amount),
             "later": words.money(each.amount) if each.afterwards else "", "why": ""}
            for each in found.borne
        ],
        "to_pay": words.money(found.to_pay),
        "paid_from": [
            {"name": in_language(each.name_en, each.name_zh), "percent": each.percent, "share": words.money(each.share)}
            for each in found.paid_from
        ],
        "void": row.state in VOID,
        "cancelling": _cancelling(row, found, now) if coming else "",
        "can_name": coming and allowed(actor, Action.RESERVATION_CHANGE, row),
        "address": url_for("reservations.payers_form", reservation_id=row.id),
    }  # fmt: skip


def _cancelling(row: Any, found: Price, now: datetime) -> str:
    try:
        fees = terms_of(found.version_id, found.customer_class, found.mode).fees
    except Unpriced:
        return ""
    start, moment = int(row.starts_at.timestamp()), int(now.timestamp())
    cutoff = bookable(row.instrument_id).rules_at(start).cutoff
    # Within the cut-off it matters what holds now, else what was said when it was booked.
    asked_at = moment if cutoff and moment > start - cutoff else int(found.priced_at.timestamp())
    return words.cancelling(fees, start, asked_at, row.zone, cutoff)


@pages.get("/reservations/<int:reservation_id>/payers")
def payers_form(reservation_id: int) -> ResponseReturnValue:
    """The form that says who pays."""
    actor, now = the_actor(), clock.now()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    require_price(actor, row)
    if row.state not in OPEN_STATES or row.starts_at <= now:
        flash(gettext("It has begun or no longer stands, so who pays stays as it is."), "warn")
        return redirect(url_for(".reservation", reservation_id=reservation_id), 303)
    typed = request.args if "fund_id" in request.args else as_fields(payment_of(reservation_id))
    return _page(row, actor, typed, now)


@pages.get("/reservations/<int:reservation_id>/payers/price")
def payers_price(reservation_id: int) -> ResponseReturnValue:
    """What it would cost those who are chosen, in place of what stood there."""
    actor, now = the_actor(), clock.now()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    require_price(actor, row)
    return render_template("reservations/payers_price.html", price=_price(row, actor, request.args, now))


@pages.post("/reservations/<int:reservation_id>/payers/price")
def show_payers_price(reservation_id: int) -> ResponseReturnValue:
    """Without scripts: back to the form, as it was filled, with what it would cost."""
    require_change(the_actor(), _seen(reservation_id, the_actor()))
    typed = dict(kept_fields(request.form, payment_fields(request.form)))
    return redirect(url_for(".payers_form", reservation_id=reservation_id, **typed), 303)


@pages.post("/reservations/<int:reservation_id>/payers")
def say_payers(reservation_id: int) -> ResponseReturnValue:
    """Have others pay, if they can and nobody changed the reservation meanwhile."""
    actor, now = the_actor(), clock.now()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    require_price(actor, row)
    user, version = actor_by_id(row.user_id, now) or actor, request.form.get("version", 0, type=int)
    try:
        wanted = typed_payment(request.form)
        name_payers(actor, user, reservation_id, wanted, version, now, dry=True)
        perform(lambda: name_payers(actor, user, reservation_id, wanted, version, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(listing.one_whole(reservation_id), actor, request.form, now, refusal), refusal.status
    flash(gettext("Changed."), "free")
    return redirect(url_for(".reservation", reservation_id=reservation_id), 303)


def _seen(reservation_id: int, actor: Actor) -> Any:
    reservation_row(reservation_id, actor)
    return listing.one_whole(reservation_id)


def _price(row: Any, actor: Actor, typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    user, wish = actor_by_id(row.user_id, now) or actor, wish_of(row.starts_at, row.ends_at)
    return payers_for(bookable(row.instrument_id), (actor, user), row.id, typed, wish, now)


def _page(
    row: Any, actor: Actor, typed: Mapping[str, str], now: datetime, refusal: Refusal | None = None
) -> str:
    reasons = by_form_field(refusal) if refusal else {}
    return render_template(
        "reservations/payers.html",
        row=row,
        span=Timespan(row.starts_at, row.ends_at),
        price=_price(row, actor, typed, now),
        quoted=price_of(row, actor, now),
        reasons=reasons,
        elsewhere=reasons.get("", []),
    )
