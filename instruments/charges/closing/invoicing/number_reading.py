"""What the tax system's answer looks like, and its rows."""

from __future__ import annotations

from pathlib import Path

from instruments.catalog.listed_files import Listed, rows_of
from instruments.errors import N_

MOST_ROWS = 20_000
LONGEST_CELL = 60
COLUMNS = {
    "serial": ("serial", "request", "number of the request", "发票流水号", "流水号", "单据号", "开票流水号"),
    "number": ("invoice number", "number", "发票号码", "数电票号码", "数电发票号码", "全电发票号码"),
    "issued_on": ("issued on", "invoice date", "date", "开票日期", "开票时间"),
    "amount": ("amount", "total", "价税合计", "价税合计金额", "含税金额"),
}
LIST = Listed(
    COLUMNS,
    ("serial", "number", "issued_on"),
    MOST_ROWS,
    example="发票流水号, 发票号码, 开票日期",
    sentences={"no_rows": (N_("Below the header the file has no row."), N_("Add a row for each invoice."))},
)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows {"row", "serial", "number", "issued_on", "amount"} as text. Raises Refusal for a file that is none."""
    return [
        {name: str(value).strip()[:LONGEST_CELL] for name, value in row.items()}
        for row in rows_of(path, LIST)
    ]
