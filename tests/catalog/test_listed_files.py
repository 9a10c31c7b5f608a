"""Lists that were kept elsewhere: which row is their header, what each row says, and what is said of files that are none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from instruments.catalog.listed_files import Listed, rows_of
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
