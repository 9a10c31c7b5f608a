"""What a file of instrument logs, or of outputs, looks like, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from instruments.catalog.listed_files import Listed, rows_of
from instruments.errors import N_

MOST_ROWS = 2_000
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
        "number": ("number", "count", "how many", "数量", "篇数", "件数", "项数", "个数"),
        "title": ("title", "题目", "名称", "成果名称", "标题"),
        "reference": ("reference", "doi", "patent number", "编号", "专利号", "文号"),
    },
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "logs": ("instrument", "start", "end"),
    "outputs": ("instrument", "year", "kind"),
}
SENTENCES = {
    "no_rows": (N_("Below the header the file has no row."), N_("Add a row for each session or output.")),
}
LISTS = {kind: Listed(COLUMNS[kind], NEEDED[kind], MOST_ROWS, sentences=SENTENCES) for kind in COLUMNS}


def read_rows(path: Path, kind: str) -> list[dict[str, Any]]:
    """The rows {"row", and the columns of this kind}. Raises Refusal for a file that is none."""
    return rows_of(path, LISTS[kind])
