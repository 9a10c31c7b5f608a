"""What a lab's list of qualifications looks like, and its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruments.catalog.listed_files import Listed, rows_of
from instruments.errors import N_

MOST_ROWS = 5_000
COLUMNS = {
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
LIST = Listed(
    COLUMNS,
    ("mail",),
    MOST_ROWS,
    sentences={
        "file_empty": (
            N_("The file is empty."),
            N_("Choose a file with a header row and a row for each person."),
        ),
        "no_columns": (
            N_("No row of the file names a column of mail addresses. It begins with: %(header)s."),
            N_("Name one column “mail”, and others “level”, “last day” and “instrument”."),
        ),
        "no_rows": (N_("Below the header the file has no row."), N_("Add a row for each person.")),
    },
)


def read_list(path: Path) -> list[dict[str, Any]]:
    """The rows {"row", "mail", "level", "until", "subject", "remark"}. Raises Refusal for a file that is none."""
    return rows_of(path, LIST)
