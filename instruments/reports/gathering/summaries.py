"""Which summaries of months the rows of a report rest on, so that a door brings them up to date first."""

from __future__ import annotations

from datetime import date, datetime

from instruments.reports.form import INDICATOR
from instruments.reports.forms import form_at
from instruments.reports.gathering.instruments import OF_LAST_YEAR, last_full_year
from instruments.reports.models import Report
from instruments.utilization import periods
from instruments.utilization.edges import months_until


def months_needed(report: Report, now: datetime) -> list[int]:
    """Months such as 202611: of the last full year for hours a year, of the period for indicators; none for others."""
    period = periods.read(report.period)
    form = form_at(report.form, period.first)
    sources = {column.source for sheet in form.sheets for column in sheet.columns}
    today: date = now.date()
    found: set[int] = set()
    if sources & set(OF_LAST_YEAR):
        found.update(months_until(last_full_year(min(period.last, today)), today))
    if any(sheet.rows == INDICATOR for sheet in form.sheets):
        found.update(months_until(period, today))
    return sorted(found)
