"""Lists that were kept elsewhere, brought as a CSV or XLSX file: what each looks like, and its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instruments.catalog import listed_reading
from instruments.catalog.refused_files import Sentences, read_apart
from instruments.errors import N_, Reason, Refusal

SENTENCES: Sentences = {
    "file_empty": (N_("The file is empty."), N_("Choose a file with a header row and rows below it.")),
    "no_columns": (
        N_("No row of the file names the columns that are needed. It begins with: %(header)s."),
        N_("Name columns like these: %(needed)s."),
    ),
    "no_rows": (N_("Below the header the file has no row."), N_("Add rows below it.")),
}
DAYS_UNREAD = "days_unread"
_DAYS = (
    N_("The column “%(column)s” holds dates, and its head is not known."),
    N_(
        "If it is the last day, call it “last day” in the file; else remove it, or say that it is to be left out."
    ),
)


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
    return [
        {name: value for name, value in row.items() if name != "unread"} for row in _read(path, kind)["rows"]
    ]


def rows_and_unread(path: Path, kind: Listed, left_out: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows as `rows_of` gives them, each with "unread": under which heads that are not known something stands in it.

    Raises Refusal, too, where days stand in such a column, but for those that somebody said are to be left out: it could
    be the last day, and who has none has it for good.
    """
    read = _read(path, kind)
    if days := [head for head in read["days"] if head not in left_out]:
        raise Refusal(
            [Reason(DAYS_UNREAD, "leave_out", _DAYS[0], {"column": head}, _DAYS[1]) for head in days]
        )
    return list(read["rows"])


def _read(path: Path, kind: Listed) -> dict[str, Any]:
    return read_apart(
        listed_reading.answer, path, kind.columns, kind.needed, kind.most_rows,
        sentences={**SENTENCES, **kind.sentences},
        needed=kind.example or ", ".join(kind.needed),
    )  # fmt: skip
