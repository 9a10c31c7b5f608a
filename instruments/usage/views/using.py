"""The taps of using an instrument: check in, next step, extend, finish, give back, and each of them taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.paying.typed import typed_payment
from instruments.usage import amending, carrying_on, checking_in, finishing, releasing, taking_back
from instruments.usage.kinds import CONFIRMED, EFFECTIVE, LAYER_WORDS, RUNNING, WAITING, WALK_UP
from instruments.usage.lookup import allowed, is_staff, use_of, use_row
from instruments.usage.rules import EARLY, UNDO
from instruments.usage.setting import rules_of
from instruments.usage.staying import longer
from instruments.usage.views.doors import back_to, pages, tapped
from instruments.usage.walking_up import walk_up
from instruments.web import clock, formats, versions
from instruments.web.reasons import sentence
from instruments.web.refusals import flash_or_raise

OF_RESERVATION: dict[str, tuple[Callable[..., Any], str]] = {
    "check-in": (
        checking_in.check_in,
        N_("Checked in. Tap “Finish” when you are done; the rest is free at once."),
    ),
    "give-back": (releasing.give_back, N_("Given back. What is left of the time is free for others.")),
    "no-show": (
        releasing.note_no_show,
        N_("Noted that nobody came. What is left of the time is free for others."),
    ),
    "stand-again": (releasing.stand_again, N_("The reservation stands again.")),
}
OF_USE: dict[str, tuple[Callable[..., Any], str]] = {
    "finish": (finishing.finish, N_("Finished. What is left of the time is free for others.")),
    "undo": (checking_in.undo_check_in, N_("The check-in is taken back.")),
    "undo-extension": (
        taking_back.undo_extension,
        N_("The extension is taken back. What it added is free for others."),
    ),
    "undo-step": (taking_back.undo_step, N_("The step is taken back; what was done before goes on.")),
    "undo-confirmation": (
        amending.take_back_confirmation,
        N_("The confirmation is taken back; what was charged is reversed."),
    ),
    "undo-finish": (carrying_on.undo_finish, N_("The finish is taken back; the use runs on.")),
}
# Which of them take another back.
UNDOING = ("undo", "undo-step", "undo-extension", "undo-finish", "undo-confirmation", "stand-again")
OVER = Reason("over", None, N_("This reservation is over."))
LENGTHS = (30, 60, 120, 240)


@pages.post(
    "/reservations/<int:reservation_id>/<any('check-in', 'give-back', 'no-show', 'stand-again'):deed>"
)
def tap_reservation(reservation_id: int, deed: str) -> ResponseReturnValue:
    """Begin, give back, or take it back."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    act, words = OF_RESERVATION[deed]
    return tapped(
        lambda: act(actor, reservation_id, version, now), gettext(words), f"/reservations/{reservation_id}",
        f"reservation-{reservation_id}",
    )  # fmt: skip


@pages.post(
    "/uses/<int:use_id>/<any('finish', 'undo', 'undo-step', 'undo-extension', 'undo-finish', 'undo-confirmation'):deed>"
)
def tap_use(use_id: int, deed: str) -> ResponseReturnValue:
    """Finish, or take back what was tapped before."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    act, words = OF_USE[deed]
    home, about = f"/uses/{use_id}", f"use-{use_id}"
    return tapped(lambda: act(actor, use_id, version, now), gettext(words), home, about)


@pages.post("/uses/<int:use_id>/phase")
def tap_phase(use_id: int) -> ResponseReturnValue:
    """Say what is done from now on."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    layer = request.form.get("layer", "")
    done = gettext(
        "From now on: %(what)s.", what=gettext(LAYER_WORDS.get(layer, "")) if layer in EFFECTIVE else ""
    )
    return tapped(
        lambda: checking_in.begin_phase(actor, use_id, layer, version, now),
        done,
        f"/uses/{use_id}",
        f"use-{use_id}",
    )


@pages.post("/uses/<int:use_id>/extend")
def tap_extend(use_id: int) -> ResponseReturnValue:
    """Stay a step longer."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    row = use_row(use_id, actor)

    def act() -> int:
        if row.held_ends_at is None:
            raise NotFound([Reason("no_use", None, N_("There is no such use, or it is not yours to see."))])
        found = longer(actor, row, now)
        if found.until is None:
            raise Refusal([_on_wall(row, found.against or OVER, now)])
        return carrying_on.extend(actor, use_id, found.until, version, now)

    return tapped(act, gettext("Extended."), f"/uses/{use_id}", f"use-{use_id}")


@pages.post("/instruments/<int:instrument_id>/walk-up")
def tap_walk_up(instrument_id: int) -> ResponseReturnValue:
    """Begin to use a free instrument."""
    actor, now = the_actor(), clock.now()
    minutes = request.form.get("minutes", 60, type=int)
    until = now + timedelta(minutes=min(max(minutes, 1), 24 * 60))
    group_id = request.form.get("group", type=int) or actor.only_group
    try:
        payment = typed_payment(request.form)
        number = perform(lambda: walk_up(actor, instrument_id, until, group_id, now, payment))
    except Refusal as refusal:
        flash_or_raise(refusal, 409, 422)
        return redirect(back_to(url_for(".here", instrument_id=instrument_id)), 303)
    flash(gettext("You use it now. Tap “Finish” when you are done; the rest is free at once."), "free")
    return redirect(back_to(f"/uses/{number}"), 303)


# Lengths are said in steps of it.
STEP = timedelta(minutes=30)


def buttons_of(row: Any, use: Any, actor: Actor, now: datetime, back: str) -> list[dict[str, Any]]:
    """What the actor may tap at a reservation or its use at this moment: (words, address, kind, icon, fields) each.

    row: the reservation, None for a use without one. The first is what one most likely wants.
    """
    if use is not None and allowed(actor, Action.USE_RECORD, use):
        return _of_use(use, actor, now, back)
    if row is None or not allowed(actor, Action.USE_RECORD, row):
        return []
    fields = {"version": row.version, "back": back}
    address = f"/reservations/{row.id}"
    found = []
    if use is None and checking_in.can_check_in(row, now):
        found.append(_button(N_("Check in"), f"{address}/check-in", "primary", "log-in", fields))
    if use is None and row.state == "confirmed" and row.starts_at <= now < row.ends_at:
        mine = actor.person_id in (row.user_id, row.booker_id)
        if is_staff(actor, row) and not mine:
            found.append(_button(N_("Release now"), f"{address}/no-show", "plain", "user-x", fields))
        else:
            found.append(_button(N_("Give it back"), f"{address}/give-back", "plain", "undo-2", fields))
    if row.state in ("no_show", "released") and now < row.ends_at and checking_in.can_stand_again(row.id):
        found.append(_button(N_("Let it stand again"), f"{address}/stand-again", "plain", "undo-2", fields))
    return found


def _of_use(use: Any, actor: Actor, now: datetime, back: str) -> list[dict[str, Any]]:
    fields, address = {"version": use.version, "back": back}, f"/uses/{use.id}"
    if use.state == WAITING and use.ended_by == "person" and use.kind != "run":
        fresh = now.timestamp() <= use.ended_at.timestamp() + UNDO and carrying_on.can_undo_finish(use)
        return (
            [_button(N_("Take the finish back"), f"{address}/undo-finish", "plain", "undo-2", fields)]
            if fresh
            else []
        )
    if use.state == CONFIRMED and is_staff(actor, use) and not use.confirmed_by_rule:
        fresh = now.timestamp() <= use.confirmed_at.timestamp() + UNDO
        again = _button(
            N_("Take the confirmation back"), f"{address}/undo-confirmation", "plain", "undo-2", fields
        )
        return [again] if fresh else []
    if use.state != RUNNING:
        return []
    found = [_button(N_("Finish"), f"{address}/finish", "primary", "circle-check", fields)]
    if use.held_ends_at is not None and now < use.held_ends_at:
        found.append(_extending(use, actor, fields, now))
    return [*found, *_taking_back(use, fields, now)]


def _taking_back(use: Any, fields: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """What was tapped last at a running use is taken back first: a step, or that it was extended, before that it began."""
    address = f"/uses/{use.id}"
    extended, step = taking_back.standing_extension(use, now), taking_back.standing_step(use, now)
    if step is not None and (extended is None or extended.at <= step.at):
        return [_button(N_("Take the step back"), f"{address}/undo-step", "quiet", "undo-2", fields)]
    if extended is not None and extended.until == use.held_ends_at:
        words = N_("Take the extension back")
        return [_button(words, f"{address}/undo-extension", "quiet", "undo-2", fields)]
    if now.timestamp() > use.started_at.timestamp() + UNDO:
        return []
    words = N_("Take the start back") if use.kind == WALK_UP else N_("Take the check-in back")
    return [_button(words, f"{address}/undo", "quiet", "undo-2", fields)]


def _extending(use: Any, actor: Actor, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Staying a step longer, or why that cannot be."""
    until, against = longer(actor, use, now)
    tap = _button(N_("Extend"), f"/uses/{use.id}/extend", "plain", "plus", fields)
    if until is None:
        return tap | {"why": _against(use, against, now) if against else ""}
    step = until - use.held_ends_at
    # What began between the steps of the grid ends on them: the time on the wall says more than so many odd minutes.
    told = {"length": step} if step % STEP == timedelta() else {"until": _on_the_wall(use, until, now)}
    return tap | told


def _against(use: Any, reason: Reason, now: datetime) -> str:
    """Why a use cannot be extended."""
    words = sentence(_on_wall(use, reason, now))
    return words if reason.code == "followed" else gettext("It cannot be extended. %(why)s", why=words)


def _on_wall(use: Any, reason: Reason, now: datetime) -> Reason:
    """The reason; when who follows begins as short as the lab says it."""
    time = reason.values.get("time")
    if not isinstance(time, datetime):
        return reason
    return replace(reason, values={"time": _on_the_wall(use, time, now)})


def undoing(taps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the taps that take back what was tapped before."""
    return [tap for tap in taps if tap["address"].rpartition("/")[2] in UNDOING]


def _on_the_wall(use: Any, moment: datetime, now: datetime) -> str:
    """A moment on the wall of the lab: the hour alone, where it is of today."""
    zone = str(bookable(use.instrument_id).calendar.zone)
    there = formats.local(moment, zone)
    return (
        f"{there:%H:%M}" if there.date() == formats.local(now, zone).date() else formats.moment(moment, zone)
    )


def _button(words: str, address: str, kind: str, picture: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "words": gettext(words),
        "address": address,
        "kind": kind,
        "icon": picture,
        "fields": fields,
        "length": None,
        "until": "",
        "why": "",
    }


def panel(row: Any, actor: Actor, now: datetime) -> str:
    """What the page of a reservation says of its use, for who may see it."""
    use = use_of(row.id)
    rules = rules_of(row.instrument_id)
    taps = buttons_of(row, use, actor, now, f"/reservations/{row.id}")
    if use is None and (not taps or now < row.starts_at - timedelta(seconds=EARLY)):
        return ""
    shown = use is not None and allowed(actor, Action.USE_SEE, use)
    if not shown and not taps:
        return ""
    return Markup(  # noqa: S704 - drawn by our own template
        render_template(
            "usage/panel.html", row=row, use=use if shown else None, taps=taps, rules=rules, zone=row.zone,
            loses_at=_loses_at(row, use, rules, now),
        )
    )  # fmt: skip


def _loses_at(row: Any, use: Any, rules: Any, now: datetime) -> datetime | None:
    """When who does not check in loses the time, while that is still to come."""
    if use is not None or not rules.is_required or row.state != "confirmed":
        return None
    due: datetime = row.starts_at + timedelta(minutes=rules.grace_minutes)
    return due if due > now else None
