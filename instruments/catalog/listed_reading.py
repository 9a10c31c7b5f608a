"""Read a list that was kept elsewhere: the rows below the one that names its columns.

Called in a process of its own, which knows no database (see listed_files.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instruments.catalog.columns import plain_header
from instruments.catalog.reading import ROWS_BEFORE_HEADER, FileRefused, Row, Understood, open_table

LONGEST_HEAD = 100
# A cell that may say a day, in whichever way; rather one too many than one too few.
_A_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}(?!\d)|(?<!\d)\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*(?:\d{2}|\d{4})(?!\d)"
    r"|^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
    r"|(?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\b(?:19|20)\d\d\b)"
)


def answer(
    path: str, columns: Mapping[str, Sequence[str]], needed: Sequence[str], most: int
) -> dict[str, Any]:
    """{"rows": [{"row": number, column: text, …, "unread": [head]}], "days": [head]}, or {"refused", "values"}; JSON values.

    columns: by our name, what a header may call each; needed: those without which a row is no header. unread: under which
    other heads something stands in the row; days: under which of those there are days.
    """

    def is_header(cells: list[str]) -> bool:
        return set(needed) <= recognised(cells, columns).keys()

    def understood(cells: list[str]) -> int:
        return len(recognised(cells, columns))

    try:
        header, rows = below_header(Path(path), is_header, understood, most)
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}
    places = recognised(header, columns)
    read = set(places.values())
    days: dict[str, None] = {}
    told = []
    for number, cells in rows:
        others = {place: cell for place, cell in enumerate(cells) if place not in read and cell.strip()}
        days |= {head_at(header, place): None for place, cell in others.items() if says_a_day(cell)}
        told.append(
            {"row": number, "unread": list(dict.fromkeys(head_at(header, place) for place in others))}
            | {
                name: cells[places[name]] if places.get(name, len(cells)) < len(cells) else ""
                for name in columns
            }
        )
    return {"rows": told, "days": list(days)}


def says_a_day(cell: str) -> bool:
    """Whether a cell may say a day."""
    return _A_DAY.search(cell.strip()) is not None


def head_at(header: Sequence[str], place: int) -> str:
    """What a column is called: its head, or the letters that a spreadsheet program gives it where it has none."""
    head = " ".join(header[place].replace("\0", " ").split())[:LONGEST_HEAD] if place < len(header) else ""
    letters, rest = "", place + 1
    while not head and rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return head or letters


def below_header(
    path: Path, is_header: Callable[[list[str]], bool], understood: Understood, most: int
) -> tuple[list[str], list[Row]]:
    """The header and the rows below it that say something. Raises FileRefused where there is none, or more than `most`."""
    _, rows = open_table(path, understood)
    first: list[str] = []
    header: list[str] = []
    found: list[Row] = []
    for number, cells in rows:
        if not header:
            first = first or cells
            header = cells if is_header(cells) else []
            if not header and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == most:
                raise FileRefused("too_many_rows", most=most)
            found.append((number, cells))
    if not header:
        raise FileRefused("no_columns", header=", ".join(cell for cell in first if cell)[:200])
    if not found:
        raise FileRefused("no_rows")
    return header, found


def recognised(cells: Iterable[str], columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which of these columns stand where; of one that comes twice the first counts."""
    names = {plain_header(name): key for key, some in columns.items() for name in some}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if (key := names.get(plain_header(cell))) is not None:
            found.setdefault(key, place)
    return found
