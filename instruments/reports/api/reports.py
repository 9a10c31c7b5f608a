"""Doors for programs: a report with its rows, what is entered by hand, filing, correcting, and files."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.people.bearer import token_required
from instruments.reports import files
from instruments.reports.api.telling import ONE, api, made, row_told, the_fresh, told
from instruments.reports.drafting import give_up
from instruments.reports.entering import enter_together, let_stand
from instruments.reports.listing import Chosen, all_rows, count_rows, one_row, rows
from instruments.reports.receipts import note_receipt
from instruments.reports.schemas import (
    FileFormIn,
    FormDifferencesOut,
    FormEntryIn,
    FormReceiptIn,
    FormReportOut,
    FormRowsOut,
    FormRowsQuery,
    LetStandIn,
)
from instruments.reports.seeing import Sight
from instruments.reports.views.differences import found_differences
from instruments.reports.views.doors import count, count_some, filed, note_seen, note_taken, to_correct
from instruments.reports.views.one import the_sight
from instruments.reports.views.rows import completes
from instruments.reports.views.taking import notes_of
from instruments.reports.views.words import entered_as
from instruments.web import clock, paging, versions
from instruments.web.answers import answer, made_once
from instruments.web.downloads import KINDS, download
from instruments.web.incoming import Incoming, Shape, asks, takes, whole
from instruments.web.multipart import downloads


@api.get(ONE)
@token_required("reports:read")
@api.output(FormReportOut)
@api.doc(responses=[404])
def report(report_id: int) -> Response:
    """A report; its ETag is what a change must name."""
    _, sight = the_sight(report_id)
    return answer(told(sight.report, sight), version=sight.report.version_shown)


@api.get(f"{ONE}/rows")
@token_required("reports:read")
@asks(api, FormRowsQuery)
@api.output(FormRowsOut)
@api.doc(responses=[404])
def report_rows(report_id: int, query: FormRowsQuery) -> Response:
    """The rows of a sheet in their order, with what they lack; a manager of labs sees those of their labs."""
    actor, sight = the_sight(report_id)
    chosen = Chosen(_sheet(sight, query.sheet), query.lab, query.lacking, query.column, query.code)
    after = paging.decode(query.cursor, (int,))
    found = rows(sight, chosen, after[0] if after else 0, query.limit + 1)
    shown = found[: query.limit]
    following = paging.encode([shown[-1].position]) if len(found) > query.limit else None
    note_seen(actor, sight)
    items = [row_told(sight.report, row) for row in shown]
    return answer(
        {"sheet": chosen.sheet, "total": count_rows(sight, chosen), "items": items, "next": following}
    )


def _sheet(sight: Sight, key: str) -> str:
    sheets = [sheet["key"] for sheet in sight.report.layout]
    if key and key not in sheets:
        raise NotFound([Reason("no_sheet", "sheet", N_("There is no such sheet."))])
    return key or sheets[0]


@api.get(f"{ONE}/differences")
@token_required("reports:read")
@api.output(FormDifferencesOut)
@api.doc(responses=[404])
def report_differences(report_id: int) -> Response:
    """What a version says otherwise than the one it corrects; 404 of a first version."""
    actor, sight = the_sight(report_id)
    found = found_differences(sight)
    note_seen(actor, sight)
    items = [
        {
            "what": each.what, "sheet": each.sheet, "key": each.key,
            "cells": {name: list(cells) for name, cells in each.cells.items()},
        }
        for each in found
    ]  # fmt: skip
    return answer({"items": items})


@api.post(f"{ONE}/count")
@token_required("reports:write")
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 422, 428])
def count_report(report_id: int) -> Response:
    """Work the draft out anew. Needs If-Match."""
    _, sight = the_sight(report_id, files=True)
    count(report_id, versions.matched(sight.report.version_shown))
    return _now(report_id)


@api.post(f"{ONE}/entries")
@token_required("reports:write")
@takes(api, FormEntryIn)
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 428])
def enter_values(report_id: int, wanted: Incoming[FormEntryIn]) -> Response:
    """Enter a value by hand into rows where the facts say nothing. Needs If-Match."""
    actor, sight = the_sight(report_id)
    version, body = _asked(sight, wanted)
    labs = {row.lab_id for key in body.keys if (row := one_row(sight, body.sheet, key)) is not None}
    if not all(completes(actor, sight, lab) for lab in labs or {None}):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    values = {**body.also, body.column: body.value}
    with entered_as(
        sight.report, body.sheet, lambda column: "value" if column == body.column else f"also.{column}"
    ):
        perform(
            partial(enter_together, actor, report_id, version, body.sheet, body.keys, values, clock.now())
        )
    count_some(report_id, body.sheet, body.keys)
    return _now(report_id)


@api.post(f"{ONE}/let-stand")
@token_required("reports:write")
@takes(api, LetStandIn)
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 428])
def let_rows_stand(report_id: int, wanted: Incoming[LetStandIn]) -> Response:
    """Let rows stand in spite of a rule that allows it, with a reason. Needs If-Match."""
    actor, sight = the_sight(report_id, files=True)
    version, body = _asked(sight, wanted)
    perform(
        partial(
            let_stand, actor, report_id, version, body.sheet, body.keys, body.code, body.reason, clock.now()
        )
    )
    count_some(report_id, body.sheet, body.keys)
    return _now(report_id)


@api.post(f"{ONE}/file")
@token_required("reports:write")
@takes(api, FileFormIn)
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 428])
def file_report(report_id: int, wanted: Incoming[FileFormIn]) -> Response:
    """File a draft; from then on it never changes. 412 `changed` where the facts changed since: look again. Needs If-Match."""
    actor, sight = the_sight(report_id, files=True)
    version, body = _asked(sight, wanted)
    filed(
        actor, sight.report, version,
        reference=body.reference.strip(), reason=body.reason.strip(), leave_out=body.leave_out,
    )  # fmt: skip
    return _now(report_id)


@api.post(f"{ONE}/receipt")
@token_required("reports:write")
@takes(api, FormReceiptIn)
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 428])
def note_report_receipt(report_id: int, wanted: Incoming[FormReceiptIn]) -> Response:
    """Note the number that was given for a filed report; its rows stay as they are. Needs If-Match."""
    actor, sight = the_sight(report_id, files=True)
    version, body = _asked(sight, wanted)
    perform(partial(note_receipt, actor, report_id, version, body.reference, clock.now()))
    return _now(report_id)


@api.post(f"{ONE}/correct")
@token_required("reports:write")
@api.output(FormReportOut, 201)
@api.doc(responses=[404, 422])
def correct_report(report_id: int) -> Response:
    """Begin the correction of what was filed: a draft of the next version."""
    actor, _ = the_sight(report_id, files=True)
    act = to_correct(actor, report_id)
    return made_once(actor.person_id, clock.now(), lambda: made(act()))


@api.delete(ONE)
@token_required("reports:write")
@api.output(FormReportOut)
@api.doc(responses=[404, 412, 422, 428])
def give_report_up(report_id: int) -> Response:
    """Take a draft away; what is filed stays. Needs If-Match."""
    actor, sight = the_sight(report_id, files=True)
    body, version = told(sight.report), versions.matched(sight.report.version_shown)
    perform(partial(give_up, actor, report_id, version, clock.now()))
    return answer(body, version=body["version"])


def _asked(sight: Sight, wanted: Incoming[Shape]) -> tuple[Any, Shape]:
    """The version that a change names, and what it asks for."""
    return versions.matched(sight.report.version_shown), whole(wanted)


def _now(report_id: int) -> Response:
    db.session.rollback()
    fresh = the_fresh(report_id)
    return answer(told(fresh, the_sight(report_id)[1]), version=fresh.version_shown)


@api.get(f"{ONE}/file.xlsx")
@token_required("reports:read")
@api.doc(responses={200: downloads("The report with all its sheets", KINDS["xlsx"]), 404: ""})
def report_workbook(report_id: int) -> Response:
    """The report as a workbook, as far as you see its rows; who took it stands in the journal."""
    actor, sight = the_sight(report_id)
    found = all_rows(sight)
    note_taken(actor, sight, "xlsx", sum(len(some) for some in found.values()))
    return download(
        files.workbook(sight.report, found, notes_of(sight)), "xlsx", files.file_name(sight.report)
    )


@api.get(f"{ONE}/sheets/<string:sheet>/file.csv")
@token_required("reports:read")
@api.doc(responses={200: downloads("One sheet of the report", "text/csv"), 404: ""})
def report_table(report_id: int, sheet: str) -> Response:
    """One sheet of the report as CSV."""
    actor, sight = the_sight(report_id)
    found = all_rows(sight)[_sheet(sight, sheet)]
    note_taken(actor, sight, "csv", len(found))
    return download(files.table(sight.report, sheet, found), "csv", files.file_name(sight.report, sheet))
