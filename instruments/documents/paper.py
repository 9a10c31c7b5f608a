"""What a printed document says: a letterhead, facts, tables and texts, all words ready to be read. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LEFT, RIGHT = "left", "right"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. width: its part of the page beside the others'; 0: as wide as what stands in it."""

    label: str
    align: str = LEFT
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, one text a cell. A cell may hold several lines; those after the first are set small.

    totals: rows below a rule at the end, in bold. empty: what is said where there is no row.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, ...], ...] = ()
    title: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Running text, a paragraph each."""

    texts: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the institution's names and how to reach it, and to whom, a line each."""

    sender: tuple[str, ...]
    sender_details: tuple[str, ...] = ()
    recipient: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document on A4. language: "en" or "zh"; facts: pairs of label and value below the title.

    stamp: a word across its head, such as "Preview"; footer: what stands on each page beside its number;
    page_of: how a page's number is said, with {page} and {pages}.
    """

    language: str
    title: str
    letterhead: Letterhead
    facts: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Table | Paragraphs, ...] = ()
    stamp: str = ""
    footer: str = ""
    page_of: str = "{page} / {pages}"


def as_data(paper: Paper) -> dict[str, Any]:
    """It as plain values, each block with its kind, as the layout reads it."""
    data = asdict(paper)
    kinds = {Table: "table", Paragraphs: "paragraphs"}
    data["blocks"] = [{"kind": kinds[type(block)], **asdict(block)} for block in paper.blocks]
    return data
