"""Which instrument a row of a report is of, below one of its cells in the list: what the columns that stand there do not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instruments.reports.listing import Shown
from instruments.reports.models import Report
from instruments.utilization.naming import Which
from instruments.utilization.views.which import named, which_cells

NUMBER, LAB = "catalog.asset_number", "catalog.lab"
NAMES = ("catalog.name_zh", "catalog.name_en", "income.instrument")


def told_at(columns: Sequence[Any]) -> str:
    """Under which of these columns it stands: the name, else the asset number; "" where neither is."""
    for sources in (NAMES, (NUMBER,)):
        for column in columns:
            if column["source"] in sources:
                return str(column["key"])
    return ""


def below(report: Report, row: Shown, columns: Sequence[Any], found: dict[int, Which]) -> str:
    """What stands there of a row: name, lab and asset number, as far as none of these columns nor the report says it."""
    which = found.get(row.instrument_id or 0)
    if which is None:
        return ""
    said = {column["source"] for column in columns}
    _, lab, number = which_cells(which)
    parts = (
        named(which) if not said & set(NAMES) else "",
        lab if report.lab_id is None and LAB not in said else "",
        number if NUMBER not in said else "",
    )
    return " · ".join(part for part in parts if part)
