"""What the lists look like that a lab brings of qualifications, and an institution of safety admissions; and their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruments.catalog.listed_files import Listed, rows_of
from instruments.errors import N_

MOST_ROWS = 5_000
MAIL = ("mail", "e-mail", "email", "mail address", "邮箱", "电子邮箱", "邮箱地址", "邮件")
UNTIL = (
    "last day",
    "until",
    "expires",
    "expires on",
    "valid until",
    "有效期",
    "有效期至",
    "到期日",
    "到期日期",
)
PEOPLE = {
    "file_empty": (
        N_("The file is empty."),
        N_("Choose a file with a header row and a row for each person."),
    ),
    "no_rows": (N_("Below the header the file has no row."), N_("Add a row for each person.")),
}
NO_MAIL_COLUMN = N_("No row of the file names a column of mail addresses. It begins with: %(header)s.")
QUALIFICATIONS = Listed(
    {
        "mail": MAIL,
        "level": ("level", "级别", "资格", "资格级别", "等级"),
        "until": UNTIL,
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
    },
    ("mail",),
    MOST_ROWS,
    sentences={
        **PEOPLE,
        "no_columns": (
            NO_MAIL_COLUMN,
            N_("Name one column “mail”, and others “level”, “last day” and “instrument”."),
        ),
    },
)
ADMISSIONS = Listed(
    {
        "mail": MAIL,
        "until": UNTIL,
        "exam": (
            "exam",
            "safety exam",
            "course",
            "training",
            "考试",
            "考试名称",
            "安全考试",
            "培训",
            "培训名称",
        ),
        "result": ("result", "score", "grade", "mark", "成绩", "分数", "考试成绩", "结果"),
    },
    ("mail",),
    MOST_ROWS,
    sentences={
        **PEOPLE,
        "no_columns": (
            NO_MAIL_COLUMN,
            N_("Name one column “mail”, and others “last day”, “exam” and “result”."),
        ),
    },
)


def read_list(path: Path, kind: Listed = QUALIFICATIONS) -> list[dict[str, Any]]:
    """The rows {"row", and the columns of this kind}. Raises Refusal for a file that is none."""
    return rows_of(path, kind)
