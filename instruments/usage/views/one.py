"""One use: its hours by layer and evidence, what it was for; confirm it, correct it, say who it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.subjects import LIST as SUBJECTS
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal, gathered
from instruments.people.rights import Action, Actor
from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.form import TURNS, prefilled
from instruments.reservations.lookup import seen_of
from instruments.reservations.users import user_typed
from instruments.timespan import Timespan
from instruments.usage import listing, panels, told_before, words
from instruments.usage.amending import amend
from instruments.usage.coming_late import confirm_anew, leave_as_it_is
from instruments.usage.confirming import confirm, describe
from instruments.usage.correcting import correct, say_who
from instruments.usage.facts import Customer
from instruments.usage.keeping import settled
from instruments.usage.kinds import CONFIRMED, LATE, NEAR_THEIR_TIME, RUNNING, WAITING
from instruments.usage.lookup import allowed, is_staff, sees_payer, use_row
from instruments.usage.views.counted import amendment_lines, counted_fields
from instruments.usage.views.customers import customer_lines, fund_typed
from instruments.usage.views.doors import pages
from instruments.usage.views.fields import SPAN, of_fields, turns_of, typed_facts, typed_time
from instruments.usage.views.using import buttons_of
from instruments.web import clock, formats, versions
from instruments.web.language import in_language
from instruments.web.refusals import show_or_raise


@pages.get("/uses/<int:use_id>")
def use(use_id: int) -> ResponseReturnValue:
    """What was used when, by whose evidence, and what is still to do."""
    return _page(use_id, the_actor())


@pages.post("/uses/<int:use_id>/confirm")
def confirm_use(use_id: int) -> ResponseReturnValue:
    """Confirm it with what was counted."""
    actor, now, version, reasons = the_actor(), clock.now(), versions.typed(), list[Reason]()
    facts = typed_facts(reasons)
    return _done(
        use_id, actor, "confirm", lambda: confirm(actor, use_id, facts, version, now, reasons),
        gettext("Confirmed. From now on its hours stand."),
    )  # fmt: skip


@pages.post("/uses/<int:use_id>/describe")
def describe_use(use_id: int) -> ResponseReturnValue:
    """Say what it was for and how it was."""
    actor, now, version, reasons = the_actor(), clock.now(), versions.typed(), list[Reason]()
    facts = typed_facts(reasons)
    return _done(
        use_id,
        actor,
        "describe",
        lambda: describe(actor, use_id, facts, version, now, reasons),
        gettext("Saved."),
    )


@pages.post("/uses/<int:use_id>/correct")
def correct_use(use_id: int) -> ResponseReturnValue:
    """Set the hours of a layer anew, with a reason."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    row, reason, layer = use_row(use_id, actor), request.form.get("reason", ""), request.form.get("layer", "")
    none, reasons, spans = bool(request.form.get("none")), list[Reason](), list[tuple[int, int]]()
    with gathered(reasons):
        spans = [] if none else [typed_time(row.instrument_id)]

    def act() -> int:
        return correct(actor, use_id, layer, spans, reason, version, now, reasons)

    return _done(use_id, actor, "correct", act, gettext("Corrected. What was reported stays beside it."))


@pages.post("/uses/<int:use_id>/amend")
def amend_use(use_id: int) -> ResponseReturnValue:
    """Say anew what was counted, with a reason."""
    actor, now, version, reasons = the_actor(), clock.now(), versions.typed(), list[Reason]()
    facts, reason = typed_facts(reasons), request.form.get("reason", "")
    return _done(
        use_id, actor, "amend", lambda: amend(actor, use_id, facts, reason, version, now, reasons),
        gettext("Amended. What was said before stays beside it."),
    )  # fmt: skip


@pages.post("/uses/<int:use_id>/confirm-anew")
def confirm_use_anew(use_id: int) -> ResponseReturnValue:
    """Confirm it with what was reported since it was confirmed."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    return _done(
        use_id, actor, "anew", lambda: confirm_anew(actor, use_id, version, now),
        gettext("Confirmed anew, with what was reported since."),
    )  # fmt: skip


@pages.post("/uses/<int:use_id>/leave")
def leave_use(use_id: int) -> ResponseReturnValue:
    """Leave it as it was confirmed, with a reason."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    reason = request.form.get("reason", "")
    return _done(
        use_id, actor, "leave", lambda: leave_as_it_is(actor, use_id, reason, version, now),
        gettext("Left as it was confirmed. What was reported since stays beside it."),
    )  # fmt: skip


@pages.post("/uses/<int:use_id>/user")
def name_user(use_id: int) -> ResponseReturnValue:
    """Say who used what only a device reported."""
    actor, now, version = the_actor(), clock.now(), versions.typed()
    row, typed = use_row(use_id, actor), request.form.get("user", "")

    def act() -> int:
        user, fund_id, reasons = None, None, list[Reason]()
        with gathered(reasons):
            thing = bookable(row.instrument_id)
            user = user_typed(typed, actor, thing, now)
            customer = Customer(user.institution_id, user.only_group, user.person_id)
            fund_id = fund_typed(
                request.form.get("fund_id", ""), customer, thing.institution_id, now, "fund_id"
            )
        return say_who(actor, use_id, user, None, version, now, fund_id, reasons)

    return _done(use_id, actor, "user", act, gettext("Saved."))


def _done(
    use_id: int, actor: Actor, form: str, act: Callable[[], int], words_done: str
) -> ResponseReturnValue:
    use_row(use_id, actor)
    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 403, 412, 422)
        if refusal.status == 403 and form != "user":
            raise
        return _page(use_id, actor, form, refusal), refusal.status
    flash(words_done, "free")
    return redirect(url_for(".use", use_id=use_id), 303)


def _page(use_id: int, actor: Actor, form: str = "", refusal: Refusal | None = None) -> str:
    use_row(use_id, actor)
    row, now = listing.one_whole(use_id), clock.now()
    upto = row.confirmed_at if row.state == CONFIRMED else None
    found = settled(use_id, now, upto)
    staff, pays = is_staff(actor, row), sees_payer(actor, row)
    span = Timespan(row.started_at, row.ended_at) if row.ended_at and row.ended_at > row.started_at else None
    corrects, typed = staff and row.state in (WAITING, CONFIRMED), _typed(row, form)
    return render_template(
        "usage/use.html",
        row=row, zone=row.zone, name=in_language(row.instrument_en, row.instrument_zh), span=span, found=found,
        reserved=Timespan(row.reserved_from, row.reserved_until) if row.reserved_from else None,
        layers=words.layer_lines(found, row.zone), mix=words.mix_words(found), flags=words.flag_words(row.flags),
        used_by=words.used_by, kind=gettext(words.KIND_WORDS[row.kind]), spans=_spans(use_id, row.zone, upto),
        corrections=listing.corrections_of(use_id), amendments=amendment_lines(use_id),
        customers=customer_lines(actor, row, pays),
        **counted_fields(use_id, with_prices=pays), rating=words.rating_words(row.rating),
        history=words.history_lines(use_id), taps=buttons_of(None, row, actor, now, url_for(".use", use_id=use_id)),
        drawn=panels.panels_of(row, actor), staff=staff, confirms=staff and row.state == WAITING and row.user_id is not None,
        names_user=staff and row.user_id is None and row.state == WAITING,
        sees_reservation=row.kind == "reservation" and bool(row.reservation_id and seen_of(actor, [row.reservation_id])),
        carries=told_before.sentences(use_id) if staff and pays else (),
        since=words.layer_lines(settled(use_id, now), row.zone) if staff and _is_late(row) else None,
        corrects=corrects, turns=turns_of(typed, row.instrument_id) if corrects else {}, amends=staff and row.state == CONFIRMED,
        describes=not staff and row.state in (RUNNING, WAITING) and allowed(actor, Action.USE_RECORD, row),
        typed=typed, form=form, reasons=of_fields(refusal), choices=_choices(), asked_for=request.args.get("field", ""),
    )  # fmt: skip


def _is_late(row: Any) -> bool:
    """Whether a report came after it was confirmed, and a person has still to say what of it."""
    return row.state == CONFIRMED and LATE in row.flags.split()


def _choices() -> dict[str, Any]:
    return {
        "modes": words.mode_choices(),
        "sources": words.funding_choices(),
        "subjects": [(one.code, f"{one.code} {in_language(one.name_en, one.name_zh)}") for one in SUBJECTS],
        "layers": words.layer_choices(),
        "ratings": words.rating_choices(),
    }


def _typed(row: Any, form: str) -> dict[str, Any]:
    """The fields of all forms: as they stand, and of the one that was refused as they were typed."""
    own = {name: getattr(row, name) for name in (
        "operator_minutes", "samples", "mode", "project", "funding_source", "subject", "contract", "trained_students",
        "trained_teachers", "trained_others", "rating", "rating_words", "note",
    )}  # fmt: skip
    own |= {
        "fault_minutes": "",
        "fault_reason": "",
        "layer": "attended",
        "reason": "",
        "user": "",
        "fund_id": "",
        "none": "",
    }
    if row.ended_at and row.ended_at > row.started_at:
        own |= prefilled(Timespan(row.started_at, row.ended_at), row.zone)
        ends = {"from_turn": row.started_at, "until_turn": row.ended_at}
        own |= {name: TURNS[formats.local(end, row.zone).fold] for name, end in ends.items()}
    if form == "correct":
        own |= {"from_turn": "", "until_turn": ""}
    if form:
        own |= {name: value for name, value in request.form.items() if name in own or name in SPAN}
    return own


def _spans(use_id: int, zone: str, upto: datetime | None) -> list[dict[str, Any]]:
    """What was reported, a line each, with whose evidence it is; what a correction replaced stays visible, and so does what came
    after `upto`, when it was confirmed."""
    rows, last = listing.spans_of(use_id), listing.last_corrections(use_id)
    return [
        {
            "layer": gettext(words.LAYER_WORDS[row.layer]),
            "when": words.spans_words([_seconds(row)], zone) if row.ended_at else "",
            "since": row.started_at,
            "grade": gettext(words.GRADE_WORDS[row.grade]),
            "who": in_language(row.name_en or "", row.name_zh or ""),
            "near": row.attribution == NEAR_THEIR_TIME,
            "late": upto is not None and row.recorded_at > upto,
            "counts": (row.correction_id or 0) == last.get(row.layer, 0),
        }
        for row in rows
    ]


def _seconds(row: Any) -> tuple[int, int]:
    return int(row.started_at.timestamp()), int(row.ended_at.timestamp())
