"""Turn rows that were found into rows as they leave: cells by the form's columns, entries by hand, and what is lacking. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from instruments.reports.cells import apportioned, decimals_of, exact, written
from instruments.reports.checking import Lack, lacks_of
from instruments.reports.form import ADDS_UP, NUMBERS, TEXT, UNITS, Column, Form, Sheet
from instruments.reports.gathering.asked import OUTSIDE, Found
from instruments.reports.indicator_figures import FIGURES
from instruments.reports.sources import SOURCES, Source

Entries = Mapping[tuple[str, str, str], str]
"""What was entered by hand: by sheet, key of the row, and column."""
Overrides = frozenset[tuple[str, str, str]]
"""What somebody let stand: sheet, key of the row, and the code of the rule."""
_TYPED = Source(TEXT, "")
POSTAL_CODE = "catalog.postal_code"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it leaves: its cells in the order of the columns, and what it lacks."""

    sheet: str
    key: str
    lab_id: int | None
    instrument_id: int | None
    cells: tuple[str, ...]
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people added to a report: entries, what they let stand, and how each row was written the year before."""

    entries: Entries
    overrides: Overrides = frozenset()
    last: Mapping[tuple[str, str], Mapping[str, str]] | None = None


def row_of(form: Form, sheet: Sheet, found: Found, added: ByHand) -> Row:
    """A row with everything that it lacks, but for what somebody let stand."""
    cells = [_cell(form, sheet, column, found, added.entries) for column in sheet.columns]
    _add_up(sheet, found.values, cells)
    last = (added.last or {}).get((sheet.key, found.key))
    lacks = [*found.lacks, *lacks_of(sheet, found.values, cells, form.codes, last)]
    entered = {column for name, key, column in added.entries if (name, key) == (sheet.key, found.key)}
    # What the form cannot hold of a place abroad is said once, and not at each of its columns.
    outside = any(lack.code == OUTSIDE for lack in found.lacks)
    left = tuple(
        lack
        for lack in lacks
        if not (lack.may_override and (sheet.key, found.key, lack.code) in added.overrides)
        and not (lack.code == "other_currency" and lack.column in entered)
        and not (outside and lack.code == "pattern" and sheet.column(lack.column).source == POSTAL_CODE)
    )
    return Row(sheet.key, found.key, found.lab_id, found.instrument_id, tuple(cells), left)


def source_of(sheet: Sheet, column: Column) -> Source:
    """Whence a column comes."""
    return SOURCES[sheet.rows].get(column.source, _TYPED)


def _cell(form: Form, sheet: Sheet, column: Column, found: Found, entries: Entries) -> str:
    cell = written(column, source_of(sheet, column).kind, found.values.get(column.source), form.codes)
    entered = entries.get((sheet.key, found.key, column.key), "") if column.typed else ""
    return cell or entered or column.usual


def _add_up(sheet: Sheet, values: Mapping[str, Any], cells: list[str]) -> None:
    """Parts of a whole are rounded together, so that what is printed adds up as the hours do."""
    for rule in sheet.rules:
        columns = [sheet.column(key) for key in rule.columns] if rule.kind == ADDS_UP else []
        found = [values.get(column.source) for column in columns]
        if not columns or any(value is None for value in found):
            continue
        kind = source_of(sheet, columns[0]).kind
        parts = [exact(column, kind, value) for column, value in zip(columns, found, strict=True)]
        rounded = apportioned(parts, decimals_of(columns[0], kind))
        for column, number in zip(columns, rounded, strict=True):
            cells[sheet.place(column.key)] = str(number)


def layout_of(form: Form) -> list[dict[str, Any]]:
    """Sheets and columns as they stand in files: kept with a report, so that its files stay what they were."""
    return [
        {
            "key": sheet.key, "zh": sheet.zh, "en": sheet.en,
            "columns": [
                {
                    "key": column.key, "zh": column.zh, "en": column.en,
                    "number": source_of(sheet, column).kind in NUMBERS, "unit": _unit(sheet, column),
                    "personal": source_of(sheet, column).personal, "source": column.source,
                }
                for column in sheet.columns
            ],
        }
        for sheet in form.sheets
    ]  # fmt: skip


def _unit(sheet: Sheet, column: Column) -> str:
    units = UNITS.get(source_of(sheet, column).kind, ("",))
    return column.unit or units[0]


def definitions_of(form: Form) -> dict[str, int]:
    """By source, and by figure of a workbook, the version of how it is worked out."""
    sources = {
        source: SOURCES[sheet.rows][source].version
        for sheet in form.sheets
        for source in sorted({column.source for column in sheet.columns if column.source})
    }
    items = [item for sheet in form.sheets for item in sheet.items]
    return sources | {f"figure.{item.figure}": FIGURES[item.figure].version for item in items}


def digest_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """Of rows (sheet, key, cells as they are kept) in their order: two reports with the same digest say the same."""
    found = hashlib.sha256()
    for row in rows:
        found.update("\t".join(row).encode())
        found.update(b"\n")
    return found.hexdigest()


def as_kept(values: Sequence[Any]) -> str:
    """Cells or lacks as the database keeps them, the same to the byte every time."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)


def lack_as_kept(lack: Lack) -> dict[str, Any]:
    """A lack in plain values."""
    return {
        "code": lack.code, "column": lack.column, "message": lack.message, "values": dict(lack.values),
        "may_override": lack.may_override, "mend": lack.mend,
    }  # fmt: skip


def lack_from(kept: Mapping[str, Any]) -> Lack:
    """The lack of plain values."""
    return replace(Lack("", "", ""), **kept)
