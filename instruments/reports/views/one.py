"""One report: what it holds and lacks, worked out anew, filed, corrected, given up."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.workdays import workdays_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.reports.deadlines import due_on
from instruments.reports.drafting import give_up
from instruments.reports.form import OCCASION
from instruments.reports.listing import lab_names, lacking, left_out_count, overrides_of, sheet_counts
from instruments.reports.models import Report
from instruments.reports.receipts import note_receipt
from instruments.reports.seeing import Sight, the_report
from instruments.reports.since import since
from instruments.reports.views.doors import ONE, count, filed, pages, to_correct, today_at
from instruments.reports.views.words import format_of, names_of_rows
from instruments.utilization import periods
from instruments.web import clock, versions
from instruments.web.language import in_language
from instruments.web.reasons import by_field

SHOWN = (412, 422)
# So many rows that were let stand for one reason are named; the rest is a number.
ROWS_NAMED = 5


def the_sight(report_id: int, *, files: bool = False) -> tuple[Actor, Sight]:
    """Who asks and the report as they see it; files: who may complete and file it."""
    actor = the_actor()
    sight = the_report(actor, report_id)
    if files and not sight.files:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return actor, sight


@pages.get(ONE)
def one(report_id: int) -> ResponseReturnValue:
    """A report as somebody sees it."""
    _, sight = the_sight(report_id)
    return page(sight)


def page(sight: Sight, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The page of a report, with why something was not done."""
    report, form = sight.report, format_of(sight.report)
    found = lacking(sight)
    period, today = periods.read(report.period), today_at(report.institution)
    workday = workdays_of(report.institution).is_workday
    shown = render_template(
        "reports/report.html",
        sight=sight, report=report, form=form, lacking=found, counts=sheet_counts(sight), left_out=left_out_count(sight),
        today=today,
        labs={number: in_language(*names) for number, names in lab_names({each for each in found.labs if each}).items()},
        over=form.period == OCCASION or period.end <= today, period=period, versions=_versions(report),
        since=since(sight), names=_names(report), stands=_stands(report), refused=by_field(refusal), typed=request.form,
        due=due_on(form.deadline, period, workday) if form.deadline and form.period != OCCASION else None,
    )  # fmt: skip
    return shown, refusal.status if refusal else 200


def _stands(report: Report) -> list[dict[str, Any]]:
    """What was let stand: by reason and person together, since one reason is often given for many rows."""
    found: dict[tuple[str, str, int | None], list[Any]] = {}
    for each in overrides_of(report.id):
        found.setdefault((each.code, each.reason, each.overridden_by_id), []).append(each)
    first = {(row.sheet, row.key) for some in found.values() for row in some[:ROWS_NAMED]}
    named = names_of_rows(report, first)
    return [
        {
            "reason": reason, "by": person, "count": len(some),
            "rows": [(row, named[row.sheet, row.key]) for row in some[:ROWS_NAMED]],
        }
        for (_, reason, person), some in found.items()
    ]  # fmt: skip


def _versions(report: Report) -> list[Report]:
    asked = select(Report).where(
        Report.form == report.form, Report.institution_id == report.institution_id, Report.period == report.period,
        Report.part == report.part,
        Report.lab_id.is_(None) if report.lab_id is None else Report.lab_id == report.lab_id,
    )  # fmt: skip
    return list(db.session.scalars(asked.order_by(Report.number.desc())))


def _names(report: Report) -> dict[int, str]:
    """Who made and filed it, and let rows stand."""
    numbers = {report.made_by_id, report.filed_by_id} | {each.noted_by_id for each in report.receipts}
    numbers |= {row.overridden_by_id for row in overrides_of(report.id)}
    asked = select(Person.id, Person.name_en, Person.name_zh).where(Person.id.in_(numbers - {None}))
    return {row.id: in_language(row.name_en, row.name_zh) for row in db.session.execute(asked)}


@pages.post(f"{ONE}/count")
def count_anew(report_id: int) -> ResponseReturnValue:
    """Work the draft out anew, and show the list again at which that was asked for."""
    the_sight(report_id, files=True)
    back = request.form.get("back", "")
    here = url_for(".rows_page", report_id=report_id)
    back = back if back.startswith((f"{here}?", f"{here}/")) else ""
    return _done(report_id, partial(count, report_id, None), gettext("Worked out anew."), back)


@pages.post(f"{ONE}/file")
def file_it(report_id: int) -> ResponseReturnValue:
    """File it; from then on it never changes."""
    actor, sight = the_sight(report_id, files=True)
    fields: dict[str, Any] = {name: request.form.get(name, "").strip() for name in ("reference", "reason")}
    leave_out = request.form.get("leave_out") == "1"
    act = partial(filed, actor, sight.report, versions.typed(), **fields, leave_out=leave_out)
    return _done(
        report_id, act, gettext("Filed. It does not change any more; a correction makes a new version.")
    )


@pages.post(f"{ONE}/receipt")
def note_the_receipt(report_id: int) -> ResponseReturnValue:
    """Note the number that was given for what was filed."""
    actor, _ = the_sight(report_id, files=True)
    reference = request.form.get("reference", "")
    act = partial(note_receipt, actor, report_id, versions.typed(), reference, clock.now())
    return _done(report_id, lambda: perform(act), gettext("The number is noted."))


@pages.post(f"{ONE}/give-up")
def give_it_up(report_id: int) -> ResponseReturnValue:
    """Take the draft away."""
    actor, sight = the_sight(report_id, files=True)
    report = sight.report
    back = (
        url_for(".lab_reports", lab_id=report.lab_id)
        if report.lab_id
        else url_for(".institution_reports", institution_id=report.institution_id)
    )
    act = partial(give_up, actor, report_id, versions.typed(), clock.now())
    return _done(report_id, lambda: perform(act), gettext("The draft is taken away."), back)


@pages.post(f"{ONE}/correct")
def correct_it(report_id: int) -> ResponseReturnValue:
    """Begin a correction of what was filed."""
    actor, _ = the_sight(report_id, files=True)
    try:
        number = perform(to_correct(actor, report_id))
    except Refusal as refusal:
        return _refused(report_id, refusal)
    flash(gettext("This is the draft of a correction. What was filed stays as it is."), "free")
    return redirect(url_for(".one", report_id=number), 303)


def _done(report_id: int, act: Any, words: str, back: str = "") -> ResponseReturnValue:
    try:
        act()
    except Refusal as refusal:
        return _refused(report_id, refusal)
    flash(words, "free")
    return redirect(back or url_for(".one", report_id=report_id), 303)


def _refused(report_id: int, refusal: Refusal) -> ResponseReturnValue:
    db.session.rollback()
    if refusal.status not in SHOWN:
        raise refusal
    _, sight = the_sight(report_id)
    db.session.refresh(sight.report)
    return page(sight, refusal)
