"""The price beside a booking form: its lines and reasons, the funds that can pay, and the same anew as the form changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import Reason, Refusal
from instruments.funds.choosing import Choice
from instruments.funds.naming import with_code
from instruments.funds.objecting import without_sums
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id, the_actor
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.form import typed_span
from instruments.reservations.judging import time_against, wish_of
from instruments.reservations.limits import WHEN_BOOKED
from instruments.reservations.lookup import allowed, require_change, reservation_row
from instruments.reservations.moving import Change, asking_of_change, is_by_lab
from instruments.reservations.paying import words
from instruments.reservations.paying.binding import quotation_of_move
from instruments.reservations.paying.offering import Offered, offered
from instruments.reservations.paying.programme_words import against_programmes, borne_lines, programme_choices
from instruments.reservations.paying.quotation import Quotation
from instruments.reservations.paying.recalling import payment_of, prices_of
from instruments.reservations.paying.typed import (
    ADD_ON,
    FIELDS,
    payment_fields,
    programmes_typed,
    read_payment,
    unread_shares,
)
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.quota_lines import group_typed, lines_for_form
from instruments.reservations.scene import Wish, in_sight
from instruments.reservations.users import user_typed
from instruments.reservations.views.doors import kept_fields, pages
from instruments.reservations.who_asks import Asking
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.reasons import in_full, sentence

WHAT = ("day", "from", "until_day", "until", "user", "unit", "purpose", "title", "public_title", "hazardous",
        "second_person")  # fmt: skip


@pages.get("/instruments/<int:instrument_id>/price")
def price(instrument_id: int) -> ResponseReturnValue:
    """The price of what is typed, in place of the one before."""
    actor, now, thing = the_actor(), clock.now(), bookable(instrument_id)
    shown = form_price(thing, actor, request.args, now, preset=_preset(request.args))
    return render_template("reservations/price.html", price=shown)


@pages.post("/instruments/<int:instrument_id>/price")
def show_price(instrument_id: int) -> ResponseReturnValue:
    """Without scripts: back to the instrument's page, with all that was typed and its price."""
    the_actor()
    thing = bookable(instrument_id)
    return redirect(_as_typed(thing, request.form), 303)


@pages.get("/reservations/<int:reservation_id>/move/price")
def move_price(reservation_id: int) -> ResponseReturnValue:
    """What a reservation would cost at the time that is typed into its move form, in place of what stood there."""
    actor, now = the_actor(), clock.now()
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    return render_template("reservations/move_price.html", price=moved_price(row, actor, request.args, now))


def moved_price(row: Any, actor: Actor, given: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
    """The price of a reservation beside that of the time typed; None where neither has one, or the actor may not know it."""
    if not allowed(actor, Action.RESERVATION_PRICE, row):
        return None
    thing = bookable(row.instrument_id)
    before = prices_of([row.id]).get(row.id)
    if not thing.has_card and before is None:
        return None
    told: dict[str, Any] = {
        "address": f"/reservations/{row.id}/move/price",
        "before": words.money(before.total) if before else gettext("No price was set when it was booked"),
        "stays": "", "after": "", "lines": [], "currency": "", "missing": False, "against": [],
    }  # fmt: skip
    standing = wish_of(row.starts_at, row.ends_at)
    try:
        wish = wish_of(*typed_span(given, thing.calendar, Timespan(row.starts_at, row.ends_at)))
    except Refusal:
        return told
    if wish == standing or wish.start >= wish.end or not in_sight(wish, int(now.timestamp())):
        return told
    user, by_lab = actor_by_id(row.user_id, now) or actor, is_by_lab(actor, row)
    asking = asking_of_change(actor, user, row, Change())
    found = time_against(asking, thing, wish, now, keeps_start=row.starts_at <= now)
    told["against"] = [in_full(reason) for reason in found]
    then = quotation_of_move(asking, thing, row.id, (standing, wish), now, by_lab=by_lab)
    if then is not None:
        told |= {
            "after": words.money(then.total), "currency": then.total.currency,
            "lines": words.shown_lines(then.shared.lines),
        }  # fmt: skip
    elif by_lab and before is not None:
        told["stays"] = words.money(before.total)
    else:
        told["missing"] = True
    return told


def form_price(
    thing: Bookable, actor: Actor, given: Mapping[str, str], now: datetime, *, preset: str | None = None
) -> dict[str, Any]:
    """The price of what a form says, for whom it says, and what is left of their quotas then; the sentences that say why
    not where it says nothing yet."""
    try:
        user = user_typed(given.get("user", ""), actor, thing, now)
    except Refusal as refusal:
        missing = [in_full(reason) for reason in refusal.reasons]
        return _nothing(thing) | {"missing": missing, "quotas": [] if thing.quotas else None}
    try:
        wish: Wish | None = wish_of(*typed_span(given, thing.calendar))
    except Refusal:
        wish = None
    shown = price_for(thing, actor, user, given, wish, now, preset=preset)
    return shown | {"quotas": lines_for_form(thing, actor, user, given, now)}


def price_for(
    thing: Bookable,
    actor: Actor,
    user: Actor,
    given: Mapping[str, str],
    wish: Wish | None,
    now: datetime,
    back: str = "",
    preset: str | None = None,
) -> dict[str, Any]:
    """Arguments for parts/price.html: the price of a wish, what to choose among, and the words of the button; `payment`: as
    it was priced. back: where to come back to from asking for another fund; usually to this form, as it was typed.
    preset: the fund that the form chose and nobody changed, which gives way where it pays nothing of this kind."""
    sane = wish if wish and wish.start < wish.end else None
    asks = before_the_click(thing, user)[1] or (sane is not None and has_to_ask_for(thing, user, sane))
    whose = Asking(actor, user, group_typed(given, actor, user))
    against = [in_full(reason) for reason in time_against(whose, thing, sane, now)] if sane else []
    if not thing.has_card:
        return _nothing(thing) | {"words": _button(None, asks=asks), "asks": asks, "against": against}
    payment, choose = read_payment(given), "fund_id" not in given or preset is not None
    asking = Asking(actor, user, payment=payment if preset is None else replace(payment, parts=()))
    found = offered(asking, thing, sane, now, choose=choose, rather=preset or "")
    own = user.person_id == actor.person_id
    total = words.money(found.found.to_pay) if found.found else None
    return {
        "address": f"/instruments/{thing.id}/price",
        "has_card": True,
        **payer_fields(
            found, thing, user, given, own=own, back=back or _as_typed(thing, given), chosen=choose
        ),
        "how": _how(found),
        "quote": quote_shown(found.found, sane, thing, now) if found.found and sane else None,
        "against": against,
        "wrong": found.wish is not None and bool(found.against),
        "missing": [sentence(reason) for reason in found.missing],
        "words": _button(total, asks=asks),
        "asks": asks,
        "bar": total or "",
        "payment": found.payment,
        "quotas": None,
        "formal": f"/instruments/{thing.id}/formal-quotes"
        if own and actor.institution_id != thing.institution_id
        else None,
    }


def payers_for(
    thing: Bookable,
    people: tuple[Actor, Actor],
    reservation_id: int,
    given: Mapping[str, str],
    wish: Wish,
    now: datetime,
) -> dict[str, Any]:
    """Arguments for the fields that say who pays a reservation that stands; people: who says it, and who uses it."""
    actor, user = people
    payment = replace(
        payment_of(reservation_id), parts=read_payment(given).parts, programmes=programmes_typed(given)
    )
    asking = Asking(actor, user, apart_from=reservation_id, payment=payment)
    found = offered(asking, thing, wish, now, choose=False)
    own, address = user.person_id == actor.person_id, f"/reservations/{reservation_id}/payers"
    bound = prices_of([reservation_id]).get(reservation_id)
    since = bound.priced_at if bound else now
    return payer_fields(found, thing, user, given, own=own, back=address) | {
        "address": f"{address}/price",
        "has_card": thing.has_card or bound is not None,
        # That the prices are fixed the page says itself.
        "quote": quote_shown(found.found, wish, thing, since) | {"binding": ""} if found.found else None,
        "missing": [sentence(reason) for reason in found.missing],
        "bar": words.money(found.found.to_pay) if found.found else "",
    }


def payer_fields(
    found: Offered,
    thing: Bookable,
    user: Actor,
    given: Mapping[str, str],
    *,
    own: bool,
    back: str,
    chosen: bool = False,
) -> dict[str, Any]:
    """The fields that say who pays, and what there is to say of them. own: whether the reader may read what is left, and ask
    for another fund; back: where they come back to then; chosen: whether the form chose the fund."""
    preset = _first(found.payment) if chosen else _key_parts(given)[1]
    return {
        "typed": _typed(given, found.payment, chosen=chosen),
        "payer": _payer(found, thing, user, preset, own=own),
        "programmes": programme_choices(found.programmes, found.payment.programmes, own=own),
        "said": _said(found, unread_shares(given), own=own)
        | {"ask": f"/funds/ask?{urlencode({'back': back})}" if own else None},
    }


def _as_typed(thing: Bookable, given: Mapping[str, str]) -> str:
    """The form on the instrument's page, filled as it is."""
    typed = dict(kept_fields(given, (*WHAT, *payment_fields(given))))
    return f"/instruments/{thing.id}{'?' if typed else ''}{urlencode(typed)}#booking"


def _nothing(thing: Bookable) -> dict[str, Any]:
    return {
        "address": f"/instruments/{thing.id}/price", "has_card": thing.has_card,
        "typed": {}, "payer": None, "programmes": None, "how": None, "said": {}, "quote": None, "missing": [],
        "words": _button(None, asks=False), "asks": False, "bar": "",
        "payment": NOTHING_SAID, "quotas": None,
    }  # fmt: skip


def _button(total: str | None, *, asks: bool) -> str:
    """The deed and the sum."""
    if asks:
        return gettext("Ask the lab (%(price)s)", price=total) if total else gettext("Ask the lab")
    return gettext("Book for %(price)s", price=total) if total else gettext("Book")


def _first(payment: Payment) -> str:
    return str(payment.parts[0].fund_id) if payment.parts else ""


def _key_parts(given: Mapping[str, str]) -> tuple[str, str]:
    """Of the fields that say who pays, as they were drawn: for whom, and which fund was chosen for them ("": none)."""
    whose, _, rest = given.get("payer_key", "").partition(":")
    return whose, rest.partition(":")[0]


def _preset(given: Mapping[str, str]) -> str | None:
    """The fund that the form chose ("": none) while nobody chose another, or shared what is to be paid; else None."""
    whose, preset = _key_parts(given)
    untouched = given.get("fund_id") == preset and not given.get("second_fund")
    return preset if whose and untouched else None


def _typed(given: Mapping[str, str], payment: Payment, *, chosen: bool) -> dict[str, Any]:
    """What the fields hold: as typed, or the fund that the form chose."""
    typed: dict[str, Any] = {name: given.get(name, "")[:40] for name in FIELDS}
    if chosen:
        typed["fund_id"] = _first(payment)
    typed["add_ons"] = {
        name.removeprefix(ADD_ON): given[name][:20]
        for name in payment_fields(given)
        if name.startswith(ADD_ON)
    }
    return typed


def _payer(found: Offered, thing: Bookable, user: Actor, preset: str, *, own: bool) -> dict[str, Any]:
    """The funds to choose from. key: whose they are, which is chosen for them and which cannot pay, so that the fields are
    drawn anew where any of it becomes another."""
    able = [(choice.fund.id, _option(choice, own=own)) for choice in found.choices if not choice.why_not]
    unable = [(choice.fund.id, with_code(choice.fund)) for choice in found.choices if choice.why_not]
    moment = found.wish.start if found.wish else 0
    needed = thing.rules_at(moment).payer_named == WHEN_BOOKED
    return {
        "key": f"{user.person_id}:{preset}:{','.join(str(fund_id) for fund_id, _ in unable)}",
        "options": [*able, *([(gettext("Cannot pay this"), unable)] if unable else [])],
        "count": len(found.choices),
        "empty": gettext("Choose…") if needed else gettext("Nobody yet: said after the use"),
        "needed": needed,
        "own": own,
    }


def _option(choice: Choice, *, own: bool) -> str:
    name = with_code(choice.fund)
    if choice.left is None or not own:
        return name
    return gettext("%(name)s, %(left)s left", name=name, left=words.money(choice.left))


def _said(found: Offered, unread: Sequence[Reason], *, own: bool) -> dict[str, Any]:
    """Below the choice: what is left of the chosen fund, why it cannot pay or its share cannot be read, and why others
    cannot."""
    chosen = [part.fund_id for part in found.payment.parts]
    names = {choice.fund.id: with_code(choice.fund) for choice in found.choices}
    left = []
    for fund_id in chosen:
        rest = found.left_after(fund_id)
        if not own or rest is None or found.found is None or rest.amount < 0:
            continue
        amount = words.money(rest)
        if len(chosen) == 1:
            left.append(gettext("%(amount)s left after this booking", amount=amount))
        else:
            said = gettext("%(name)s: %(amount)s left after this booking", name=names[fund_id], amount=amount)
            left.append(said)
    others = [choice for choice in found.choices if choice.why_not and choice.fund.id not in chosen]
    return {
        "left": left,
        "against": list(dict.fromkeys(in_full(reason) for reason in (*unread, *found.against))),
        "bears": against_programmes(found.found),
        "unable": len(others),
        "others": [said for choice in others for said in _why_not(choice, own=own)],
    }


def _why_not(choice: Choice, *, own: bool) -> list[str]:
    """To whoever books for somebody else without the sums: they are not theirs to read."""
    said = [in_full(reason if own else without_sums(reason)) for reason in choice.why_not]
    return list(dict.fromkeys(said))


def _how(found: Offered) -> dict[str, Any]:
    """How it is used, where the card has prices for more than one way, and the add-ons of the card."""
    terms = found.terms
    modes = [(mode, words.mode_words(mode)) for mode in terms.modes] if len(terms.modes) > 1 else []
    add_ons = [
        {"code": rate.code, "name": formats.own_words(rate.name or rate.code), "price": words.add_on_price(rate)}
        for rate in terms.add_ons
    ]  # fmt: skip
    return {
        "key": f"{terms.version_id}:{terms.customer.key}:{terms.mode}",
        "mode": terms.mode,
        "modes": modes,
        "add_ons": add_ons,
    }


def quote_shown(found: Quotation, wish: Wish, thing: Bookable, now: datetime) -> dict[str, Any]:
    """The lines and what they come to; the class with its reason; who pays what, where several do."""
    terms = found.quote.terms
    shares = [share for share in found.shares if share.fund_id is not None]
    zone = thing.calendar.zone.key
    return {
        "lines": words.shown_lines(found.shared.lines),
        "currency": found.total.currency,
        "class": words.class_words(found.customer.key),
        "why": sentence(found.customer.why),
        "total": words.money(found.total),
        "borne": borne_lines(found),
        "to_pay": words.money(found.to_pay),
        "left": found.to_pay,
        "shares": [
            {"fund_id": share.fund_id, "percent": share.percent, "amount": words.money(share.amount)}
            for share in shares
        ] if len(shares) > 1 else [],
        "binding": words.binding(terms.card.basis),
        "cancelling": words.cancelling(
            terms.fees, wish.start, int(now.timestamp()), zone, thing.rules_at(wish.start).cutoff
        ),
    }  # fmt: skip
