"""Read a list that was kept elsewhere: the rows below the one that names its columns.

Called in a process of its own, which knows no database (see listed_files.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instruments.catalog.columns import plain_header
from instruments.catalog.reading import ROWS_BEFORE_HEADER, FileRefused, Row, Understood, open_table


def answer(
    path: str, columns: Mapping[str, Sequence[str]], needed: Sequence[str], most: int
) -> dict[str, Any]:
    """{"rows": [{"row": number, column: text, …}]}, or {"refused", "values"}; JSON values.

    columns: by our name, what a header may call each; needed: those without which a row is no header.
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
    return {
        "rows": [
            {"row": number}
            | {
                name: cells[places[name]] if places.get(name, len(cells)) < len(cells) else ""
                for name in columns
            }
            for number, cells in rows
        ]
    }


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
