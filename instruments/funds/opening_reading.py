"""What a file of opening balances looks like, and its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruments.catalog.listed_files import Listed, rows_of
from instruments.errors import N_

MOST_ROWS = 300
COLUMNS = {
    "fund": ("fund", "code", "fund code", "经费", "经费号", "经费代码", "经费编号", "项目号"),
    "owner": ("owner", "owner institution", "belongs to", "所属单位", "单位"),
    "amount": ("amount", "opening balance", "sum", "金额", "期初余额"),
    "currency": ("currency", "币种"),
    "reason": ("reason", "where from", "why", "依据", "来源", "原因", "说明"),
}
LIST = Listed(
    COLUMNS,
    ("fund", "amount"),
    MOST_ROWS,
    sentences={
        "no_columns": (
            N_("No row of the file names a column of funds and one of amounts. It begins with: %(header)s."),
            N_(
                "Name the columns “fund”, “amount” and “reason”; “owner” and “currency” where they are needed."
            ),
        ),
        "no_rows": (N_("Below the header the file has no row."), N_("Add a row for each fund.")),
    },
)


def read_openings(path: Path) -> list[dict[str, Any]]:
    """The rows {"row", "fund", "owner", "amount", "currency", "reason"}. Raises Refusal for a file that is none."""
    return rows_of(path, LIST)
