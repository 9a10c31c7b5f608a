"""Tables as files: what looks like a formula stays a text, amounts stay numbers, and equal tables are equal files."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from instruments.documents.sheets import Sheet, as_csv, as_xlsx

ROWS = [
    ["Name", "Sum", "Number"],
    ["=1+1", Decimal("1234.50"), 3],
    ["喆祎 https://x.example", Decimal("-0.01"), 0],
]


def test_a_workbook_holds_texts_and_numbers() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(Sheet("一", ROWS), Sheet("Two", [["a"]]))))
    assert book.sheet_names == ["一", "Two"]
    assert book.get_sheet_by_name("一").to_python() == [
        ["Name", "Sum", "Number"],
        ["=1+1", 1234.5, 3],
        ["喆祎 https://x.example", -0.01, 0],
    ]


def test_equal_tables_are_equal_files() -> None:
    assert as_xlsx(Sheet("One", ROWS)) == as_xlsx(Sheet("One", ROWS))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+86 29 0000", "+86 29 0000"),
        (Decimal("-5.00"), "-5.00"),
        ("-5.00", "-5.00"),
        ("@SUM(1)", "'@SUM(1)"),
        ("显微镜", "显微镜"),
    ],
)
def test_no_cell_of_a_csv_is_run(cell: str | Decimal, written: str) -> None:
    assert as_csv([[cell]]).decode("utf-8-sig").strip('\r\n"') == written
