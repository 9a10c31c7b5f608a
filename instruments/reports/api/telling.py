"""What the doors of reports for programs share: the blueprint, and reports, rows and lacks as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint

from instruments.database import db
from instruments.reports.due import Accepted, Due
from instruments.reports.listing import Shown
from instruments.reports.mending import acceptance_at
from instruments.reports.models import DRAFT, Report
from instruments.reports.schemas import FormReportOut, NotOnRecordOut
from instruments.reports.seeing import Sight
from instruments.reports.since import since
from instruments.reports.views.words import lack_words, mend_of
from instruments.web.answers import Made

api = APIBlueprint("reports_api", __name__, url_prefix="/api/v1", tag="Statutory forms")
ONE = "/reports/<int:report_id>"


def told(report: Report, sight: Sight | None = None) -> dict[str, Any]:
    """A report, with its moments on the institution's wall; as somebody sees it with what happened to a draft since."""
    happened = since(sight) if sight and report.state == DRAFT else None
    zone = ZoneInfo(report.institution.zone)

    def there(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    names = set(FormReportOut.model_fields) - {"counted_at", "filed_at", "reference", "version"}
    names -= {"entered_at", "rows_changed"}
    return {name: getattr(report, name) for name in names} | {
        "counted_at": there(report.counted_at),
        "entered_at": there(happened.entered_at) if happened else None,
        "rows_changed": len(happened.rows) if happened else None,
        "filed_at": there(report.filed_at),
        "reference": report.receipt,
        "version": report.version_shown,
    }


def made(report_id: int) -> Made:
    """A report that was just made, and where it is read."""
    report = the_fresh(report_id)
    return Made(told(report), report.version_shown, f"/api/v1/reports/{report_id}")


def the_fresh(report_id: int) -> Report:
    """A report as it now stands."""
    return db.session.get_one(Report, report_id, populate_existing=True)


def due_told(each: Due) -> dict[str, Any]:
    """One line of the calendar."""
    return {
        "form": each.form.code, "period": each.period.code, "due": each.due, "assumed": each.assumed,
        "standing": each.standing, "report_id": each.report and each.report.id,
    }  # fmt: skip


def accepted_told(each: Accepted) -> dict[str, Any]:
    """One instrument that is not on record."""
    plain = {name: getattr(each, name) for name in NotOnRecordOut.model_fields if name != "mend"}
    return plain | {"mend": None if each.accepted else acceptance_at(each.id)}


def row_told(report: Report, row: Shown) -> dict[str, Any]:
    """One row with what it lacks, in the reader's language."""
    return {
        "key": row.key, "lab_id": row.lab_id, "instrument_id": row.instrument_id, "cells": row.cells,
        "left_out": row.left_out,
        "lacks": [
            {
                "code": lack.code, "column": lack.column, "message": lack_words(report, row.sheet, lack),
                "may_override": lack.may_override, "mend": mend_of(report, row, lack) or None,
            }
            for lack in row.lacks
        ],
    }  # fmt: skip
