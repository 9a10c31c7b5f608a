"""Read a lab's list of qualifications from CSV or XLSX; called in a process of its own, which knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from instruments.catalog.reading import FileRefused, open_table

MOST_ROWS = 5_000
ROWS_BEFORE_HEADER = 20
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mail": ("mail", "e-mail", "email", "mail address", "邮箱", "电子邮箱", "邮箱地址", "邮件"),
    "level": ("level", "级别", "资格", "资格级别", "等级"),
    "until": (
        "last day",
        "until",
        "expires",
        "expires on",
        "valid until",
        "有效期",
        "有效期至",
        "到期日",
        "到期日期",
    ),
    "subject": (
        "instrument",
        "asset number",
        "technique",
        "for",
        "仪器",
        "仪器名称",
        "仪器编号",
        "资产编号",
        "技术",
    ),
    "remark": ("remark", "note", "备注", "说明"),
}


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
    """{"rows": [{"row", "mail", "level", "until", "subject", "remark"}]}, or {"refused", "values"}; JSON values."""
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
            columns = recognised(cells) if "mail" in recognised(cells) else {}
            if not columns and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == MOST_ROWS:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            values = {key: cells[place] if place < len(cells) else "" for key, place in columns.items()}
            found.append({"row": number, **dict.fromkeys(COLUMNS, ""), **values})
    if not columns:
        raise FileRefused("no_mail_column", header=", ".join(cell for cell in first if cell)[:200])
    if not found:
        raise FileRefused("no_rows")
    return found
