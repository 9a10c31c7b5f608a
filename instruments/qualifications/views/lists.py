"""A lab brings the list it kept elsewhere: upload, see what it would do, take it over."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.catalog.views.uploads import chosen_file
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.bringing import keep_list, take_over
from instruments.qualifications.list_checking import check
from instruments.qualifications.models import QualificationList
from instruments.qualifications.views.brought import columns_to_leave, report_of, taken_over
from instruments.qualifications.views.doors import pages, rows_sent, the
from instruments.qualifications.views.of_lab import entered, seen_list, subject_choices
from instruments.web import clock
from instruments.web.limits import limiter
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/labs/<int:lab_id>/qualifications/import"


@pages.get(ADDRESS)
def bring_list(lab_id: int) -> ResponseReturnValue:
    """Choose a file."""
    lab, _ = entered(lab_id)
    return _form(lab, {"level": "independent"})


@pages.post(ADDRESS)
@limiter.limit("30 per hour")
def upload_list(lab_id: int) -> ResponseReturnValue:
    """Read the file, and keep what it says until it is taken over; nothing is granted yet."""
    _, actor = entered(lab_id)
    now, form = clock.now(), request.form
    try:
        file = chosen_file()
        name, rows = file.filename or "", rows_sent(file, left_out=form.getlist("leave_out"))
        subject, level = form.get("subject", ""), form.get("level", "")
        number = perform(lambda: keep_list(actor, the(Lab, lab_id), name, rows, subject, level, now).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _form(the(Lab, lab_id), form, refusal), refusal.status
    return redirect(url_for(".list_page", number=number), 303)


@pages.get("/qualification-lists/<int:number>")
def list_page(number: int) -> ResponseReturnValue:
    """What the list would do, row by row; or that it was taken over."""
    kept, actor = seen_list(number)
    return _report(kept, actor)


@pages.post("/qualification-lists/<int:number>/take")
def take_list(number: int) -> ResponseReturnValue:
    """Take it over."""
    kept, actor = seen_list(number)
    lab_id, now = kept.lab_id, clock.now()
    if (stale := taken_over(lambda seen: take_over(actor, number, seen, now))) is not None:
        return _report(*seen_list(number), request.form.get("seen", "")), stale.status
    return redirect(url_for(".of_lab", lab_id=lab_id), 303)


def _form(lab: Lab, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "qualifications/bring.html",
        lab=lab,
        typed=typed,
        reasons=by_field(refusal),
        subjects=subject_choices(lab),
        leaving=columns_to_leave(refusal),
    )


def _report(kept: QualificationList, actor: Actor, before: str | None = None) -> str:
    return render_template(
        "qualifications/list.html",
        kept=kept,
        lab=kept.lab,
        names=dict(subject_choices(kept.lab)),
        **report_of(kept, check(actor, kept.lab, kept.rows, clock.now()), before),
    )
