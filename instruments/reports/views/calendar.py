"""What an institution or a lab has to file by when, with how far it is; and a draft of it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.reports.drafting import Wish
from instruments.reports.due import calendar_of, counts_of, not_on_record
from instruments.reports.form import OCCASION
from instruments.reports.forms import all_forms, form_at, versions_of
from instruments.reports.listing import counts_of_lab
from instruments.reports.models import Report
from instruments.reports.seeing import the_institution, the_lab, visible
from instruments.reports.spans import read
from instruments.reports.views.doors import pages, to_draft, today_at
from instruments.reports.writing import layout_of
from instruments.utilization.naming import which_of
from instruments.utilization.views.which import which_words
from instruments.web import clock
from instruments.web.access import public
from instruments.web.refusals import flash_reasons, show_or_raise

OF_INSTITUTION = "/institutions/<int:institution_id>/reports"
OF_LAB = "/labs/<int:lab_id>/reports"
MOST_SHOWN = 20
MOST_MISSING = 10


@pages.get(OF_INSTITUTION)
def institution_reports(institution_id: int) -> ResponseReturnValue:
    """The calendar of what is due, and all that was filed on occasion."""
    actor, now = the_actor(), clock.now()
    home = the_institution(actor, institution_id)
    missing = not_on_record(home, now)
    shown = missing if "all" in request.args else missing[:MOST_MISSING]
    labs = db.session.scalars(select(Lab).where(Lab.institution_id == home.id).order_by(Lab.id)).all()
    return render_template(
        "reports/calendar.html",
        home=home, dues=calendar_of(home, now), missing=missing, labs=labs,
        shown=shown, which=which_of({each.id for each in shown}), which_words=which_words,
        standing_counts=counts_of(missing),
        occasions=_occasions(home), today=today_at(home), files=may(actor, Action.REPORT_FILE, Scope(home.id)),
    )  # fmt: skip


def _occasions(home: Institution) -> list[Report]:
    """What was filed, or is drafted, on occasion, the newest first."""
    on_occasion = {form.code for form in all_forms() if form.period == OCCASION}
    asked = (
        select(Report)
        .where(Report.institution_id == home.id, Report.form.in_(on_occasion))
        .order_by(Report.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(db.session.scalars(asked))


@pages.get(OF_LAB)
def lab_reports(lab_id: int) -> ResponseReturnValue:
    """A lab's own forms, and what its institution's reports lack of it."""
    actor, now = the_actor(), clock.now()
    lab = the_lab(actor, lab_id)
    asked = (
        select(Report)
        .where(visible(actor, lab.institution_id), Report.lab_id.is_(None))
        .order_by(Report.id.desc())
        .limit(MOST_SHOWN)
    )
    return render_template(
        "reports/lab.html",
        home=lab.institution, lab=lab, dues=calendar_of(lab.institution, now, lab.id),
        reports=list(db.session.scalars(asked)), lacking=counts_of_lab(lab.id), today=today_at(lab.institution),
        files=may(actor, Action.REPORT_FILE, Scope(lab.institution_id, lab.id)),
    )  # fmt: skip


@pages.post(OF_INSTITUTION)
def draft_for_institution(institution_id: int) -> ResponseReturnValue:
    """Draft a form of an institution."""
    home = the_institution(the_actor(), institution_id, Action.REPORT_FILE)
    return _draft(home, None, url_for(".institution_reports", institution_id=institution_id))


@pages.post(OF_LAB)
def draft_for_lab(lab_id: int) -> ResponseReturnValue:
    """Draft a form of a lab."""
    lab = the_lab(the_actor(), lab_id, Action.REPORT_FILE)
    return _draft(lab.institution, lab.id, url_for(".lab_reports", lab_id=lab_id))


def _draft(home: Institution, lab_id: int | None, back: str) -> ResponseReturnValue:
    fields = request.form
    try:
        kind = versions_of(fields.get("form", ""))[-1].period
        period = read(kind, fields.get("period", ""), today_at(home))
        form = form_at(fields.get("form", ""), period.first)
        wish = Wish(form, home.id, lab_id, period, fields.get("which") != "all")
        number = perform(to_draft(the_actor(), wish))
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        there = [reason.values["report"] for reason in refusal.reasons if "report" in reason.values]
        flash_reasons(refusal)
        return redirect(url_for(".one", report_id=there[0]) if there else back, 303)
    return redirect(url_for(".one", report_id=number), 303)


@pages.get("/reports/about-people")
@public
def about_people() -> ResponseReturnValue:
    """What forms say of people, to whom, and by which rule: forms name people without an account here, too."""
    today = clock.now().date()
    newest = {form.code: form for form in all_forms() if form.since <= today}
    return render_template(
        "reports/about_people.html",
        forms=[(form, layout_of(form)) for form in newest.values()],
        title=gettext("What forms say of people"),
    )
