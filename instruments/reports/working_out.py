"""Work out the rows of a report from the facts, its entries and what was filed the year before; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution
from instruments.reports.agreeing import agreed, others_of
from instruments.reports.disjoint import left_to_others
from instruments.reports.first_use import first_use
from instruments.reports.form import (
    DIFFERS,
    INCOME,
    INDICATOR,
    INSTRUMENT,
    OCCASION,
    SERVICE,
    WHOLE,
    Form,
    Sheet,
)
from instruments.reports.forms import form_at, form_of
from instruments.reports.gathering.asked import Asked, Found
from instruments.reports.gathering.income import found_income
from instruments.reports.gathering.indicators import found_indicators
from instruments.reports.gathering.instruments import found_instruments
from instruments.reports.gathering.served import found_services
from instruments.reports.gathering.whole import found_whole
from instruments.reports.listing import cells_of
from instruments.reports.models import FILED, Report, ReportEntry, ReportOverride, ReportRow
from instruments.reports.on_record import on_record
from instruments.reports.writing import ByHand, Row, row_of
from instruments.utilization import periods
from instruments.utilization.periods import Period

_ROW: Any = ReportRow.__table__
_ENTRY: Any = ReportEntry.__table__
_OVERRIDE: Any = ReportOverride.__table__
GATHERED: Mapping[str, Callable[[Asked], tuple[list[Found], int]]] = {
    SERVICE: found_services,
    INSTRUMENT: found_instruments,
    INCOME: found_income,
    WHOLE: found_whole,
    INDICATOR: found_indicators,
}


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The rows of a report in the order of its sheets, by the form as it holds for its period; unknown: how many instruments
    more may belong there; old: so many summaries that they rest on are being worked out anew."""

    form: Form
    rows: list[Row]
    unknown: int
    old: int = 0


def work_out(report: Report, now: datetime, base_url: str) -> WorkedOut:
    """All rows as the facts now say; of a correction that is not written yet with what was entered into what it corrects."""
    by_hand = report.id or report.corrects_id or 0
    told = _Told(report, periods.read(report.period), now, base_url)
    form = form_at(report.form, told.period.first)
    added = ByHand(_entries(by_hand), _overrides(by_hand), _last(told, form))
    gathered: dict[str, list[Found]] = {}
    unknown = 0
    for sheet in form.sheets:
        gathered[sheet.key], more = GATHERED[sheet.rows](told.asked(sheet))
        unknown = max(unknown, more)
    rows = [
        row_of(form, sheet, each, added) for sheet in form.sheets for each in agreed(form, sheet, gathered)
    ]
    return WorkedOut(form, rows, unknown)


def work_out_some(
    report: Report, sheet_key: str, keys: Collection[str], now: datetime, base_url: str
) -> list[Row]:
    """Some rows of a sheet anew, by the format that the draft was worked out by."""
    told = _Told(report, periods.read(report.period), now, base_url)
    form = form_of(report.form, report.format_version)
    sheet = form.sheet(sheet_key)
    asked = replace(told.asked(sheet), instruments=_instruments_of(report.id, sheet_key, keys))
    added = ByHand(_entries(report.id), _overrides(report.id), _last(told, form, asked.instruments))
    gathered = {sheet.key: GATHERED[sheet.rows](asked)[0]}
    for key in others_of(sheet):
        other = form.sheet(key)
        gathered[key] = GATHERED[other.rows](told.asked(other))[0]
    return [row_of(form, sheet, each, added) for each in agreed(form, sheet, gathered) if each.key in keys]


def _instruments_of(report_id: int, sheet: str, keys: Collection[str]) -> frozenset[int] | None:
    """Those that the rows are about; None where one is about no single instrument."""
    asked = select(_ROW.c.key, _ROW.c.instrument_id).where(
        _ROW.c.report_id == report_id, _ROW.c.sheet == sheet
    )
    numbers = {row.instrument_id for row in db.session.execute(asked) if row.key in keys}
    return None if None in numbers else frozenset(numbers)


@dataclass(frozen=True, slots=True)
class _Told:
    report: Report
    period: Period
    now: datetime
    base_url: str

    def asked(self, sheet: Sheet, period: Period | None = None) -> Asked:
        """What the rows of a sheet are asked for."""
        report = self.report
        known = on_record(report.institution_id) if report.fresh_only else frozenset()
        if form_at(report.form, self.period.first).period == OCCASION:
            known = left_to_others(report, known)
        when = period or self.period
        return Asked(report.institution_id, report.lab_id, when, sheet, self.now, self.base_url, known)


def _entries(report_id: int) -> dict[tuple[str, str, str], str]:
    rows = db.session.execute(select(_ENTRY).where(_ENTRY.c.report_id == report_id))
    return {(row.sheet, row.key, row.column_key): row.value for row in rows}


def _overrides(report_id: int) -> frozenset[tuple[str, str, str]]:
    rows = db.session.execute(select(_OVERRIDE).where(_OVERRIDE.c.report_id == report_id))
    return frozenset((row.sheet, row.key, row.code) for row in rows)


def _last(
    told: _Told, form: Form, instruments: frozenset[int] | None = None
) -> dict[tuple[str, str], dict[str, str]] | None:
    """How each row was written the period before: as it was filed, else as the facts say; only where a rule asks, and not
    of a time of which nothing is known here."""
    sheets = [sheet for sheet in form.sheets if any(rule.kind == DIFFERS for rule in sheet.rules)]
    if not sheets:
        return None
    before = _filed(told.report, told.period.before.code)
    if before is not None:
        return cells_of(before)
    since = first_use(db.session.get_one(Institution, told.report.institution_id))
    if since is None or since >= told.period.before.end:
        return None
    found: dict[tuple[str, str], dict[str, str]] = {}
    for sheet in sheets:
        rows, _ = GATHERED[sheet.rows](
            replace(told.asked(sheet, told.period.before), instruments=instruments)
        )
        for each in rows:
            cells = row_of(form, sheet, each, ByHand({})).cells
            found[sheet.key, each.key] = dict(
                zip((column.key for column in sheet.columns), cells, strict=True)
            )
    return found


def _filed(report: Report, period: str) -> Report | None:
    """What was filed last of the same form for another period."""
    asked = (
        select(Report)
        .where(
            Report.form == report.form, Report.institution_id == report.institution_id, Report.period == period,
            Report.lab_id.is_(None) if report.lab_id is None else Report.lab_id == report.lab_id,
            Report.state == FILED,
        )
        .order_by(Report.number.desc())
        .limit(1)
    )  # fmt: skip
    return db.session.execute(asked).scalar()
