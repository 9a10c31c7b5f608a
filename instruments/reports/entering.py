"""Enter by hand what the facts leave empty, and let a row stand in spite of a rule, with a reason; inside a deed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
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
from instruments.reports.together import Held, at_odds
from instruments.reports.writing import source_of

_ROW: Any = ReportRow.__table__
_ENTRY: Any = ReportEntry.__table__
_OVERRIDE: Any = ReportOverride.__table__
LONGEST_REASON = 500


def enter(
    actor: Actor, report_id: int, version: int | None, sheet: str, keys: Sequence[str], column: str, value: str, now: datetime
) -> int:  # fmt: skip
    """Enter a value into one column of these rows; how many it changes."""
    return enter_together(actor, report_id, version, sheet, keys, {column: value}, now)


def enter_together(
    actor: Actor, report_id: int, version: int | None, sheet: str, keys: Sequence[str], values: Mapping[str, str], now: datetime
) -> int:  # fmt: skip
    """Enter values into columns of these rows ("" takes one away); how many rows that changes. What the facts say is never
    replaced, and no row is made to say something against itself. Reasons name the column as their field."""
    report = the_draft(report_id, version)
    form = form_of(report.form, report.format_version)
    columns = {name: _column(form, sheet, name) for name in values}
    values = {name: value.strip() for name, value in values.items()}
    rows = _held(report, sheet, keys)
    reasons = [
        reason
        for name, column in columns.items()
        for reason in _wrong(form, _sheet(form, sheet), column, values[name], rows)
    ]
    if not reasons:
        reasons = _each_once(at_odds(_sheet(form, sheet), row, values) for row in rows.values())
    if reasons:
        raise Refusal(reasons)
    changed: set[str] = set()
    for name, column in columns.items():
        into = [key for key, row in rows.items() if row.changes(column, values[name])]
        changed |= set(into)
        if into:
            _put(actor, report, sheet, into, name, values[name], now)
    if changed:
        _raised(report)
    return len(changed)


def _each_once(found: Iterable[Iterator[Reason]]) -> list[Reason]:
    """What is said of many rows is said once."""
    said: list[Reason] = []
    for each in chain.from_iterable(found):
        if each not in said:
            said.append(each)
    return said


def _put(
    actor: Actor, report: Report, sheet: str, keys: Sequence[str], column: str, value: str, now: datetime
) -> None:  # fmt: skip
    rows = [{"sheet": sheet, "key": key} for key in keys]
    for row in rows:
        db.session.execute(
            delete(_ENTRY).where(*_same(_ENTRY, report.id, row), _ENTRY.c.column_key == column)
        )
    if value:
        told = {"report_id": report.id, "column_key": column, "value": value, "entered_by_id": actor.person_id,
                "entered_at": now}  # fmt: skip
        db.session.execute(insert(_ENTRY), [told | row for row in rows])
    key = keys[0] if len(keys) == 1 else ""
    note("report.entered", report, actor.person_id, now, sheet=sheet, column=column, rows=len(rows), key=key)


def _held(report: Report, sheet: str, keys: Sequence[str]) -> dict[str, Held]:
    """These rows as they stand, by key. Two statements."""
    wanted = _there(report, sheet, keys)
    columns = [
        each["key"] for layout in report.layout if layout["key"] == sheet for each in layout["columns"]
    ]
    asked = select(_ROW.c.key, _ROW.c.cells).where(_ROW.c.report_id == report.id, _ROW.c.sheet == sheet)
    cells = {row.key: row.cells for row in db.session.execute(asked)}
    entries: dict[str, dict[str, str]] = {key: {} for key in wanted}
    said = select(_ENTRY).where(_ENTRY.c.report_id == report.id, _ENTRY.c.sheet == sheet)
    for entry in db.session.execute(said):
        if entry.key in entries:
            entries[entry.key][entry.column_key] = entry.value
    return {
        key: Held(dict(zip(columns, json.loads(cells[key]), strict=True)), entries[key]) for key in wanted
    }


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


def _wrong(
    form: Form, sheet: Sheet, column: Column, value: str, rows: Mapping[str, Held]
) -> Iterator[Reason]:
    """What does not fit is refused at once, by what the facts are held against, too; what already stands there is no fault of
    whoever enters something else beside it."""
    if not value or all(row.entries.get(column.key) == value for row in rows.values()):
        return
    found = list(unfit(column, source_of(sheet, column), form.codes, value))
    yield from (Reason(each.code, column.key, each.message, each.values) for each in found)
    if not found and rows and not any(row.takes(column) for row in rows.values()):
        sentence = N_("What stands here comes from the facts. Mend it where they are kept.")
        yield Reason("facts_say", column.key, sentence)


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
