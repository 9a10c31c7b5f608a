"""An institution brings the list of safety admissions it kept elsewhere: upload, see what it would do, take it over."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.catalog.views.uploads import chosen_file
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal, gathered
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor, today
from instruments.qualifications.admission_checking import check_admissions
from instruments.qualifications.admitting import LONGEST_EXAM
from instruments.qualifications.bringing import no_list, the_list
from instruments.qualifications.bringing_admissions import keep_admissions, take_admissions
from instruments.qualifications.granting import day_objections
from instruments.qualifications.list_reading import ADMISSIONS
from instruments.qualifications.models import AdmissionList
from instruments.qualifications.views.admissions import ADDRESS, entered
from instruments.qualifications.views.brought import columns_to_leave, report_of, taken_over
from instruments.qualifications.views.doors import pages, rows_sent, the
from instruments.qualifications.words import why_objections
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.limits import limiter
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise


def seen_admission_list(number: int) -> tuple[AdmissionList, Actor]:
    """A list that was brought, and who asks, for those who grant the admission; NotFound for everybody else."""
    kept, actor = the_list(AdmissionList, number), the_actor()
    if not may(actor, Action.ADMISSION_GRANT, Scope(kept.institution_id)):
        raise no_list()
    return kept, actor


@pages.get(f"{ADDRESS}/import")
def bring_admissions(institution_id: int) -> ResponseReturnValue:
    """Choose a file."""
    return _form(entered(institution_id)[0], {})


@pages.post(f"{ADDRESS}/import")
@limiter.limit("30 per hour")
def upload_admissions(institution_id: int) -> ResponseReturnValue:
    """Read the file, and keep what it says until it is taken over; nobody is admitted yet."""
    _, actor = entered(institution_id)
    now, form, reasons, rows, name = clock.now(), request.form, list[Reason](), list[dict[str, Any]](), ""
    exam, until = form.get("exam", "").strip(), day_typed("valid_until", reasons)
    reasons += [*day_objections(until, now, "valid_until"), *why_objections(exam, "exam", LONGEST_EXAM)]
    try:
        with gathered(reasons):
            file = chosen_file()
            name, rows = file.filename or "", rows_sent(file, ADMISSIONS, form.getlist("leave_out"))
        if reasons:
            raise Refusal(reasons)
        day = until.isoformat() if until else ""
        number = perform(lambda: keep_admissions(actor, institution_id, name, rows, day, exam, now).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _form(the(Institution, institution_id), form, refusal), refusal.status
    return redirect(url_for(".admission_list", number=number), 303)


@pages.get("/admission-lists/<int:number>")
def admission_list(number: int) -> ResponseReturnValue:
    """What the list would do, row by row; or that it was taken over."""
    return _report(*seen_admission_list(number))


@pages.post("/admission-lists/<int:number>/take")
def take_admission_list(number: int) -> ResponseReturnValue:
    """Take it over."""
    kept, actor = seen_admission_list(number)
    institution_id, now = kept.institution_id, clock.now()
    if (stale := taken_over(lambda seen: take_admissions(actor, number, seen, now))) is not None:
        return _report(*seen_admission_list(number), request.form.get("seen", "")), stale.status
    return redirect(url_for(".admissions", institution_id=institution_id), 303)


def _report(kept: AdmissionList, actor: Actor, before: str | None = None) -> str:
    return render_template(
        "qualifications/admission_list.html",
        kept=kept,
        institution=kept.institution,
        **report_of(kept, check_admissions(actor, kept.institution_id, kept.rows, clock.now()), before),
    )


def _form(home: Institution, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "qualifications/bring_admissions.html",
        institution=home,
        typed=typed,
        reasons=by_field(refusal),
        today=today(clock.now()),
        leaving=columns_to_leave(refusal),
    )
