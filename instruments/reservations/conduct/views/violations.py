"""What labs recorded, as pages: a lab's list, one's own, recording, one violation with its appeal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.views.doors import scope_of
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require, the_actor
from instruments.reservations.conduct import listing
from instruments.reservations.conduct.appealing import appeal, decide
from instruments.reservations.conduct.deciders import may_decide
from instruments.reservations.conduct.kinds import kinds_of
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.recording import (
    Wanted,
    last_day,
    record_violation,
    used_reservation,
    withdraw,
)
from instruments.reservations.conduct.repeats import standing_of
from instruments.reservations.conduct.views.doors import LAB, pages, the_lab
from instruments.reservations.conduct.words import (
    kind_name,
    rule_words,
    stands,
    state_mark,
    suspension_words,
)
from instruments.typed import day
from instruments.web import clock, paging
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

A_PAGE = 25
ONE = "/violations/<int:violation_id>"


@pages.get(LAB)
def violations(lab_id: int) -> ResponseReturnValue:
    """What a lab recorded: what stands, or what was before."""
    lab = the_lab(lab_id)
    actor = require(Action.VIOLATION_SEE, scope_of(lab))
    view = "earlier" if request.args.get("view") == "earlier" else "standing"
    rows = listing.of_lab(lab_id, view, clock.now(), _cursor(), A_PAGE)
    own = url_for(".violations", lab_id=lab_id)
    return render_template(
        "reservations/violations.html",
        lab=lab,
        lab_name=in_language(lab.name_en, lab.name_zh),
        view=view,
        records=may(actor, Action.VIOLATION_RECORD, scope_of(lab)),
        sets=may(actor, Action.RULES_EDIT, scope_of(lab)),
        own=own,
        **_listed(rows, f"{own}?view={view}"),
    )


@pages.get("/profile/violations")
def my_violations() -> ResponseReturnValue:
    """What labs recorded of oneself."""
    rows = listing.mine(the_actor().person_id, _cursor(), A_PAGE)
    own = url_for(".my_violations")
    return render_template("reservations/violations.html", lab=None, own=own, **_listed(rows, f"{own}?"))


@pages.get(f"{LAB}/new")
def record_form(lab_id: int) -> ResponseReturnValue:
    """The form that records one, of whoever used a reservation or by mail address."""
    lab = the_lab(lab_id)
    require(Action.VIOLATION_RECORD, scope_of(lab))
    used = used_reservation(lab_id, request.args.get("reservation", type=int))
    zone = ZoneInfo(lab.zone)
    today = clock.now().astimezone(zone).date()
    day = min(used.starts_at.astimezone(zone).date(), today) if used else today
    return _form(lab, used, {"happened_on": day, "reason": "", "mail": "", "kind_id": ""})


@pages.post(f"{LAB}/new")
def record_one(lab_id: int) -> ResponseReturnValue:
    """Record it; the person is told."""
    lab, now, form = the_lab(lab_id), clock.now(), request.form
    actor = require(Action.VIOLATION_RECORD, scope_of(lab))
    wanted = Wanted(
        form.get("kind_id", type=int), form.get("reason", ""), day(form.get("happened_on", "")),
        form.get("mail", ""), form.get("reservation_id", type=int), form.get("another") == "1",
    )  # fmt: skip
    try:
        number = perform(lambda: record_violation(actor, the_lab(lab_id), wanted, now).id)
    except Refusal as refusal:
        show_or_raise(refusal, 409, 422)
        lab = the_lab(lab_id)
        used = used_reservation(lab_id, wanted.reservation_id)
        return _form(lab, used, dict(form), refusal), refusal.status
    flash(gettext("Recorded. The person is told, and can appeal."), "free")
    return redirect(url_for(".violation", violation_id=number), 303)


@pages.get(ONE)
def violation(violation_id: int) -> ResponseReturnValue:
    """One, with its appeal; what the reader may do about it is offered."""
    return _page(the_actor(), violation_id)


@pages.post(f"{ONE}/appeal")
def appeal_one(violation_id: int) -> ResponseReturnValue:
    """Appeal."""
    words, done = request.form.get("words", ""), gettext("Your appeal is made. You are told of the answer.")
    return _answered(
        violation_id, lambda actor, version, now: appeal(actor, violation_id, words, version, now), done
    )


@pages.post(f"{ONE}/decision")
def decide_one(violation_id: int) -> ResponseReturnValue:
    """Uphold or lift it."""
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    return _answered(
        violation_id,
        lambda actor, version, now: decide(actor, violation_id, decision, reason, version, now),
        gettext("Answered. The person is told."),
    )


@pages.post(f"{ONE}/withdraw")
def withdraw_one(violation_id: int) -> ResponseReturnValue:
    """Take back what one recorded."""
    reason, done = request.form.get("reason", ""), gettext("Withdrawn. The person is told.")
    return _answered(
        violation_id, lambda actor, version, now: withdraw(actor, violation_id, reason, version, now), done
    )


def _answered(
    violation_id: int, act: Callable[[Actor, int, datetime], Violation], said: str
) -> ResponseReturnValue:
    actor, now = the_actor(), clock.now()
    listing.the_violation(actor, violation_id, now)
    version = request.form.get("version", 0, type=int)
    try:
        perform(lambda: act(actor, version, now).id)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(actor, violation_id, refusal), refusal.status
    flash(said, "free")
    return redirect(url_for(".violation", violation_id=violation_id), 303)


def _page(actor: Actor, violation_id: int, refusal: Refusal | None = None) -> str:
    now = clock.now()
    row = listing.the_violation(actor, violation_id, now)
    standing = stands(row, now)
    waits = standing and row.appealed_at is not None and row.decided_at is None
    return render_template(
        "reservations/violation.html",
        **_line(row, now),
        own=actor.person_id == row.person_id,
        appeals=standing and row.appealed_at is None and actor.person_id == row.person_id,
        decides=waits and may_decide(actor, row, now),
        withdraws=standing and actor.person_id == row.recorded_by_id,
        last=last_day(row.expires_at, ZoneInfo(row.zone)),
        reasons=by_field(refusal),
        typed=request.form,
    )


def _line(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "row": row,
        "kind": kind_name(row),
        "mark": state_mark(row, now),
        "suspension": suspension_words(row, now),
    }


def _listed(rows: Sequence[Any], address: str) -> dict[str, Any]:
    now = clock.now()
    shown, following = paging.page(rows, A_PAGE, lambda row: [row.id])
    return {
        "lines": [_line(row, now) for row in shown],
        "following": following and f"{address}&after={following}",
        "first": address if request.args.get("after") else None,
    }


def _cursor() -> int | None:
    after = paging.decode(request.args.get("after"), (int,))
    return after[0] if after else None


def _form(lab: Lab, used: Any, typed: dict[str, Any], refusal: Refusal | None = None) -> str:
    return render_template(
        "reservations/violation_form.html",
        lab=lab,
        lab_name=in_language(lab.name_en, lab.name_zh),
        used=used,
        stands=standing_of(used.id) if used else [],
        kind_name=kind_name,
        asks_another=any(each.code == "recorded_that_day" for each in refusal.reasons) if refusal else False,
        same=refusal.details.get("violation_id") if refusal else None,
        typed=typed,
        kinds=[
            (kind.id, f"{kind_name(kind)} · {rule_words(kind.consequence())}")
            for kind in kinds_of(lab.id, in_use=True)
        ],
        reasons=by_field(refusal),
    )
