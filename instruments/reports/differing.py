"""How a version of a report differs from the one it corrects: rows added, taken out, and changed cell by cell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ADDED, TAKEN_OUT, CHANGED = "added", "taken_out", "changed"
Rows = Mapping[tuple[str, str], Mapping[str, str]]
"""By sheet and key of the row, its cells by column."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it was; cells: of a changed one, by column (before, after); of the others all that say something."""

    what: str
    sheet: str
    key: str
    cells: Mapping[str, tuple[str, str]]


def differences(before: Rows, after: Rows) -> list[Difference]:
    """Row by row, in the order of the new version, then what was taken out."""
    return [*_of_new(before, after), *_taken_out(before, after)]


def _of_new(before: Rows, after: Rows) -> Iterator[Difference]:
    for (sheet, key), cells in after.items():
        old = before.get((sheet, key))
        if old is None:
            yield Difference(ADDED, sheet, key, {name: ("", cell) for name, cell in cells.items() if cell})
            continue
        columns: Sequence[str] = list(dict.fromkeys((*old, *cells)))
        changed = {
            name: (old.get(name, ""), cells.get(name, ""))
            for name in columns
            if old.get(name, "") != cells.get(name, "")
        }
        if changed:
            yield Difference(CHANGED, sheet, key, changed)


def _taken_out(before: Rows, after: Rows) -> Iterator[Difference]:
    for (sheet, key), cells in before.items():
        if (sheet, key) not in after:
            yield Difference(
                TAKEN_OUT, sheet, key, {name: (cell, "") for name, cell in cells.items() if cell}
            )
