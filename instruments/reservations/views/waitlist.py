"""My waitlist: what I wait for, what is offered to me, and answering it; and who waits in a lab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.naming import with_code
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id, require, the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.choices import purpose_words
from instruments.reservations.judging import wish_of
from instruments.reservations.paying.typed import FIELDS, as_fields, typed_payment
from instruments.reservations.views import wait_form
from instruments.reservations.views.doors import pages
from instruments.reservations.views.price import price_for
from instruments.reservations.waitlist import listing
from instruments.reservations.waitlist.against import Against, against_each
from instruments.reservations.waitlist.answering import accept, decline, withdraw
from instruments.reservations.waitlist.closing import close_offers
from instruments.reservations.waitlist.joining import check, join
from instruments.reservations.waitlist.paying import lost, paid_from, remembered
from instruments.reservations.waitlist.words import left_words, thing_words, wanted_words
from instruments.timespan import Timespan
from instruments.web import clock, formats, paging
from instruments.web.language import in_language
from instruments.web.reasons import in_full
from instruments.web.refusals import flash_reasons, show_or_raise

A_PAGE = 25
MOST_WAITING = 60
OF_FUNDS = tuple(name for name in FIELDS if name != "mode")
ENDED = ("met", "over", "withdrawn")
ANSWERABLE = (403, 404, 409, 412, 422)


@pages.get("/waitlist")
def waitlist() -> ResponseReturnValue:
    """What I wait for, what is offered first; or what I waited for."""
    actor, now = the_actor(), clock.now()
    if request.args.get("view") == "ended":
        return _ended(actor, now)
    rows = listing.page(actor, ("waiting",), None, MOST_WAITING)[:MOST_WAITING]
    payers = paid_from([row.id for row in rows])
    against = against_each(rows, actor, now)
    lines = [
        _line(row, actor, now)
        | {"paid_from": formats.listing([with_code(each) for each in payers.get(row.id, ())])}
        | {"against": against.get(row.id, Against())}
        for row in rows
    ]
    offered = sorted((line for line in lines if line["offer"]), key=lambda line: line["row"].expires_at)
    return render_template(
        "reservations/waitlist.html",
        view="waiting",
        offered=offered,
        lines=[line for line in lines if not line["offer"]],
        first=None,
        following=None,
    )


def _ended(actor: Actor, now: datetime) -> str:
    after = paging.decode(request.args.get("after"), (int, int))
    rows = listing.page(actor, ENDED, after, A_PAGE)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [int(row.asked_at.timestamp()), row.id])
    following = cursor and url_for(".waitlist", view="ended", after=cursor)
    return render_template(
        "reservations/waitlist.html",
        view="ended",
        offered=[],
        lines=[_line(row, actor, now) for row in shown],
        first=url_for(".waitlist", view="ended") if after else None,
        following=following,
    )


def _line(row: Any, actor: Actor, now: datetime) -> dict[str, Any]:
    """One request, with what is offered to it if that can still be taken."""
    zone = row.zone or actor.zone
    line: dict[str, Any] = {
        "row": row,
        "what": thing_words(row),
        "wanted": wanted_words(row, zone),
        "purpose": purpose_words(row.purpose),
        "for_whom": in_language(row.user_en, row.user_zh) if row.user_id != actor.person_id else "",
        "zone": zone,
        "offer": None,
        "against": Against(),
    }
    if row.offer_id is not None and row.expires_at > now:
        line["offer"] = {
            "span": Timespan(row.starts_at, row.ends_at),
            "name": in_language(row.offered_en, row.offered_zh),
            "lab": in_language(row.offered_lab_en, row.offered_lab_zh),
            "until": formats.moment_and_own(row.expires_at, row.offered_zone, actor.zone),
            "left": left_words(row.expires_at, now),
            "price": _price(row, actor, now, {}),
        }
    return line


def _price(row: Any, actor: Actor, now: datetime, given: Mapping[str, str]) -> dict[str, Any]:
    """What the offered time costs, who could pay it, and the words of the button: whether accepting asks the lab first.

    given: the fields of its form, none before anything was chosen.
    """
    thing, user = bookable(row.offered_id), actor
    if row.user_id != actor.person_id:
        user = actor_by_id(row.user_id, now) or actor
    gone: list[str] = []
    if not given:
        said = remembered(row.id)
        gone = [in_full(reason) for reason in lost(user, row.id)]
        given = as_fields(said)
        if gone or not said.parts:
            # Nobody named yet, or whoever was may pay no longer: then the usual fund is chosen.
            given = {name: text for name, text in given.items() if name not in OF_FUNDS}
    shown = price_for(thing, actor, user, given, wish_of(row.starts_at, row.ends_at), now, back="/waitlist")
    return shown | {"said": shown["said"] | {"against": [*gone, *shown["said"].get("against", ())]}}


@pages.get("/waitlist/<int:request_id>/price")
def offered_price(request_id: int) -> ResponseReturnValue:
    """What an offered time costs from the fund and with the programmes that are chosen, in place of what stood there."""
    actor, now = the_actor(), clock.now()
    row = listing.request_row(request_id, actor)
    if row.offer_id is None or row.expires_at <= now:
        return ""
    one = _line(row, actor, now)["offer"] | {"price": _price(row, actor, now, request.args)}
    return render_template("reservations/offer_price.html", one=one, row=row, anew=True)


@pages.get("/waitlist/<int:request_id>")
def wait_request(request_id: int) -> ResponseReturnValue:
    """Where a notice leads: the request in the list, or what came of it."""
    row = listing.request_row(request_id, the_actor())
    if row.state == "met":
        return redirect(url_for(".reservation", reservation_id=row.reservation_id), 303)
    view = None if row.state == "waiting" else "ended"
    return redirect(url_for(".waitlist", view=view, _anchor=f"wait-{row.id}"), 303)


@pages.get("/waitlist/new")
def wait_form_page() -> ResponseReturnValue:
    """The form that joins the waitlist, filled in by whoever led here."""
    return wait_form.page(request.args, the_actor(), clock.now())


@pages.post("/waitlist")
def join_waitlist() -> ResponseReturnValue:
    """Join the waitlist, from the form or by one click."""
    actor, now = the_actor(), clock.now()
    try:
        user, wish = wait_form.read(request.form, actor, now)
        check(actor, user, wish, now)
        number = perform(lambda: join(actor, user, wish, now))
    except Refusal as refusal:
        show_or_raise(refusal, 403, 422)
        if [reason.code for reason in refusal.reasons] == ["already_waiting"]:
            flash(in_full(refusal.reasons[0]), "warn")
            return redirect(url_for(".waitlist"), 303)
        return wait_form.page(request.form, actor, now, refusal), refusal.status
    row = listing.request_row(number, actor)
    words = wanted_words(row, row.zone or actor.zone)
    said = gettext("You are on the waitlist: %(what)s, %(time)s.", what=thing_words(row), time=words)
    against = against_each([row], actor, now).get(number, Against())
    if against.keeps_out:
        more = gettext("Ask for what you lack first: before you have it, nothing can be offered to you.")
        flash(f"{said} {more}", "warn")
    elif against.words:
        flash(f"{said} {against.words}", "warn")
    else:
        more = gettext("As soon as it becomes free you are told, here and by mail.")
        flash(f"{said} {more}", "free")
    return redirect(url_for(".waitlist", _anchor=f"wait-{number}"), 303)


@pages.post("/waitlist/<int:request_id>/<any(accept, decline, withdraw):deed>")
def answer_offer(request_id: int, deed: str) -> ResponseReturnValue:
    """Accept what is offered, which books it; decline it and wait on; or give the request up."""
    actor, now = the_actor(), clock.now()
    version = request.form.get("version", 0, type=int)
    row = listing.request_row(request_id, actor)
    try:
        if deed == "accept":
            payment = typed_payment(request.form) if "fund_id" in request.form else None
            made = perform(lambda: accept(actor, request_id, version, now, payment))
            flash(_booked(made), "free")
            return redirect(url_for(".reservation", reservation_id=made.id), 303)
        act = decline if deed == "decline" else withdraw
        perform(lambda: act(actor, request_id, version, now))
    except Refusal as refusal:
        show_or_raise(refusal, *ANSWERABLE)
        return _not_done(row, refusal, now)
    said = {
        "decline": gettext("Declined. You stay on the waitlist."),
        "withdraw": gettext("You no longer wait for this."),
    }
    flash(said[deed], "free")
    return redirect(url_for(".waitlist"), 303)


def _booked(made: Any) -> str:
    time = formats.when(Timespan(made.starts_at, made.ends_at), made.zone)
    if made.state == "requested":
        return gettext("Asked for, not yet booked: %(time)s. It is held until the lab answers.", time=time)
    return gettext("Booked: %(time)s.", time=time)


def _not_done(row: Any, refusal: Refusal, now: datetime) -> ResponseReturnValue:
    """Back to the list, with the reason; where somebody was faster, kindly and with the offer taken away."""
    if "taken" in {reason.code for reason in refusal.reasons} and row.offer_id is not None:
        perform(lambda: close_offers([row.offer_id], "lapsed", now))
        words = gettext("Somebody else was faster with this time.")
        more = gettext("You stay on the waitlist, and are asked again when time becomes free.")
        flash(f"{words} {more}", "warn")
    else:
        flash_reasons(refusal, "warn")
    return redirect(url_for(".waitlist"), 303)


@pages.get("/labs/<int:lab_id>/waitlist")
def lab_waitlist(lab_id: int) -> ResponseReturnValue:
    """Who waits for the instruments of a lab, and how many wait for any of their kind."""
    lab = the_owner("labs", lab_id)
    if not isinstance(lab, Lab):
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    require(Action.RESERVATION_SEE, scope_of(lab))
    now = clock.now()
    by_thing: dict[int, list[Any]] = {}
    for row in listing.waiting_in(lab_id, now):
        by_thing.setdefault(row.instrument_id, []).append(row)
    return render_template(
        "reservations/lab_waitlist.html",
        lab=lab,
        things=[_waiting_for(rows, now) for rows in by_thing.values()],
        kinds=[
            (in_language(each.name_en, each.name_zh), each.waiting)
            for each in listing.waiting_for_classes_of(lab_id, now)
        ],
    )


def _waiting_for(rows: list[Any], now: datetime) -> dict[str, Any]:
    """One instrument and who waits for it, in their order."""
    first = rows[0]
    people = [
        {
            "who": in_language(row.user_en, row.user_zh),
            "wanted": wanted_words(row, first.zone),
            "purpose": purpose_words(row.purpose),
            "offered": row.offer_id is not None and row.expires_at > now,
            "until": formats.moment(row.expires_at, first.zone) if row.offer_id is not None else "",
            "asked_at": row.asked_at,
        }
        for row in rows
    ]
    name = in_language(first.instrument_en, first.instrument_zh)
    return {"id": first.instrument_id, "name": name, "zone": first.zone, "people": people}
