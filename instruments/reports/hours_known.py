"""From which day on the use is known that a report tells of, where that is not the first of its days."""

from __future__ import annotations

from datetime import date

from instruments.reports.gathering.instruments import OF_LAST_YEAR, last_full_year
from instruments.reports.models import Report
from instruments.utilization import periods
from instruments.utilization.begun import begun
from instruments.utilization.periods import Period


def known_only_from(report: Report, today: date) -> tuple[date, Period] | None:
    """The day on which records begin, and the period of whose use the report tells, where that begins before it; None where
    all of it is known, or it tells of no use. One statement."""
    period = _told(report, today)
    since = begun()
    return (since, period) if period is not None and since is not None and period.first < since else None


def _told(report: Report, today: date) -> Period | None:
    """Its own period; of what is filed on an occasion the last year that was over then, where it has hours at all."""
    period = periods.read(report.period)
    sources = {column["source"] for sheet in report.layout for column in sheet["columns"]}
    if sources & set(OF_LAST_YEAR):
        return last_full_year(min(period.last, today))
    return period
