"""A report as files: a workbook with its sheets, notes and what is lacking, or one sheet as CSV; from its own rows alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from instruments.documents.sheets import Cell, Sheet, as_csv, as_xlsx
from instruments.reports.listing import Shown
from instruments.reports.models import FILED, Report

LONGEST_SHEET = 31
FIGURES_WRITTEN = {f"indicator.{name}" for name in ("value", "n", "reference", "gap")}
_A_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
Words = Callable[..., str]


def workbook(report: Report, rows: Mapping[str, Sequence[Shown]], notes: Sequence[Sequence[str]]) -> bytes:
    """All sheets with the heads of the form, and a last one that says which report this is."""
    sheets = [
        Sheet(each["zh"][:LONGEST_SHEET], [_heads(each), *_body(each, rows.get(each["key"], ()))])
        for each in report.layout
    ]
    return as_xlsx(*sheets, Sheet("说明 Notes", notes, (28, 60, 30, 30)))


def table(report: Report, sheet: str, rows: Sequence[Shown]) -> bytes:
    """One sheet as CSV: what stands in the workbook, nothing more."""
    layout = next(each for each in report.layout if each["key"] == sheet)
    return as_csv([_heads(layout), *([row.cells[each["key"]] for each in layout["columns"]] for row in rows)])


def _heads(sheet: Mapping[str, Any]) -> list[Cell]:
    return [column["zh"] for column in sheet["columns"]]


def _body(sheet: Mapping[str, Any], rows: Sequence[Shown]) -> list[list[Cell]]:
    """Numbers as numbers, with as many decimals as they are written with; everything else as text."""
    return [[_cell(column, row.cells[column["key"]]) for column in sheet["columns"]] for row in rows]


def _cell(column: Mapping[str, Any], cell: str) -> Cell:
    if column["number"] and cell:
        return Decimal(cell)
    # In a workbook of indicators each row has a unit of its own, and "–" where there is nothing to divide by.
    return Decimal(cell) if column["source"] in FIGURES_WRITTEN and _A_NUMBER.fullmatch(cell) else cell


def file_name(report: Report, sheet: str = "") -> str:
    """In ASCII: the form, its period and version; a draft says that it is one."""
    parts = [
        report.form.replace("_", "-"),
        report.period.replace("/", "-").replace("..", "-to-"),
        *([f"part{report.part}"] if report.part > 1 else []),
        f"v{report.number}",
    ]
    parts += [sheet.replace("_", "-")] if sheet and len(report.layout) > 1 else []
    parts += [] if report.state == FILED else ["draft"]
    return "-".join(parts)
