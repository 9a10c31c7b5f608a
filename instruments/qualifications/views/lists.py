"""A lab brings the list it kept elsewhere: upload, see what it would do, take it over."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.views.uploads import chosen_file
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.bringing import keep_list, take_over
from instruments.qualifications.list_checking import CHANGED, NEW, OUTCOMES, check
from instruments.qualifications.models import QualificationList
from instruments.qualifications.views.doors import pages, rows_sent, shown_in_form, the
from instruments.qualifications.views.of_lab import entered, seen_list, subject_choices
from instruments.web import clock, formats
from instruments.web.limits import limiter
from instruments.web.reasons import by_field, in_full, sentence

ADDRESS = "/labs/<int:lab_id>/qualifications/import"
MOST_SHOWN = 200


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
        name, rows = file.filename or "", rows_sent(file)
        subject, level = form.get("subject", ""), form.get("level", "")
        number = perform(lambda: keep_list(actor, the(Lab, lab_id), name, rows, subject, level, now).id)
    except Refusal as refusal:
        refusal = shown_in_form(refusal)
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
    try:
        added, changed = perform(lambda: take_over(actor, number, now))
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status != 422:
            raise
        flash(" ".join(in_full(reason) for reason in refusal.reasons), "bad")
    else:
        words = gettext(
            "Taken over: %(added)s new, %(changed)s changed.",
            added=formats.count(added),
            changed=formats.count(changed),
        )
        flash(words, "free")
    return redirect(url_for(".of_lab", lab_id=lab_id), 303)


def _form(lab: Lab, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "qualifications/bring.html",
        lab=lab,
        typed=typed,
        reasons=by_field(refusal),
        subjects=subject_choices(lab),
    )


def _report(kept: QualificationList, actor: Actor) -> str:
    rows = check(actor, kept.lab, kept.rows, clock.now())
    counts = Counter(row.outcome for row in rows)
    shown = request.args.get("show", "")
    chosen = [row for row in rows if row.outcome == shown] if shown in OUTCOMES else rows
    order = {outcome: place for place, outcome in enumerate(reversed(OUTCOMES))}
    return render_template(
        "qualifications/list.html",
        kept=kept,
        lab=kept.lab,
        counts={outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        shown=shown if shown in OUTCOMES else "",
        names=dict(subject_choices(kept.lab)),
        rows=[
            (row, [sentence(reason) for reason in row.reasons])
            for row in sorted(chosen, key=lambda row: (order[row.outcome], row.row))[:MOST_SHOWN]
        ],
        more=max(len(chosen) - MOST_SHOWN, 0),
        takes=counts.get(NEW, 0) + counts.get(CHANGED, 0),
    )
