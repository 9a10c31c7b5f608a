"""Read a sheet of prices from CSV or XLSX; called in a process of its own, which knows no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruments.catalog.listed_reading import below_header
from instruments.catalog.reading import FileRefused
from instruments.rates.sheets.columns import is_header, known_in

MOST_ROWS = 20_000


def answer(path: str) -> dict[str, Any]:
    """{"header": [text], "rows": [[row number, [text]]]}, or {"refused", "values"}; JSON values."""
    try:
        return _read(Path(path))
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}


def _read(path: Path) -> dict[str, Any]:
    header, rows = below_header(path, is_header, known_in, MOST_ROWS)
    return {"header": header, "rows": rows}
