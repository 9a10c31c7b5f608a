"""Doors of reports for the worker: what drafts rest on and that was not up to date is worked out, so that they can be filed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from instruments.database import db
from instruments.reports.gathering.summaries import months_needed
from instruments.reports.models import DRAFT, Report
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.tasks import freshen
from instruments.web import clock

AT_ONCE = 1500


def work_out_awaited() -> int:
    """Work out the summaries that drafts wait for; how many. Also those of years before anything was used here, which
    nobody else keeps."""
    now, done = clock.now(), 0
    waiting = select(Report.id).where(Report.state == DRAFT, Report.old > 0).order_by(Report.id)
    for number in list(db.session.scalars(waiting)):
        if (report := db.session.get(Report, number)) is None:
            continue
        months = months_needed(report, now)
        numbers = numbers_of(Selection(report.institution_id, report.lab_id))
        while made := freshen(months, now, numbers, AT_ONCE):
            done += made
    return done


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, work_out_awaited),)
