"""One qualification, and one safety admission: what it is, what happened to it, and changing it with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import the_actor, today
from instruments.qualifications import listing
from instruments.qualifications.changing import (
    ChangedAdmission,
    ChangedQualification,
    change_admission,
    change_qualification,
    seen_admission,
    seen_qualification,
)
from instruments.qualifications.history import history_of
from instruments.qualifications.models import Qualification, SafetyAdmission
from instruments.qualifications.subjects import Place, Subject, place_of
from instruments.qualifications.views.doors import pages, the
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

SHOWN = (412, 422)


@pages.get("/qualifications/<int:number>")
def one(number: int) -> ResponseReturnValue:
    """One qualification, for its holder and those who grant it."""
    row = seen_qualification(the_actor(), number)
    typed = {name: getattr(row, name) or "" for name in ("level", "expires_on", "remark")}
    return _qualification_page(number, typed)


@pages.post("/qualifications/<int:number>")
def change_one(number: int) -> ResponseReturnValue:
    """Change its level, last day, remark or evidence."""
    actor, now, form, reasons = the_actor(), clock.now(), request.form, list[Reason]()
    seen_qualification(actor, number)
    until, version = day_typed("expires_on", reasons), form.get("version", 0, type=int)
    remark = form.get("remark", "").strip()

    def act(evidence: tuple[str, str]) -> int:
        wanted = ChangedQualification(form.get("level", ""), until, remark, form.get("reason", ""), evidence)
        return change_qualification(actor, number, wanted, version, now).id

    refusal = _tried(reasons, act)
    if refusal is not None:
        return _qualification_page(number, form, refusal), refusal.status
    flash(gettext("Changed. The person is told; what is booked stays booked."), "free")
    return redirect(url_for(".one", number=number, lab=request.args.get("lab")), 303)


@pages.get("/admissions/<int:number>")
def one_admission(number: int) -> ResponseReturnValue:
    """One safety admission, for its holder and those who grant it."""
    row = seen_admission(the_actor(), number)
    return _admission_page(number, {name: getattr(row, name) for name in ("exam", "result", "valid_until")})


@pages.post("/admissions/<int:number>")
def change_one_admission(number: int) -> ResponseReturnValue:
    """Change its exam, result, last day or evidence."""
    actor, now, form, reasons = the_actor(), clock.now(), request.form, list[Reason]()
    seen_admission(actor, number)
    until, version = day_typed("valid_until", reasons), form.get("version", 0, type=int)
    exam, result = form.get("exam", "").strip(), form.get("result", "").strip()

    def act(evidence: tuple[str, str]) -> int:
        wanted = ChangedAdmission(exam, result, until, form.get("reason", ""), evidence)
        return change_admission(actor, number, wanted, version, now).id

    refusal = _tried(reasons, act)
    if refusal is not None:
        return _admission_page(number, form, refusal), refusal.status
    flash(gettext("Changed. The person is told; what is booked stays booked."), "free")
    return redirect(url_for(".one_admission", number=number), 303)


def _tried(reasons: list[Reason], act: Callable[[tuple[str, str]], int]) -> Refusal | None:
    """Do it with the evidence that was sent; the refusal that the form shows, if it was refused."""
    try:
        with EVIDENCE.sent() as evidence:
            if found := [*reasons, *evidence.reasons]:
                raise Refusal(found)
            given = evidence.take() or NO_PAPER
            perform(lambda: act(given))
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN)
        return refusal
    return None


def _qualification_page(number: int, typed: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    actor, held = the_actor(), Qualification
    row = db.session.execute(listing.whole().where(held.id == number)).one()
    place = place_of(Subject(row.instrument_id, row.technique_id))
    own = row.person_id == actor.person_id
    return _page(row, typed, refusal, own=own, lab=None if own else _lab(actor, place), is_admission=False)


def _admission_page(number: int, typed: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    held = SafetyAdmission
    row = db.session.execute(listing.admissions().where(held.id == number)).one()
    own = row.person_id == the_actor().person_id
    home = the(Institution, row.institution_id)
    return _page(row, typed, refusal, own=own, institution=home, is_admission=True)


def _page(
    row: Any, typed: Mapping[str, Any], refusal: Refusal | None, *, is_admission: bool, **more: Any
) -> str:
    day = today(clock.now())
    return render_template(
        "qualifications/one.html",
        row=row,
        typed=typed,
        reasons=by_field(refusal),
        history=history_of("admission" if is_admission else "qualification", row.id),
        is_admission=is_admission,
        today=day,
        soon=day + listing.SOON,
        **more,
    )


def _lab(actor: Actor, place: Place) -> Lab | None:
    """The lab whose list leads here: the one that was named, else the first in which this person grants."""
    numbers = [
        scope.lab_id
        for scope in place.scopes
        if scope.lab_id is not None and may(actor, Action.QUALIFICATION_GRANT, scope)
    ]
    named = request.args.get("lab", type=int)
    number = named if named in numbers else next(iter(numbers), None)
    return the(Lab, number) if number is not None else None
