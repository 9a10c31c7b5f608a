"""Lists that were kept elsewhere: which row is their header, what each row says, and what is said of files that are none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from instruments.catalog.listed_files import Listed, rows_and_unread, rows_of
from instruments.errors import Refusal

PEOPLE = Listed(
    {"mail": ("mail", "邮箱"), "day": ("last day", "有效期至")}, ("mail",), 3, example="mail, last day"
)


def refused(path: Path, kind: Listed = PEOPLE) -> tuple[str, str, str, dict[str, object]]:
    with pytest.raises(Refusal) as refusal:
        rows_of(path, kind)
    [reason] = refusal.value.reasons
    return reason.code, reason.message, reason.remedy, dict(reason.values)


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "list"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file_empty"),
        ("name,level\nA,B\n", "no_columns"),
        ("\n" * 30 + "mail\na@b.example\n", "no_columns"),
        ("mail,last day\n,\n", "no_rows"),
        ("mail\n" + "a@b.example\n" * 4, "too_many_rows"),
        ("<html><body></body></html>", "file_is_a_page"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(tmp_path: Path, text: str, code: str) -> None:
    assert refused(written(tmp_path, text))[0] == code


def test_a_file_without_the_columns_says_how_it_begins_and_which_they_are(tmp_path: Path) -> None:
    *_, values = refused(written(tmp_path, "name,level\nA,B\n"))
    assert values == {"header": "name, level", "needed": "mail, last day"}


def test_a_room_says_it_in_its_own_words(tmp_path: Path) -> None:
    kind = Listed(PEOPLE.columns, PEOPLE.needed, 3, sentences={"no_rows": ("Nobody.", "Add somebody.")})
    assert refused(written(tmp_path, "mail\n"), kind)[1:3] == ("Nobody.", "Add somebody.")


@pytest.mark.parametrize(
    "text",
    [
        "mail,last day\na@b.example,2027-03-01\n",
        "Admissions of 2026\n\n Mail *;Last Day:\na@b.example;2027-03-01\n;\n",
        "有效期至\t邮箱：\n2027-03-01\ta@b.example\n".encode("gb18030"),
        "mail,note,last day,mail\na@b.example,x,2027-03-01,other@b.example\n",
    ],
)
def test_the_header_may_stand_lower_and_call_its_columns_as_people_do(
    tmp_path: Path, text: str | bytes
) -> None:
    [row] = rows_of(written(tmp_path, text), PEOPLE)
    assert (row["mail"], row["day"]) == ("a@b.example", "2027-03-01")


def test_a_row_keeps_the_number_that_a_spreadsheet_shows_and_short_rows_are_filled(tmp_path: Path) -> None:
    found = rows_of(written(tmp_path, "List\nmail,last day\n\na@b.example\n"), PEOPLE)
    assert found == [{"row": 4, "mail": "a@b.example", "day": ""}]


def test_a_workbook_is_read_alike(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["邮箱", "有效期至"])
        sheet.write_row(1, 0, ["a@b.example", "2027-03-01"])
    assert rows_of(written(tmp_path, target.getvalue()), PEOPLE) == [
        {"row": 2, "mail": "a@b.example", "day": "2027-03-01"}
    ]


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("mail,last day\na@b.example,2027-03-01\n", []),
        ("mail,room,\na@b.example,B12,\n", ["room"]),
        ("mail,room,phone\na@b.example,,\n", []),  # a column that says nothing
        ("mail,room, ROOM\na@b.example,1,2\n", ["room", "ROOM"]),
        ("mail,,\na@b.example,,here\n", ["C"]),  # no head
        ("mail\na@b.example,here\n", ["B"]),  # beyond the header
        ("mail,last day,有效期至\na@b.example,2027-03-01,soon\n", ["有效期至"]),  # the same once more
    ],
)
def test_columns_that_say_something_and_are_not_known_are_named(
    tmp_path: Path, text: str, unread: list[str]
) -> None:
    [row] = rows_and_unread(written(tmp_path, text), PEOPLE)
    assert row["unread"] == unread
    assert "unread" not in rows_of(written(tmp_path, text), PEOPLE)[0]


@pytest.mark.parametrize(
    ("cell", "is_day"),
    [
        ("2025-01-01", True), ("2025/1/1", True), ("2025年1月", True), ("2025.01.31", True), ("1.3.2025", True), ("3/1/25", True),
        ("20250131", True), ("12 March 2025", True), ("Mar 12, 2025", True), ("2025-01-01 00:00:00", True),
        ("45658", False), ("13800138000", False), ("B12", False), ("may", False), ("10.1.2.3", False), ("3.5", False),
        ("1/2", False), ("20259931", False), ("202501311", False),
    ],
)  # fmt: skip
def test_a_column_of_days_under_another_head_is_refused_until_it_is_said_to_be_left_out(
    tmp_path: Path, cell: str, is_day: bool
) -> None:
    path = written(tmp_path, f'mail,over\na@b.example,x\nc@b.example,"{cell}"\n')
    if is_day:
        with pytest.raises(Refusal) as refusal:
            rows_and_unread(path, PEOPLE)
        assert [(each.code, each.values) for each in refusal.value.reasons] == [
            ("days_unread", {"column": "over"})
        ]
    assert len(rows_and_unread(path, PEOPLE, ["over"])) == 2
    assert is_day or rows_and_unread(path, PEOPLE)[1]["unread"] == ["over"]
