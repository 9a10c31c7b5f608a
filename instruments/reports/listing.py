"""Reports and their rows, read for pages, files and programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from instruments.database import db
from instruments.people.models import Lab
from instruments.reports.checking import Lack
from instruments.reports.models import Report, ReportEntry, ReportOverride, ReportRow
from instruments.reports.seeing import Sight
from instruments.reports.writing import lack_from

_ROW: Any = ReportRow.__table__
_ENTRY: Any = ReportEntry.__table__
_OVERRIDE: Any = ReportOverride.__table__


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is kept: its cells by the keys of their columns, and what it lacks."""

    sheet: str
    position: int
    key: str
    lab_id: int | None
    instrument_id: int | None
    cells: dict[str, str]
    lacks: tuple[Lack, ...]
    left_out: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows to look at: of a sheet, of a lab, that lack anything, or something in one column, or by one rule."""

    sheet: str
    lab_id: int | None = None
    lacking: bool = False
    column: str = ""
    code: str = ""

    @property
    def of_one(self) -> bool:
        """Whether it is about one kind of lack."""
        return bool(self.column or self.code)

    def fits(self, lack: Lack) -> bool:
        """Whether a lack is one of those that are looked for."""
        return (not self.column or lack.column == self.column) and (not self.code or lack.code == self.code)


@dataclass(slots=True)
class Lacking:
    """How much is lacking, as far as it is seen: rows by sheet and by lab, and lacks by (sheet, column, code) with one such."""

    rows: Counter[str] = field(default_factory=Counter)
    labs: Counter[int | None] = field(default_factory=Counter)
    lacks: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str, str], tuple[Lack, Shown]] = field(default_factory=dict)


def columns_of(report: Report, sheet: str) -> list[dict[str, Any]]:
    """The columns of a sheet, as the report keeps them."""
    found = [each["columns"] for each in report.layout if each["key"] == sheet]
    return list(found[0]) if found else []


def rows(sight: Sight, chosen: Chosen, after: int, limit: int) -> list[Shown]:
    """Rows of a sheet in their order, those after a position."""
    asked = select(_ROW).where(sight.rows, *_those(chosen), _ROW.c.position > after)
    if not chosen.column:
        return [
            _shown(sight.report, row)
            for row in db.session.execute(asked.order_by(_ROW.c.position).limit(limit))
        ]
    # What a row lacks in which column stands within the row: those that lack anything are few enough to be read.
    found = (_shown(sight.report, row) for row in db.session.execute(asked.order_by(_ROW.c.position)))
    fitting = [row for row in found if any(chosen.fits(lack) for lack in row.lacks)]
    return fitting[:limit]


def count_rows(sight: Sight, chosen: Chosen) -> int:
    """How many there are of these."""
    if chosen.of_one:
        return len(rows(sight, chosen, 0, sight.report.rows_total + 1))
    asked = select(func.count()).select_from(_ROW).where(sight.rows, *_those(chosen))
    return int(db.session.scalar(asked) or 0)


def _those(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    yield _ROW.c.sheet == chosen.sheet
    if chosen.lab_id is not None:
        yield _ROW.c.lab_id == chosen.lab_id
    if chosen.lacking or chosen.of_one:
        yield _ROW.c.lacking.is_(True)


def one_row(sight: Sight, sheet: str, key: str) -> Shown | None:
    """One row by its key; None where there is none that is seen."""
    asked = select(_ROW).where(sight.rows, _ROW.c.sheet == sheet, _ROW.c.key == key)
    row = db.session.execute(asked).first()
    return None if row is None else _shown(sight.report, row)


def _shown(report: Report, row: Any) -> Shown:
    keys = [column["key"] for column in columns_of(report, row.sheet)]
    cells = dict(zip(keys, json.loads(row.cells), strict=True))
    lacks = tuple(lack_from(each) for each in json.loads(row.lacks))
    return Shown(
        row.sheet, row.position, row.key, row.lab_id, row.instrument_id, cells, lacks, bool(row.left_out)
    )


def lacking(sight: Sight) -> Lacking:
    """What is lacking. One statement."""
    found = Lacking()
    asked = select(_ROW).where(sight.rows, _ROW.c.lacking.is_(True)).order_by(_ROW.c.position)
    for row in db.session.execute(asked):
        shown = _shown(sight.report, row)
        found.rows[row.sheet] += 1
        found.labs[row.lab_id] += 1
        for lack in shown.lacks:
            key = (row.sheet, lack.column, lack.code)
            found.lacks[key] += 1
            found.first.setdefault(key, (lack, shown))
    return found


def sheet_counts(sight: Sight) -> dict[str, int]:
    """How many rows of each sheet leave, as far as they are seen. One statement."""
    leave = _ROW.c.left_out.is_(False)
    asked = select(_ROW.c.sheet, func.count()).where(sight.rows, leave).group_by(_ROW.c.sheet)
    return {sheet: int(count) for sheet, count in db.session.execute(asked)}


def left_out_count(sight: Sight) -> int:
    """How many rows were left out, as far as they are seen. One statement."""
    asked = select(func.count()).select_from(_ROW).where(sight.rows, _ROW.c.left_out.is_(True))
    return db.session.scalar(asked) or 0


def all_rows(sight: Sight) -> dict[str, list[Shown]]:
    """Every row that leaves, by sheet, in their order: for files. One statement."""
    found: dict[str, list[Shown]] = {sheet["key"]: [] for sheet in sight.report.layout}
    asked = select(_ROW).where(sight.rows, _ROW.c.left_out.is_(False)).order_by(_ROW.c.position)
    for row in db.session.execute(asked):
        found[row.sheet].append(_shown(sight.report, row))
    return found


def entries_of(report_id: int, sheet: str, key: str) -> dict[str, Any]:
    """By column, what was entered by hand into a row."""
    asked = select(_ENTRY).where(
        _ENTRY.c.report_id == report_id, _ENTRY.c.sheet == sheet, _ENTRY.c.key == key
    )
    return {row.column_key: row for row in db.session.execute(asked)}


def overrides_of(report_id: int, sheet: str | None = None, key: str | None = None) -> Sequence[Any]:
    """What somebody let stand in a report, or in one row of it."""
    asked = select(_OVERRIDE).where(_OVERRIDE.c.report_id == report_id)
    if sheet is not None:
        asked = asked.where(_OVERRIDE.c.sheet == sheet, _OVERRIDE.c.key == key)
    return db.session.execute(asked.order_by(_OVERRIDE.c.sheet, _OVERRIDE.c.key, _OVERRIDE.c.code)).all()


def lab_names(numbers: set[int]) -> dict[int, tuple[str, str]]:
    """The names of labs, (English, Chinese), by number."""
    found = db.session.execute(select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.id.in_(numbers)))
    return {row.id: (row.name_en, row.name_zh) for row in found}


def counts_of_lab(lab_id: int) -> dict[int, tuple[int, int]]:
    """By report, how many rows of a lab leave with it, and how many of them lack something. One statement."""
    leaves = _ROW.c.left_out.is_(False)
    count = func.sum(case((leaves, 1), else_=0))
    lacks = func.sum(case((leaves & _ROW.c.lacking.is_(True), 1), else_=0))
    asked = select(_ROW.c.report_id, count, lacks).where(_ROW.c.lab_id == lab_id)
    rows = db.session.execute(asked.group_by(_ROW.c.report_id))
    return {report_id: (int(count), int(lacking)) for report_id, count, lacking in rows}


def cells_of(report: Report, *, labs: frozenset[int] | None = None) -> dict[tuple[str, str], dict[str, str]]:
    """By sheet and key, the cells of every row that leaves, in their order; labs: of these alone. One statement."""
    keys = {sheet["key"]: [column["key"] for column in sheet["columns"]] for sheet in report.layout}
    asked = select(_ROW.c.sheet, _ROW.c.key, _ROW.c.cells).where(
        _ROW.c.report_id == report.id, _ROW.c.left_out.is_(False)
    )
    if labs is not None:
        asked = asked.where(_ROW.c.lab_id.in_(labs))
    return {
        (row.sheet, row.key): dict(zip(keys[row.sheet], json.loads(row.cells), strict=True))
        for row in db.session.execute(asked.order_by(_ROW.c.position))
    }
