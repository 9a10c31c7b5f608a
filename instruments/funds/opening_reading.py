"""Read a file of opening balances from CSV or XLSX; called in a process of its own, which knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from instruments.catalog.columns import plain_header
from instruments.catalog.reading import FileRefused, open_table

MOST_ROWS = 300
ROWS_BEFORE_HEADER = 20
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "fund": ("fund", "code", "fund code", "经费", "经费号", "经费代码", "经费编号", "项目号"),
    "owner": ("owner", "owner institution", "belongs to", "所属单位", "单位"),
    "amount": ("amount", "opening balance", "sum", "金额", "期初余额"),
    "currency": ("currency", "币种"),
    "reason": ("reason", "where from", "why", "依据", "来源", "原因", "说明"),
}


def recognised(cells: Iterable[str]) -> dict[str, int]:
    """Which of our columns stand where; of one that comes twice the first counts."""
    names = {plain_header(name): key for key, some in COLUMNS.items() for name in some}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if (key := names.get(plain_header(cell))) is not None:
            found.setdefault(key, place)
    return found


def answer(path: str) -> dict[str, Any]:
    """{"rows": [{"row", "fund", "owner", "amount", "currency", "reason"}]}, or {"refused", "values"}; JSON values."""
    try:
        return {"rows": _rows(Path(path))}
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}


def _rows(path: Path) -> list[dict[str, Any]]:
    _, rows = open_table(path, lambda cells: len(recognised(cells)))
    columns: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    first: list[str] = []
    for number, cells in rows:
        if not columns:
            first = first or cells
            named = recognised(cells)
            columns = named if {"fund", "amount"} <= named.keys() else {}
            if not columns and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == MOST_ROWS:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            values = {key: cells[place] if place < len(cells) else "" for key, place in columns.items()}
            found.append({"row": number, **dict.fromkeys(COLUMNS, ""), **values})
    if not columns:
        raise FileRefused("no_opening_columns", header=", ".join(cell for cell in first if cell)[:200])
    if not found:
        raise FileRefused("no_rows")
    return found
