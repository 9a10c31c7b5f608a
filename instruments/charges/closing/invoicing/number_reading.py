"""Read the tax system's answer, a CSV or XLSX file; called in a process of its own, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from instruments.catalog.reading import FileRefused, open_table

MOST_ROWS = 20_000
ROWS_BEFORE_HEADER = 20
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "serial": ("serial", "request", "number of the request", "发票流水号", "流水号", "单据号", "开票流水号"),
    "number": ("invoice number", "number", "发票号码", "数电票号码", "数电发票号码", "全电发票号码"),
    "issued_on": ("issued on", "invoice date", "date", "开票日期", "开票时间"),
    "amount": ("amount", "total", "价税合计", "价税合计金额", "含税金额"),
}
NEEDED = ("serial", "number", "issued_on")


def recognised(cells: Iterable[str]) -> dict[str, int]:
    """Which of our columns stand where; of one that comes twice the first counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        words = cell.strip().strip(":：*").lower()
        for key, names in COLUMNS.items():
            if words in names:
                found.setdefault(key, position)
    return found


def answer(path: str) -> dict[str, Any]:
    """{"rows": [{"row": "3", column: text, …}]}, or {"refused", "values"}; JSON values."""
    try:
        return {"rows": _rows(Path(path))}
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}


def _rows(path: Path) -> list[dict[str, str]]:
    _, rows = open_table(path, lambda cells: len(recognised(cells)))
    columns: dict[str, int] = {}
    found: list[dict[str, str]] = []
    first: list[str] = []
    for number, cells in rows:
        if not columns:
            first = first or cells
            columns = _header(cells)
            if not columns and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == MOST_ROWS:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            values = {key: cells[place].strip()[:60] for key, place in columns.items() if place < len(cells)}
            found.append({"row": str(number), **dict.fromkeys(COLUMNS, ""), **values})
    if not columns:
        header = ", ".join(cell for cell in first if cell)[:200]
        raise FileRefused("no_columns", header=header, needed="发票流水号, 发票号码, 开票日期")
    if not found:
        raise FileRefused("no_numbers")
    return found


def _header(cells: list[str]) -> dict[str, int]:
    found = recognised(cells)
    return found if all(name in found for name in NEEDED) else {}
