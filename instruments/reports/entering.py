"""Enter by hand what the facts leave empty, and let a row stand in spite of a rule, with a reason; inside a deed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reports.drafting import note, the_draft
from instruments.reports.fitting import unfit
from instruments.reports.form import Column, Form, Sheet
from instruments.reports.forms import form_of
from instruments.reports.models import Report, ReportEntry, ReportOverride, ReportRow
from instruments.reports.writing import source_of

_ROW: Any = ReportRow.__table__
_ENTRY: Any = ReportEntry.__table__
_OVERRIDE: Any = ReportOverride.__table__
LONGEST_REASON = 500


def enter(
    actor: Actor, report_id: int, version: int | None, sheet: str, keys: Sequence[str], column: str, value: str, now: datetime
) -> int:  # fmt: skip
    """Enter a value into a column of these rows ("" takes it away); how many. What the facts say is never replaced."""
    report = the_draft(report_id, version)
    form = form_of(report.form, report.format_version)
    where = _column(form, sheet, column)
    value = value.strip()
    if reasons := list(_wrong(form, _sheet(form, sheet), where, value)):
        raise Refusal(reasons)
    rows = [{"sheet": sheet, "key": key} for key in _there(report, sheet, keys)]
    for row in rows:
        db.session.execute(
            delete(_ENTRY).where(*_same(_ENTRY, report_id, row), _ENTRY.c.column_key == column)
        )
    if value and rows:
        told = {"report_id": report_id, "column_key": column, "value": value, "entered_by_id": actor.person_id,
                "entered_at": now}  # fmt: skip
        db.session.execute(insert(_ENTRY), [told | row for row in rows])
    _raised(report)
    told = {
        "sheet": sheet,
        "column": column,
        "rows": len(rows),
        "key": rows[0]["key"] if len(rows) == 1 else "",
    }
    note("report.entered", report, actor.person_id, now, **told)
    return len(rows)


def _same(table: Any, report_id: int, row: dict[str, str]) -> Sequence[Any]:
    return (table.c.report_id == report_id, table.c.sheet == row["sheet"], table.c.key == row["key"])


def _column(form: Form, sheet: str, column: str) -> Column:
    found = [each for each in _sheet(form, sheet).columns if each.key == column and each.typed]
    if not found:
        sentence = N_("Nothing is entered by hand into this column.")
        raise Refusal([Reason("not_typed", "column", sentence)])
    return found[0]


def _sheet(form: Form, key: str) -> Sheet:
    found = [sheet for sheet in form.sheets if sheet.key == key]
    if not found:
        raise NotFound([Reason("no_sheet", "sheet", N_("There is no such sheet."))])
    return found[0]


def _wrong(form: Form, sheet: Sheet, column: Column, value: str) -> Iterator[Reason]:
    """What does not fit is refused at once, by what the facts are held against, too."""
    if value:
        for found in unfit(column, source_of(sheet, column), form.codes, value):
            yield Reason(found.code, "value", found.message, found.values)


def _there(report: Report, sheet: str, keys: Sequence[str]) -> list[str]:
    asked = select(_ROW.c.key).where(_ROW.c.report_id == report.id, _ROW.c.sheet == sheet)
    there = set(db.session.scalars(asked))
    if set(keys) - there:
        raise NotFound([Reason("no_row", "key", N_("There is no such row."))])
    return list(dict.fromkeys(keys))


def let_stand(
    actor: Actor, report_id: int, version: int | None, sheet: str, keys: Sequence[str], code: str, reason: str, now: datetime
) -> int:  # fmt: skip
    """Let rows stand in spite of a rule that allows it; how many. The reason stays with the report, without one it is
    taken back."""
    report = the_draft(report_id, version)
    form = form_of(report.form, report.format_version)
    rules = {rule.kind for rule in _sheet(form, sheet).rules if rule.may_override}
    if code not in rules:
        raise Refusal(
            [Reason("not_overridable", "code", N_("Nobody can let this stand; it has to be mended."))]
        )
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Refusal(
            [Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST_REASON})]
        )
    rows = [{"sheet": sheet, "key": key} for key in _there(report, sheet, keys)]
    for row in rows:
        db.session.execute(
            delete(_OVERRIDE).where(*_same(_OVERRIDE, report_id, row), _OVERRIDE.c.code == code)
        )
    if reason and rows:
        told = {"report_id": report_id, "code": code, "reason": reason, "overridden_by_id": actor.person_id,
                "overridden_at": now}  # fmt: skip
        db.session.execute(insert(_OVERRIDE), [told | row for row in rows])
    _raised(report)
    key = rows[0]["key"] if len(rows) == 1 else ""
    note(
        "report.let_stand",
        report,
        actor.person_id,
        now,
        sheet=sheet,
        key=key,
        rows=len(rows),
        code=code,
        reason=reason,
    )
    return len(rows)


def _raised(report: Report) -> None:
    report.version += 1
    db.session.flush()
