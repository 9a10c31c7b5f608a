"""Read a catalogue file into rows of text; called in a process of its own (see refused_files.read_table).

Nothing of the application is imported here: whatever a hostile file does, it does to a process with limits
on time and memory that knows no database.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from instruments.catalog.columns import recognise
from instruments.documents.apostrophes import unmarked

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 300 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 300
LONGEST_CELL = 32_767
ROWS_BEFORE_HEADER = 20
FEWEST_COLUMNS = 2
Row = tuple[int, list[str]]
Understood = Callable[[list[str]], int]


class FileRefused(Exception):
    """The whole file cannot be taken; `code` says why."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def read_file(path: Path) -> dict[str, Any]:
    """The recognised columns and the rows of a CSV or XLSX file; raises FileRefused.

    {"sheet", "encoding", "delimiter", "header_row", "columns": [key], "header": [text], "unknown": [text],
    "rows": [[row number, [text]]]}
    """
    about, rows = open_table(path, lambda cells: len(recognise(cells).columns))
    return about | _with_header(rows)


def open_table(path: Path, understood: Understood) -> tuple[dict[str, Any], Iterable[Row]]:
    """What a CSV or XLSX file is ({"sheet", "encoding", "delimiter"}), and its rows as text; raises FileRefused.

    understood: how many columns a row names, by which the delimiter is told.
    """
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("file_empty")
    if size > LARGEST_FILE:
        raise FileRefused("file_too_large", most=LARGEST_FILE // 1024 // 1024)
    with path.open("rb") as file:
        start = file.read(512)
    _refuse_other_kinds(start)
    return _xlsx(path) if start.startswith(b"PK") else _csv(path.read_bytes(), understood)


def _refuse_other_kinds(start: bytes) -> None:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("file_locked_or_old")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")):
        raise FileRefused("file_is_a_page")
    if start.startswith((b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff")):
        raise FileRefused("file_is_another_kind")


def _with_header(rows: Iterable[Row]) -> dict[str, Any]:
    """Find the header among the first rows: the one that names most of our columns."""
    source = iter(rows)
    first: list[Row] = []
    for row in source:
        first.append(row)
        if len(first) == ROWS_BEFORE_HEADER:
            break
    if not first:
        raise FileRefused("file_empty")
    known = [len(recognise(cells).columns) for _, cells in first]
    best = known.index(max(known))
    if known[best] < FEWEST_COLUMNS:
        raise FileRefused("no_header", header=", ".join(cell for cell in first[0][1] if cell)[:200])
    number, header = first[best]
    found = recognise(header)
    if found.twice:
        raise FileRefused("column_twice", column=found.twice[0])
    kept = sorted(found.columns)
    body = [
        [each, [cells[position] if position < len(cells) else "" for position in kept]]
        for each, cells in (*first[best + 1 :], *_bounded(source))
        if any(cells)
    ]
    if not body:
        raise FileRefused("no_rows")
    return {
        "header_row": number,
        "columns": [found.columns[position].key for position in kept],
        "header": [header[position] for position in kept],
        "unknown": list(found.unknown),
        "rows": body,
    }


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            raise FileRefused("too_many_rows", most=MOST_ROWS)
        yield row


# --- CSV


def _csv(data: bytes, understood: Understood) -> tuple[dict[str, Any], Iterable[Row]]:
    text, encoding = _decoded(data)
    if "\x00" in text:
        raise FileRefused("file_is_another_kind")
    delimiter = _delimiter(text, understood)
    csv.field_size_limit(4 * LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    about = {"sheet": "", "encoding": encoding, "delimiter": delimiter}
    return about, _csv_rows(reader)


def _csv_rows(reader: Any) -> Iterator[Row]:
    number = 0  # of the record, as a spreadsheet counts, whatever line breaks its cells hold
    try:
        for number, cells in enumerate(reader, start=1):
            if len(cells) > MOST_COLUMNS:
                raise FileRefused("too_many_columns", most=MOST_COLUMNS)
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise FileRefused("cell_too_long", row=number)
            yield number, [unmarked(cell.strip()) for cell in cells]
    except csv.Error:
        raise FileRefused("broken_quotes", row=number + 1) from None


def _decoded(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding: a mark at its start says, else UTF-8 if it is, else GB 18030."""
    for mark, encoding, name in (
        (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
        (b"\xff\xfe", "utf-16", "UTF-16"),
        (b"\xfe\xff", "utf-16", "UTF-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, encoding), name
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4 and error.start > 0:
            raise FileRefused("file_cut_off") from None
    return _strictly(data, "gb18030"), "GB 18030"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise FileRefused("unknown_encoding") from None


def _delimiter(text: str, understood: Understood) -> str:
    """The delimiter with which the first rows name most of our columns; the comma if none does."""
    lines = text.split("\n", ROWS_BEFORE_HEADER)[:ROWS_BEFORE_HEADER]

    def named(delimiter: str) -> int:
        return max(
            (understood([cell.strip(' "\r') for cell in line.split(delimiter)]) for line in lines),
            default=0,
        )

    return max((",", ";", "\t", "|"), key=named)


# --- XLSX


def _xlsx(path: Path) -> tuple[dict[str, Any], Iterable[Row]]:
    _refuse_bombs(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            shown = [
                each.name
                for each in book.sheets_metadata
                if each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
            ]
            if not shown:
                raise FileRefused("file_empty")
            sheet = book.get_sheet_by_name(shown[0])
            return {"sheet": shown[0], "encoding": "", "delimiter": ""}, _xlsx_rows(sheet)
    except PasswordError:
        raise FileRefused("file_locked_or_old") from None
    except (CalamineError, OSError, ValueError):
        raise FileRefused("broken_workbook") from None


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if not any(part.filename.startswith("xl/") for part in parts):
                raise FileRefused("file_is_another_kind")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("file_locked_or_old")
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED or len(parts) > 2000:
                raise FileRefused("file_too_large", most=LARGEST_FILE // 1024 // 1024)
    except zipfile.BadZipFile:
        raise FileRefused("file_cut_off") from None


def _xlsx_rows(sheet: CalamineSheet) -> Iterable[Row]:
    if sheet.total_width > MOST_COLUMNS:
        raise FileRefused("too_many_columns", most=MOST_COLUMNS)
    if sheet.total_height > 2 * MOST_ROWS:
        raise FileRefused("too_many_rows", most=MOST_ROWS)
    rows = sheet.to_python(skip_empty_area=False)
    return (
        (number, [as_text(cell) for cell in cells])
        for number, cells in enumerate(rows, start=1)
        if any(cell != "" for cell in cells)
    )


def as_text(cell: object) -> str:
    """A cell of a workbook as a person sees it in the table, dates as YYYY-MM-DD."""
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{cell:%Y-%m-%d}"
        case _:
            return re.sub(r"_x000D_\n?", "\n", str(cell)).strip()


def answer(path: str) -> dict[str, Any]:
    """The table in a file, or why it is refused; JSON values, so that it can be called in a process of its own."""
    try:
        return read_file(Path(path))
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}
