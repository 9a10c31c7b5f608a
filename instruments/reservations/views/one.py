"""One reservation: look at it with its history, move it, cancel it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.faults import told_of
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import actor_by_id, the_actor
from instruments.reservations import listing
from instruments.reservations.alternatives import Moving
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.asking import may_decide
from instruments.reservations.bookable import bookable
from instruments.reservations.cancelling import cancel
from instruments.reservations.choices import purpose_words, purposes, safety
from instruments.reservations.conduct.recording import may_see
from instruments.reservations.conduct.repeats import standing_of
from instruments.reservations.conduct.words import kind_name
from instruments.reservations.cutoff import changeable_until, cutoff_reasons, is_too_late
from instruments.reservations.displaced import displaced
from instruments.reservations.form import prefilled, typed_span
from instruments.reservations.history import history_of
from instruments.reservations.judging import wish_of
from instruments.reservations.limit_words import overridden_words, seen_words
from instruments.reservations.limits import DAY_MINUTES
from instruments.reservations.lookup import allowed, merged_companies, require_change, reservation_row
from instruments.reservations.models import OPEN_STATES
from instruments.reservations.moving import Change, change, needs_reason, require_open
from instruments.reservations.overriding import override_of
from instruments.reservations.panels import panels_of
from instruments.reservations.scene import Wish
from instruments.reservations.series.finding import series_of
from instruments.reservations.users import second_named
from instruments.reservations.views.doors import by_form_field, offers, pages, shown_reasons
from instruments.reservations.views.overrides import offers_override, typed_override
from instruments.reservations.views.payers import note_price_looks, price_of
from instruments.reservations.views.price import moved_price
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field, in_full
from instruments.web.refusals import show_or_raise

WHEN = ("day", "from", "until_day", "until")
KEPT = ("purpose", "title", "public_title", "reason", "hazardous", "second_person")


@pages.get("/reservations/<int:reservation_id>")
def reservation(reservation_id: int) -> ResponseReturnValue:
    """What is booked, by whom and for what, and what happened to it."""
    actor = the_actor()
    row = _seen(reservation_id, actor)
    request_open = row.state == "requested" and row.due_at is not None and row.decision is None
    price = price_of(row, actor, clock.now())
    until = _changeable_until(row, actor)
    page = render_template(
        "reservations/reservation.html",
        request_open=request_open,
        panels=panels_of(row, actor, clock.now()),
        asked=Timespan(row.asked_starts_at, row.asked_ends_at) if request_open else None,
        is_asker=actor.person_id in (row.user_id, row.booker_id),
        decides=may_decide(actor, row, managers_only=False),
        records=_may_record(row, actor),
        recorded=[
            (each, kind_name(each)) for each in standing_of(row.id) if may_see(actor, each, clock.now())
        ],
        row=row,
        span=Timespan(row.starts_at, row.ends_at),
        purpose=purpose_words(row.purpose),
        unit=listing.unit_of(row),
        merged=bool(merged_companies(actor, [row])),
        can_change=_can_change(row, actor),
        until=until,
        too_late=is_too_late(actor, row, clock.now()),
        seen=_seen_by(row),
        series=series_of([row.id], actor).get(row.id),
        override=_override(reservation_id),
        history=history_of(reservation_id, row.zone),
        displaced=displaced(reservation_id, actor, clock.now()),
        price=price,
        faults=told_of(row.instrument_id) if row.state in OPEN_STATES and row.ends_at > clock.now() else [],
    )
    if price is not None:
        note_price_looks(actor, [row])
    return page


@pages.get("/reservations/<int:reservation_id>/move")
def move_form(reservation_id: int) -> ResponseReturnValue:
    """The form that moves it; dragging in the calendar fills it in."""
    actor = the_actor()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    if (elsewhere := _gone(row)) is not None:
        return elsewhere
    typed = prefilled(Timespan(row.starts_at, row.ends_at), row.zone)
    if request.args.get("day"):
        typed = {name: request.args.get(name, "") for name in WHEN}
    return _move_page(row, typed, actor)


@pages.post("/reservations/<int:reservation_id>/move")
def move(reservation_id: int) -> ResponseReturnValue:
    """Move it, if nothing stands against the new time and nobody changed it meanwhile."""
    actor, now = the_actor(), clock.now()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    user = actor_by_id(row.user_id, now) or actor
    version, wish = request.form.get("version", type=int), Wish(0, 0)
    try:
        stands = Timespan(row.starts_at, row.ends_at)
        start, end = typed_span(request.form, bookable(row.instrument_id).calendar, stands)
        wish = wish_of(start, end)
        wanted = Change(
            start,
            end,
            _given("purpose"),
            _title(),
            _shows_name(),
            request.form.get("reason", "").strip(),
            typed_override(request.form),
            bool(request.form.get("hazardous")) if "title" in request.form else None,
            second_named(request.form.get("second_person"), now),
        )
        change(actor, user, reservation_id, wanted, version or 0, now, dry=True)
        perform(lambda: change(actor, user, reservation_id, wanted, version or 0, now))
    except Refusal as refusal:
        show_or_raise(refusal, 409, 412, 422)
        row = listing.one_whole(reservation_id)
        page = _gone(row) or _move_page(row, request.form, actor, _Attempt(refusal, wish, user, now))
        return page if isinstance(page, Response) else (page, refusal.status)
    flash(_changed(reservation_id), "free")
    return redirect(url_for(".reservation", reservation_id=reservation_id), 303)


@pages.get("/reservations/<int:reservation_id>/cancel")
def cancel_form(reservation_id: int) -> ResponseReturnValue:
    """The form that cancels it."""
    actor = the_actor()
    row = _seen(reservation_id, actor)
    require_change(actor, row)
    return _gone(row) or _too_late(row, actor) or _cancel_page(row)


@pages.post("/reservations/<int:reservation_id>/cancel")
def cancel_one(reservation_id: int) -> ResponseReturnValue:
    """Cancel it, with a reason."""
    actor, now = the_actor(), clock.now()
    row = _seen(reservation_id, actor)
    reason, version = request.form.get("reason", ""), request.form.get("version", type=int)
    try:
        perform(lambda: cancel(actor, reservation_id, reason, version or 0, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        row = listing.one_whole(reservation_id)
        page = _gone(row) or _cancel_page(row, reason, refusal)
        return page if isinstance(page, Response) else (page, refusal.status)
    flash(gettext("Cancelled. The time is free for others again."), "free")
    return redirect(url_for(".mine", view="coming") if actor.person_id in (row.user_id, row.booker_id)
                    else url_for(".reservation", reservation_id=reservation_id), 303)  # fmt: skip


def _gone(row: Any) -> Response | None:
    """Back to a reservation of which nothing is left to change, with the sentence that says so; None while there is."""
    try:
        require_open(row, clock.now())
    except Refusal as refusal:
        flash(in_full(refusal.reasons[0]), "warn")
        return Response("", 303, {"Location": url_for(".reservation", reservation_id=row.id)})
    return None


def _too_late(row: Any, actor: Actor) -> Response | None:
    """Back to a reservation that only the lab can still cancel, with the sentence that says so; None before that."""
    for reason in cutoff_reasons(actor, row, clock.now(), "cancelled"):
        flash(in_full(reason), "warn")
        return Response("", 303, {"Location": url_for(".reservation", reservation_id=row.id)})
    return None


def _changed(reservation_id: int) -> str:
    if listing.one_whole(reservation_id).state == "requested":
        return gettext("Changed. The lab is asked; until it answers the time is held for you.")
    return gettext("Changed.")


def _seen(reservation_id: int, actor: Actor) -> Any:
    reservation_row(reservation_id, actor)
    return listing.one_whole(reservation_id)


def _may_record(row: Any, actor: Actor) -> bool:
    """Whether this reader may record that its user did not keep to the rules: once it began, for their own lab."""
    scope = Scope(row.owner_id, row.lab_id, person_ids=frozenset({row.user_id}))
    return row.starts_at <= clock.now() and may(actor, Action.VIOLATION_RECORD, scope)


def _can_change(row: Any, actor: Actor) -> bool:
    stands = row.state in OPEN_STATES and row.ends_at > clock.now()
    return stands and allowed(actor, Action.RESERVATION_CHANGE, row)


def _override(reservation_id: int) -> dict[str, str] | None:
    """Who let it be against which rules, and why, where somebody did."""
    row = override_of(reservation_id)
    if row is None:
        return None
    return {
        "who": in_language(row.name_en, row.name_zh),
        "rules": formats.listing(overridden_words(row.rules.split())),
        "reason": row.reason,
    }


def _seen_by(row: Any) -> str:
    """Who sees whose it is by the rules; nothing where only the lab does."""
    seen = bookable(row.instrument_id).rules_at(int(row.starts_at.timestamp())).names_seen
    return "" if seen == "nobody" else seen_words(seen)


def _changeable_until(row: Any, actor: Actor) -> datetime | None:
    """Until when this reader may move or cancel it, where a cut-off says so."""
    return changeable_until(actor, row) if _can_change(row, actor) else None


def _given(name: str) -> str | None:
    return request.form.get(name) or None


def _title() -> str | None:
    return " ".join(request.form["title"].split()) if "title" in request.form else None


def _shows_name() -> bool | None:
    return bool(request.form.get("public_title")) if "title" in request.form else None


class _Attempt(NamedTuple):
    """A move that was refused."""

    refusal: Refusal
    wish: Wish
    user: Actor
    now: datetime

    @property
    def asked(self) -> Timespan | None:
        """The time that was asked for, if it is one."""
        return Timespan.from_seconds(*self.wish) if self.wish.start < self.wish.end else None


def _move_page(row: Any, typed: Any, actor: Actor, attempt: _Attempt | None = None) -> str:
    thing = bookable(row.instrument_id)
    wrong = by_form_field(attempt.refusal) if attempt else {}
    kept = {name: typed[name] for name in KEPT if typed.get(name)}
    told = {name: value for name, value in kept.items() if name not in wrong} | {"version": row.version}
    started = row.starts_at <= clock.now()
    times = {name: typed.get(name, "") for name in WHEN}
    if started:  # its beginning cannot be changed, so a wrong one is not shown again
        own = prefilled(Timespan(row.starts_at, row.ends_at), row.zone)
        times |= {name: own[name] for name in ("day", "from")}
    zone = thing.calendar.zone.key
    user = attempt.user if attempt else actor_by_id(row.user_id, clock.now())
    return render_template(
        "reservations/move.html",
        approval=before_the_click(thing, user)[0] if user else "",
        row=row,
        span=Timespan(row.starts_at, row.ends_at),
        asked=attempt.asked if attempt else None,
        zone=zone,
        places=thing.capacity,
        action=_action(row),
        refusal=attempt.refusal if attempt else None,
        reasons=_reasons(attempt, zone, told),
        instead=_instead(attempt, row, told),
        price=moved_price(row, actor, {**times}, clock.now()),
        overrides=attempt is not None and offers_override(the_actor(), attempt.user, thing, attempt.refusal),
        by_field=wrong,
        typed={
            "purpose": row.purpose, "title": row.title, "public_title": row.shows_name, "reason": "",
            "hazardous": row.hazardous, "second_person": "",
            "override": typed.get("override", ""),
            **times, **kept,
        },
        purposes=purposes(),
        started=started,
        safety=safety(thing),
        needs_reason=needs_reason(actor, row),
        grid_minutes=thing.rules.grid_minutes,
        several_days=thing.rules.longest_minutes > DAY_MINUTES or bool(typed.get("until_day")),
    )  # fmt: skip


def _action(row: Any) -> str:
    return url_for(".move", reservation_id=row.id)


def _reasons(attempt: _Attempt | None, zone: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    if attempt is None:
        return []
    shown = shown_reasons(attempt.refusal, attempt.wish, zone)
    for each in shown:
        if each["fix"] and "fields" in each["fix"] and "asks_at" not in each["fix"]:
            each["fix"]["fields"] = told | each["fix"]["fields"]
    return shown


def _instead(attempt: _Attempt | None, row: Any, told: dict[str, Any]) -> list[Any]:
    """Other times of the same instrument; another instrument would be another booking."""
    if attempt is None or attempt.asked is None or attempt.refusal.status == 412:
        return []
    if row.starts_at <= attempt.now:
        return []
    thing = bookable(row.instrument_id)
    moving = Moving.of(row)
    found = offers(thing, attempt.wish, attempt.user, attempt.now, attempt.refusal, _action(row), moving)
    words, rows = found[0]
    move = gettext("Move")
    return [(words, [each | {"words": move, "fields": told | each["fields"]} for each in rows])]


def _cancel_page(row: Any, reason: str = "", refusal: Refusal | None = None) -> str:
    return render_template(
        "reservations/cancel.html",
        row=row,
        span=Timespan(row.starts_at, row.ends_at),
        reason=reason,
        reasons=by_field(refusal),
    )
