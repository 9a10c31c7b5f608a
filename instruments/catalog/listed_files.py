"""Lists that were kept elsewhere, brought as a CSV or XLSX file: what each looks like, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instruments.catalog import listed_reading
from instruments.catalog.refused_files import Sentences, read_apart
from instruments.errors import N_

SENTENCES: Sentences = {
    "file_empty": (N_("The file is empty."), N_("Choose a file with a header row and rows below it.")),
    "no_columns": (
        N_("No row of the file names the columns that are needed. It begins with: %(header)s."),
        N_("Name columns like these: %(needed)s."),
    ),
    "no_rows": (N_("Below the header the file has no row."), N_("Add rows below it.")),
}


@dataclass(frozen=True)
class Listed:
    """What a list of one kind looks like.

    columns: by our name, what a header may call each; needed: those that a header has to name; example: how the
    sentence about a file without them calls these; sentences: what to say, where something better can be said.
    """

    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    most_rows: int
    example: str = ""
    sentences: Sentences = field(default_factory=dict)


def rows_of(path: Path, kind: Listed) -> list[dict[str, Any]]:
    """The rows of a list as {"row": number, column: text}, read in a process of its own. Raises Refusal."""
    read = read_apart(
        listed_reading.answer, path, kind.columns, kind.needed, kind.most_rows,
        sentences={**SENTENCES, **kind.sentences},
        needed=kind.example or ", ".join(kind.needed),
    )  # fmt: skip
    return list(read["rows"])
