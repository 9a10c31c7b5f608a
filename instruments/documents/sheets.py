"""Write tables as CSV and as XLSX workbooks: texts stay texts, amounts are numbers, nothing is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import xlsxwriter

from instruments.documents.apostrophes import LOOKS_LIKE_FORMULA

Cell: TypeAlias = str | int | Decimal
NARROWEST, WIDEST = 8, 60
# A workbook says when it was made; ours says the same every time, so that equal tables are equal files.
MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name and its rows, the first of them the header.

    widths: of the columns in characters; none: 18 each.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[int] = ()


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV with the mark that makes spreadsheet programs read it as UTF-8."""
    file = io.StringIO()
    csv.writer(file).writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(*sheets: Sheet) -> bytes:
    """The sheets as a workbook. Decimals and whole numbers are numbers, with as many decimals as they have; every text is
    a text, so that no program turns one into something else.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": MADE})
        formats = _Formats(book)
        for sheet in sheets:
            _write(book, sheet, formats)
    return file.getvalue()


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._numbers: dict[int, Any] = {}
        self.text = book.add_format({"num_format": "@"})
        self.bold = book.add_format({"bold": True})

    def number(self, decimals: int) -> Any:
        """Thousands apart, and so many decimals."""
        if decimals not in self._numbers:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._numbers[decimals] = self._book.add_format({"num_format": pattern})
        return self._numbers[decimals]


def _write(book: xlsxwriter.Workbook, sheet: Sheet, formats: _Formats) -> None:
    page = book.add_worksheet(sheet.name)
    columns = max((len(row) for row in sheet.rows), default=1)
    for position in range(columns):
        width = sheet.widths[position] if position < len(sheet.widths) else 18
        page.set_column(position, position, min(max(width, NARROWEST), WIDEST), formats.text)
    page.freeze_panes(1, 0)
    for number, row in enumerate(sheet.rows):
        for position, cell in enumerate(row):
            _write_cell(page, number, position, cell, formats)


def _write_cell(page: Any, number: int, position: int, cell: Cell, formats: _Formats) -> None:
    if isinstance(cell, Decimal):
        decimals = max(-int(cell.as_tuple().exponent), 0)
        page.write_number(number, position, float(cell), formats.number(decimals))
    elif isinstance(cell, int):
        page.write_number(number, position, cell, formats.number(0))
    elif cell:
        page.write_string(number, position, cell, formats.bold if number == 0 else formats.text)


def _harmless(cell: Cell) -> Cell:
    """A spreadsheet program runs a CSV cell that looks like a formula; an apostrophe keeps it a text, also for our reader."""
    return f"'{cell}" if isinstance(cell, str) and LOOKS_LIKE_FORMULA.match(cell) else cell
