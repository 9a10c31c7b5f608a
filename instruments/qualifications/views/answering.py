"""What people ask a lab for, oldest first: appoint the training, grant it, or decline with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal, gathered, together
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Actor
from instruments.people.signing import the_actor, today
from instruments.qualifications import listing
from instruments.qualifications.admitting import WantedAdmission, admit
from instruments.qualifications.asking import answer, require_answerer, the_request
from instruments.qualifications.granting import Wanted, grant
from instruments.qualifications.models import QualificationRequest
from instruments.qualifications.needs import LEVELS
from instruments.qualifications.renewing import renew_asked
from instruments.qualifications.subjects import subject_of
from instruments.qualifications.views.admissions import admissions_page
from instruments.qualifications.views.doors import pages, the, with_expires_on
from instruments.qualifications.views.of_lab import entered, subject_choices
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

SAID = {"invite": "invited", "grant": "granted", "decline": "declined"}


@pages.get("/labs/<int:lab_id>/qualification-requests")
def requests_of_lab(lab_id: int) -> ResponseReturnValue:
    """What waits for the lab's answer."""
    lab, actor = entered(lab_id)
    return _page(lab, actor)


@pages.post("/qualification-requests/<int:number>/answer")
def answer_request(number: int) -> ResponseReturnValue:
    """Answer a request; granting it makes the qualification or the admission in the same deed."""
    actor, now = the_actor(), clock.now()
    row = the_request(actor, number)
    require_answerer(actor, row)
    decision = SAID.get(request.form.get("do", ""), "")
    lab_id, institution_id, name = row.lab_id, row.institution_id, _name(row)
    renews = row.renews_id is not None
    version = request.form.get("version", 0, type=int)
    try:
        if decision == "granted":
            _grant(actor, number, now)
        else:
            message = request.form.get("message", "")
            perform(lambda: answer(actor, number, decision, message, version, now))
    except Refusal as refusal:
        show_or_raise(refusal)
        if lab_id is None:
            return admissions_page(the(Institution, institution_id), refusal, number), refusal.status
        return _page(the(Lab, lab_id), actor, refusal, number), refusal.status
    flash(_said(decision, name, renews), "free")
    if lab_id is None:
        return redirect(url_for(".admissions", institution_id=institution_id), 303)
    return redirect(url_for(".requests_of_lab", lab_id=lab_id), 303)


def _grant(actor: Actor, number: int, now: datetime) -> None:
    """Grant what was asked for, as the form says it, with the evidence that came along."""
    reasons: list[Reason] = []
    until = day_typed("expires_on", reasons)
    with EVIDENCE.sent() as evidence:
        reasons += evidence.reasons
        given = NO_PAPER if reasons else evidence.take() or NO_PAPER
        perform(lambda: _granted(actor, the_request(actor, number), until, given, now, reasons))


def _granted(
    actor: Actor,
    row: QualificationRequest,
    until: date | None,
    evidence: tuple[str, str],
    now: datetime,
    already: Sequence[Reason],
) -> None:
    """Answer it and grant it; raises Refusal with every reason against either, those found before among them."""
    version, against = request.form.get("version", 0, type=int), list[Reason]()
    with gathered(against):
        answer(actor, row.id, "granted", request.form.get("message", ""), version, now)
    with gathered(against):
        _given(actor, row, until, evidence, now)
    if reasons := together(already, against):
        raise Refusal(reasons)


def _given(
    actor: Actor, row: QualificationRequest, until: date | None, evidence: tuple[str, str], now: datetime
) -> None:
    person = the(Person, row.person_id)
    if row.lab_id is None:
        exam, result = request.form.get("exam", "").strip(), request.form.get("result", "").strip()
        wanted = WantedAdmission(row.institution_id, until, exam, result, evidence)
        with_expires_on(lambda: admit(actor, [person], wanted, now))
        return
    level = request.form.get("level", "") or row.level or ""
    if row.renews_id is not None:
        renew_asked(actor, row, level, until, evidence, now)
        return
    subject = subject_of(request.form.get("subject", "")) or subject_of(f"i{row.instrument_id}")
    assert subject is not None  # noqa: S101 - the request is for an instrument
    grant(actor, [person], Wanted(subject, level, until, "", evidence), now)


def _name(row: QualificationRequest) -> str:
    return in_language(row.person.name_en, row.person.name_zh)


def _said(decision: str, name: str, renews: bool) -> str:
    match decision:
        case "granted" if renews:
            return gettext("Renewed for %(name)s.", name=name)
        case "granted":
            return gettext("Granted to %(name)s.", name=name)
        case "invited":
            return gettext(
                "%(name)s reads your words. The request stays here until you grant or decline.", name=name
            )
        case _:
            return gettext("Declined, and %(name)s reads why.", name=name)


def _page(lab: Lab, actor: Actor, refusal: Refusal | None = None, tried: int | None = None) -> str:
    return render_template(
        "qualifications/requests.html",
        lab=lab,
        rows=listing.waiting_at_lab(lab.id),
        subjects=subject_choices(lab),
        levels=LEVELS,
        me=actor.person_id,
        tried=tried,
        reasons=by_field(refusal),
        typed=request.form,
        today=today(clock.now()),
    )
