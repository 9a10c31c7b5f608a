"""Printed documents: the same bytes for the same words, what people write is never markup, long ones go on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from instruments.documents import printing
from instruments.documents.paper import RIGHT, Column, Letterhead, Paper, Paragraphs, Table
from instruments.documents.printing import pdf_of

COLUMNS = (Column("Date", width=2), Column("Instrument", width=5), Column("CNY", RIGHT, 2))


def paper(rows: int = 3, *, name: str = "Sample Optics", language: str = "en", stamp: str = "") -> Paper:
    table = Table(
        COLUMNS,
        tuple((f"{row} Nov", "Microscope\n显微镜", "120.00") for row in range(rows)),
        (("", "Total", "360.00"),),
        title="Charges",
        empty="Nothing was charged.",
    )
    head = Letterhead(("Qinling University", "秦岭大学"), ("12 Example Road",), (name,))
    notes = Paragraphs(("Pay until 31 Dec.",), title="Notes")
    return Paper(
        language, f"Statement of {name}", head, (("Number", "1"),), (table, notes), stamp, "Number 1"
    )


def pages_of(pdf: bytes) -> int:
    return int(max(re.findall(rb"/Count (\d+)", pdf), key=int))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_words_make_the_same_bytes(language: str) -> None:
    first = pdf_of(paper(language=language))
    assert first.startswith(b"%PDF-")
    assert pdf_of(paper(language=language)) == first
    assert pdf_of(paper(rows=4, language=language)) != first


@pytest.mark.parametrize(
    "name",
    [
        "#panic()",
        "*bold* _it_ $x$ `raw`",
        '</sys>] #read("/etc/passwd")',
        "喆祎龑𬭚㛃",
        "\\u{41} // gone",
        "a\nb",
    ],
)
def test_what_people_write_is_text(name: str) -> None:
    assert pages_of(pdf_of(paper(name=name))) == 1


@pytest.mark.parametrize(("rows", "least"), [(0, 1), (3, 1), (200, 5)])
def test_a_long_table_goes_on_over_the_page(rows: int, least: int) -> None:
    assert pages_of(pdf_of(paper(rows))) >= least


def test_a_short_document_has_its_stamp_and_no_table() -> None:
    plain = Paper("en", "Offer", Letterhead(("Lab",)), blocks=(Paragraphs(("One.", "Two.")),))
    assert pdf_of(plain) != pdf_of(
        Paper("en", "Offer", Letterhead(("Lab",)), blocks=plain.blocks, stamp="Draft")
    )


def test_without_its_fonts_nothing_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every Chinese character would be an empty box, and nobody would be told."""
    monkeypatch.setattr(printing, "FONTS", tmp_path)
    printing._font_folders.cache_clear()
    with pytest.raises(FileNotFoundError, match="make environment"):
        printing._font_folders()
    printing._font_folders.cache_clear()


def test_a_row_stays_on_one_page_and_one_that_is_longer_than_a_page_is_still_printed() -> None:
    column = Column("What")

    def printed(lines: int, rows: int) -> bytes:
        cell = "\n".join(f"line {number}" for number in range(lines))
        whole = paper()
        return pdf_of(replace(whole, blocks=(Table((column,), tuple((cell,) for _ in range(rows))),)))

    # More than half a page each: broken over the pages, three would take two.
    assert pages_of(printed(38, 3)) == 3
    assert pages_of(printed(400, 1)) > 3
