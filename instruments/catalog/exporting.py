"""Write the catalogue of an institution, or the empty template, as CSV or XLSX in the template's own columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from instruments.catalog.apostrophes import LOOKS_LIKE_FORMULA
from instruments.catalog.cells import Unreadable, read
from instruments.catalog.checking import written
from instruments.catalog.columns import COLUMNS, Column, bilingual
from instruments.catalog.known import Known
from instruments.catalog.present import known_of
from instruments.people.models import Institution

SHEET = "设备清单"


def export_rows(institution: Institution) -> list[list[str]]:
    """The header and a row of texts for each instrument, retired ones too."""
    known = known_of(institution)
    return [
        [bilingual(column) for column in COLUMNS],
        *([_cell(column, values, known) for column in COLUMNS] for values in known.instruments.values()),
    ]


def _cell(column: Column, values: Mapping[str, Any], known: Known) -> str:
    value = values.get(column.place)
    if column.in_record:
        return value or ""
    if column.kind == "amount_10k" and values.get("original_currency") != "CNY":
        return ""
    as_written = (values["national_record"] or {}).get(column.key) if column.national else None
    if as_written and _means(column, as_written, value, known):
        return str(as_written)
    return written(column, value, known)


def _means(column: Column, text: str, value: Any, known: Known) -> bool:
    """Whether what a form once said is still what the catalogue says: then it goes back as it came."""
    try:
        match column.kind:
            case "lab":
                return known.lab(text) == value
            case "class":
                return known.class_code(text) == value
            case _:
                return read(column, text) == value
    except Unreadable:
        return False


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV with the mark that makes spreadsheet programs read it as UTF-8."""
    file = io.StringIO()
    csv.writer(file).writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A spreadsheet program runs a CSV cell that looks like a formula; an apostrophe keeps it a text, also for our reader."""
    return f"'{cell}" if LOOKS_LIKE_FORMULA.match(cell) else cell


def as_xlsx(rows: Sequence[Sequence[str]], notes: Sequence[Sequence[str]] = ()) -> bytes:
    """The rows as a workbook, every cell a text, so that no program turns a number into another; notes: a second sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(SHEET)
        sheet.set_column(0, max(len(rows[0]) - 1, 0), 18, text)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for position, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, position, cell, bold if number == 0 else text)
        if notes:
            _write_notes(book, notes, bold)
    return file.getvalue()


def _write_notes(book: xlsxwriter.Workbook, notes: Sequence[Sequence[str]], bold: Any) -> None:
    sheet = book.add_worksheet("说明 Notes")
    for position, width in enumerate((28, 36, 12, 90)):
        sheet.set_column(position, position, width)
    for number, row in enumerate(notes):
        for position, cell in enumerate(row):
            sheet.write_string(number, position, cell, bold if number == 0 else None)
