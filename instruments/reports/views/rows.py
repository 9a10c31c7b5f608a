"""The rows of a report: as a list, and one by one with what is entered by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reports.checking import Lack
from instruments.reports.entering import enter_together, let_stand
from instruments.reports.form import COUNT, HOURS, INDICATOR, MONEY, SHARE, Column
from instruments.reports.forms import form_of
from instruments.reports.indicator_figures import FIGURES
from instruments.reports.listing import (
    Chosen,
    Shown,
    count_rows,
    entries_of,
    lab_names,
    lacking,
    one_row,
    overrides_of,
    rows,
)
from instruments.reports.models import DRAFT
from instruments.reports.seeing import Sight
from instruments.reports.since import since
from instruments.reports.together import companions
from instruments.reports.views.doors import ONE, count_some, note_seen, pages
from instruments.reports.views.one import SHOWN, the_sight
from instruments.reports.views.which import below, told_at
from instruments.reports.views.words import entered_as, format_of
from instruments.utilization.naming import which_of
from instruments.web import clock, versions
from instruments.web.fields import page_of
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

A_PAGE = 50
ROW = f"{ONE}/rows/<sheet>/<key>"
UNIT_WORDS = {SHARE: "%", HOURS: N_("h"), MONEY: N_("10,000 yuan"), COUNT: N_("number")}
# So many columns stand in the list; all stand on the row's own page.
COLUMNS_SHOWN = 6


@pages.get(f"{ONE}/rows")
def rows_page(report_id: int) -> ResponseReturnValue:
    """The rows of a sheet, all or those that lack something."""
    return list_page(report_id)


def list_page(report_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The same, with why something was not done to all of them."""
    actor, sight = the_sight(report_id)
    chosen = chosen_rows(sight)
    total = count_rows(sight, chosen)
    number = page_of(total, A_PAGE)
    found = rows(sight, chosen, 0, number * A_PAGE)[(number - 1) * A_PAGE :]
    labs = {each for each in lacking(sight).labs if each} | {row.lab_id for row in found if row.lab_id}
    note_seen(actor, sight)
    sheet = format_of(sight.report).sheet(chosen.sheet)
    if sheet.rows == INDICATOR:
        every = {row.key: row for row in rows(sight, Chosen(chosen.sheet), 0, A_PAGE * A_PAGE)}
        return render_template(
            "reports/indicators.html",
            report=sight.report,
            sheet=sheet,
            rows=every,
            figures=FIGURES,
            unit_words=UNIT_WORDS,
        )
    column = _typed_column(sight, chosen)
    shown = render_template(
        "reports/rows.html",
        sight=sight, report=sight.report, chosen=chosen, rows=found, number=number, a_page=A_PAGE, most=COLUMNS_SHOWN,
        total=total, base=address_of(report_id, chosen), told_at=told_at, below=below,
        which=which_of({row.instrument_id for row in found if row.instrument_id}),
        labs={each: in_language(*names) for each, names in lab_names(labs).items()},
        column=column, since=since(sight), beside=companions(sheet, column) if column else [],
        completes=completes(actor, sight, chosen.lab_id),
        rule=_rule(sight, chosen, found), refused=by_field(refusal), typed=request.form,
    )  # fmt: skip
    return shown, refusal.status if refusal else 200


def chosen_rows(sight: Sight) -> Chosen:
    sheets = [sheet["key"] for sheet in sight.report.layout]
    sheet = request.args.get("sheet") or sheets[0]
    if sheet not in sheets:
        raise NotFound([Reason("no_sheet", "sheet", N_("There is no such sheet."))])
    given = request.args
    return Chosen(
        sheet,
        given.get("lab", type=int),
        bool(given.get("lacking")),
        given.get("column", ""),
        given.get("code", ""),
    )


def address_of(report_id: int, chosen: Chosen) -> str:
    """Of the list of these rows."""
    return url_for(
        ".rows_page", report_id=report_id, sheet=chosen.sheet, lab=chosen.lab_id, column=chosen.column or None,
        code=chosen.code or None, lacking="1" if chosen.lacking else None,
    )  # fmt: skip


def _rule(sight: Sight, chosen: Chosen, found: list[Shown]) -> Lack | None:
    """What the rows that are looked at lack by one rule, where somebody can let them all stand."""
    if not chosen.code or not sight.files or sight.report.state != DRAFT:
        return None
    lacks = (lack for row in found for lack in row.lacks)
    return next((lack for lack in lacks if chosen.fits(lack) and lack.may_override), None)


def _typed_column(sight: Sight, chosen: Chosen) -> Column | None:
    """The column that is looked at, if something can be entered into it for all rows that lack it."""
    report = sight.report
    if report.state != DRAFT or not chosen.column:
        return None
    sheet = form_of(report.form, report.format_version).sheet(chosen.sheet)
    return next((each for each in sheet.columns if each.key == chosen.column and each.typed), None)


def completes(actor: Actor, sight: Sight, lab_id: int | None) -> bool:
    """Whether somebody may enter what is missing: who files the report, and of a lab's own rows its manager."""
    if sight.report.state != DRAFT:
        return False
    return sight.files or may(actor, Action.REPORT_FILE, Scope(sight.report.institution_id, lab_id))


def the_row(sight: Sight, sheet: str, key: str) -> Shown:
    """A row that is seen; raises NotFound."""
    found = one_row(sight, sheet, key)
    if found is None:
        raise NotFound([Reason("no_row", None, N_("There is no such row."))])
    return found


@pages.get(ROW)
def row_page(report_id: int, sheet: str, key: str) -> ResponseReturnValue:
    """A row with all its cells, what it lacks and where that is mended."""
    actor, sight = the_sight(report_id)
    row = the_row(sight, sheet, key)
    note_seen(actor, sight)
    return _row_page(actor, sight, row)


def _row_page(actor: Actor, sight: Sight, row: Shown, refusal: Refusal | None = None) -> ResponseReturnValue:
    report = sight.report
    entries = entries_of(report.id, row.sheet, row.key)
    may_enter = completes(actor, sight, row.lab_id)
    form = form_of(report.form, report.format_version) if may_enter else None
    typed = [column for column in form.sheet(row.sheet).columns if column.typed] if form else []
    shown = render_template(
        "reports/row.html",
        sight=sight, report=report, row=row, since=since(sight), entries=entries, completes=may_enter, form=form,
        columns=[each for each in typed if each.key in entries or row.cells[each.key] in ("", each.usual)],
        overrides=overrides_of(report.id, row.sheet, row.key), refused=by_field(refusal), given=request.form,
        lacks={column: [lack for lack in row.lacks if lack.column == column] for column in ("", *row.cells)},
    )  # fmt: skip
    return shown, refusal.status if refusal else 200


@pages.post(ROW)
def complete_row(report_id: int, sheet: str, key: str) -> ResponseReturnValue:
    """Enter by hand what the facts leave empty."""
    actor, sight = the_sight(report_id)
    row = the_row(sight, sheet, key)
    refuse_completing(actor, sight, row.lab_id)
    wanted = {
        name.removeprefix("cell-"): value.replace("\r\n", "\n").strip()
        for name, value in request.form.items()
        if name.startswith("cell-")
    }
    version, now = versions.typed(), clock.now()

    def act() -> None:
        with entered_as(sight.report, sheet, "cell-{}".format):
            enter_together(actor, report_id, version, sheet, [key], wanted, now)

    return _kept(actor, sight, row, act, gettext("Entered."))


def refuse_completing(actor: Actor, sight: Sight, lab_id: int | None) -> None:
    if not completes(actor, sight, lab_id):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])


def _kept(actor: Actor, sight: Sight, row: Shown, act: Any, words: str) -> ResponseReturnValue:
    report_id = sight.report.id
    try:
        perform(act)
        count_some(report_id, row.sheet, [row.key])
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN)
        return _row_page(actor, the_sight(report_id)[1], row, refusal)
    flash(words, "free")
    return redirect(url_for(".row_page", report_id=report_id, sheet=row.sheet, key=row.key), 303)


@pages.post(f"{ROW}/let-stand")
def let_row_stand(report_id: int, sheet: str, key: str) -> ResponseReturnValue:
    """Let a row stand in spite of a rule, with a reason; without one that is taken back."""
    actor, sight = the_sight(report_id, files=True)
    row = the_row(sight, sheet, key)
    code, reason = request.form.get("code", ""), request.form.get("reason", "")
    act = partial(let_stand, actor, report_id, versions.typed(), sheet, [key], code, reason, clock.now())
    return _kept(
        actor,
        sight,
        row,
        act,
        gettext("Noted, with the reason.") if reason.strip() else gettext("Taken back."),
    )
