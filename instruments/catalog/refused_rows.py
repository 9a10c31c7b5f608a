"""The refused rows of a file as a workbook of their own: as they came, the cells at fault marked, with the reasons."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import xlsxwriter

from instruments.catalog.columns import BY_KEY, bilingual
from instruments.catalog.exporting import SHEET


def refused_rows(
    table: Mapping[str, Any],
    reasons: Mapping[int, Sequence[str]],
    cells: Collection[tuple[int, str]],
    row_words: str,
    why_words: str,
) -> bytes:
    """table: as `read_table` gives it; reasons: sentences by row number; cells: (row number, column key) at fault.

    The two columns in front (row, why) are no columns of the template, so the mended workbook can be uploaded as it is.
    """
    file = io.BytesIO()
    keys: Sequence[str] = table["columns"]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@"})
        wrong = book.add_format({"num_format": "@", "bg_color": "#FCEBE9", "font_color": "#B3261E"})
        sheet = book.add_worksheet(SHEET)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, len(keys) + 1, 18, text)
        sheet.freeze_panes(1, 2)
        sheet.write_row(0, 0, [row_words, why_words, *(bilingual(BY_KEY[key]) for key in keys)], bold)
        refused = [(number, row) for number, row in table["rows"] if number in reasons]
        for line, (number, row) in enumerate(refused, start=1):
            sheet.write_number(line, 0, number)
            sheet.write_string(line, 1, " ".join(reasons[number]))
            for position, (key, cell) in enumerate(zip(keys, row, strict=True), start=2):
                form = wrong if (number, key) in cells else text
                if cell:
                    sheet.write_string(line, position, cell, form)
                elif form is wrong:
                    sheet.write_blank(line, position, None, wrong)
    return file.getvalue()
