"""Read a file of instrument logs, or of outputs, from CSV or XLSX; called in a process of its own, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from instruments.catalog.reading import FileRefused, open_table

MOST_ROWS = 2_000
ROWS_BEFORE_HEADER = 20
INSTRUMENT = (
    "instrument",
    "asset number",
    "instrument number",
    "仪器",
    "仪器名称",
    "仪器编号",
    "资产编号",
    "设备编号",
)
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "logs": {
        "instrument": INSTRUMENT,
        "start": ("start", "from", "begin", "started at", "开始", "开始时间", "起始时间", "上机时间"),
        "end": ("end", "until", "to", "ended at", "结束", "结束时间", "截止时间", "下机时间"),
        "layer": ("layer", "what", "activity", "分层", "内容", "状态"),
        "user": ("user", "mail", "operator", "用户", "使用人", "邮箱", "使用者"),
        "key": ("key", "id", "session", "run", "number", "编号", "记录号", "流水号"),
    },
    "outputs": {
        "instrument": INSTRUMENT,
        "year": ("year", "年", "年度", "年份"),
        "kind": ("kind", "type", "类型", "成果类型", "类别"),
        "number": ("number", "count", "数量", "篇数", "件数"),
        "title": ("title", "题目", "名称", "成果名称", "标题"),
        "reference": ("reference", "doi", "patent number", "编号", "专利号", "文号"),
    },
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "logs": ("instrument", "start", "end"),
    "outputs": ("instrument", "year", "kind"),
}


def recognised(kind: str, cells: Iterable[str]) -> dict[str, int]:
    """Which of our columns stand where; of one that comes twice the first counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        words = cell.strip().strip(":：*").lower()
        for key, names in COLUMNS[kind].items():
            if words in names:
                found.setdefault(key, position)
    return found


def answer(path: str, kind: str) -> dict[str, Any]:
    """{"rows": [{"row": number, column: text, …}]}, or {"refused", "values"}; JSON values."""
    try:
        return {"rows": _rows(Path(path), kind)}
    except FileRefused as refused:
        return {"refused": refused.code, "values": refused.values}


def _rows(path: Path, kind: str) -> list[dict[str, Any]]:
    _, rows = open_table(path, lambda cells: len(recognised(kind, cells)))
    columns: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    first: list[str] = []
    for number, cells in rows:
        if not columns:
            first = first or cells
            columns = _header(kind, cells)
            if not columns and number > ROWS_BEFORE_HEADER:
                break
        elif any(cells):
            if len(found) == MOST_ROWS:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            values = {key: cells[place] if place < len(cells) else "" for key, place in columns.items()}
            found.append({"row": number, **dict.fromkeys(COLUMNS[kind], ""), **values})
    if not columns:
        needed = ", ".join(NEEDED[kind])
        raise FileRefused("no_columns", header=", ".join(cell for cell in first if cell)[:200], needed=needed)
    if not found:
        raise FileRefused("no_rows")
    return found


def _header(kind: str, cells: list[str]) -> dict[str, int]:
    found = recognised(kind, cells)
    return found if all(name in found for name in NEEDED[kind]) else {}
