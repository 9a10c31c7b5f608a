"""The template's page in the docs says what the code does, and the workbook says it in the reader's language."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from instruments.catalog.cells import READERS
from instruments.catalog.columns import COLUMNS, bilingual
from instruments.catalog.reading import answer
from instruments.catalog.template_notes import KINDS, notes

PAGE = Path(__file__).parent.parent.parent / "docs" / "catalog-template.md"


def plain(text: str, **values: object) -> str:
    return text % values


def test_the_docs_list_exactly_these_columns() -> None:
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, *rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in notes(plain)]
    assert table == [head, "|---|---|---|---|", *rows]


def test_every_kind_of_column_is_explained_and_read() -> None:
    assert {column.kind for column in COLUMNS} == KINDS.keys() == READERS.keys()


@pytest.mark.parametrize(("language", "said"), [("en", "A mail address."), ("zh_Hans_CN", "电子邮箱地址。")])
def test_the_workbook_explains_itself_in_the_readers_language(client, language, said) -> None:
    client.get(f"/language/{language}?next=/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/catalog/template.xlsx").data))
    sheet, explained = (book.get_sheet_by_index(place).to_python() for place in (0, 1))
    assert sheet == [[bilingual(column) for column in COLUMNS]]
    assert [row[0] for row in explained[1:]] == [column.key for column in COLUMNS]
    assert said in [row[3] for row in explained]


def test_the_csv_template_is_read_again_as_one_without_rows(client, tmp_path) -> None:
    file = tmp_path / "template.csv"
    file.write_bytes(client.get("/catalog/template.csv").data)
    assert answer(str(file)) == {"refused": "no_rows", "values": {}}
