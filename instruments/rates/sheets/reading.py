"""Read a sheet of prices from CSV or XLSX; called in a process of its own, which knows no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruments.catalog.reading import FileRefused, open_table
from instruments.rates.sheets.columns import is_header, known_in

MOST_ROWS = 20_000
ROWS_BEFORE_HEADER = 20


def answer(path: str) -> dict[str, Any]:
    """{"header": [text], "rows": [[row number, [text]]]}, or {"refused", "values"}; JSON values."""
    try:
        return _read(Path(path))
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}


def _read(path: Path) -> dict[str, Any]:
    _, rows = open_table(path, known_in)
    header: list[str] = []
    first: list[str] = []
    found: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        if not header:
            first = first or cells
            header = list(cells) if is_header(cells) else []
            if not header and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == MOST_ROWS:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            found.append((number, list(cells)))
    if not header:
        raise FileRefused("no_price_columns", header=", ".join(cell for cell in first if cell)[:200])
    if not found:
        raise FileRefused("no_rows")
    return {"header": header, "rows": found}
