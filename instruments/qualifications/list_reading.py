"""What the lists look like that a lab brings of qualifications, and an institution of safety admissions; and their rows."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from instruments.catalog.listed_files import Listed, rows_and_unread
from instruments.errors import N_

MOST_ROWS = 5_000
MAIL = (
    "mail", "e-mail", "email", "mail address", "mail addresses", "e-mail address", "email address", "邮箱", "电子邮箱",
    "邮箱地址", "电子邮箱地址", "邮件", "邮件地址", "电子邮件", "电子邮件地址",
)  # fmt: skip
UNTIL = (
    "last day", "lasts", "lasts until", "until", "end", "ends", "ends on", "end date", "expires", "expires on", "expires at",
    "expiry", "expiry date", "expiration", "expiration date", "date of expiry", "valid until", "valid to", "valid till",
    "valid through", "valid thru", "validity", "to", "最后一天", "有效期", "有效期至", "有效期到", "有效期限", "有效期截止",
    "有效期截止日", "有效期截止日期", "有效期结束", "有效截止日期", "有效日期", "有效至", "截止", "截止日", "截止日期",
    "截止时间", "到期", "到期日", "到期日期", "到期时间", "失效日", "失效日期", "失效时间", "过期日", "过期日期", "过期时间",
    "结束", "结束日", "结束日期", "结束时间", "终止日期",
)  # fmt: skip
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
        "level": (
            "level",
            "levels",
            "qualification",
            "qualification level",
            "级别",
            "资格",
            "资格级别",
            "资格等级",
            "等级",
            "操作级别",
            "操作资格",
        ),
        "until": UNTIL,
        "subject": (
            "instrument",
            "instrument name",
            "instrument number",
            "instrument or technique",
            "asset number",
            "technique",
            "for",
            "equipment",
            "仪器",
            "仪器名称",
            "仪器编号",
            "仪器或技术",
            "资产编号",
            "设备",
            "设备名称",
            "设备编号",
            "技术",
            "技术名称",
            "适用于",
        ),
        "remark": ("remark", "remarks", "note", "notes", "comment", "comments", "备注", "说明", "附注"),
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
            "exam name",
            "name of the exam",
            "safety exam",
            "course",
            "training",
            "test",
            "考试",
            "考试名称",
            "安全考试",
            "考试科目",
            "科目",
            "课程",
            "培训",
            "培训名称",
        ),
        "result": (
            "result",
            "results",
            "score",
            "grade",
            "mark",
            "marks",
            "成绩",
            "分数",
            "得分",
            "考试成绩",
            "考试结果",
            "结果",
        ),
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


def read_list(
    path: Path, kind: Listed = QUALIFICATIONS, left_out: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The rows {"row", "unread", and the columns of this kind}. Raises Refusal for a file that is none, and for one with days
    under a head that is not known, unless somebody said that this column is to be left out."""
    return rows_and_unread(path, kind, left_out)


def heads_unread(rows: list[dict[str, Any]]) -> list[str]:
    """The heads of the columns of a list that say something and were not read. A list kept by an older release names none."""
    return list(dict.fromkeys(head for row in rows for head in row.get("unread", ())))
