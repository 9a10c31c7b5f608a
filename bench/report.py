"""What was measured against which mark, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MET, MISSED = "met", "MISSED"


@dataclass(frozen=True)
class Result:
    """One mark: how a path did on one database. at_least: a rate against its floor, else a cost against its limit."""

    path: str
    database: str
    value: float
    unit: str
    mark: float
    note: str = ""
    at_least: bool = False
    profile: str = ""

    @property
    def met(self) -> bool:
        """Whether the mark was met."""
        return self.value >= self.mark if self.at_least else self.value <= self.mark


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, which also reads well in a terminal."""
    head = ("path", "database", "measured", "mark", "", "in detail")
    rows = [head, *(_cells(each) for each in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def _cells(result: Result) -> tuple[str, ...]:
    sign = "≥" if result.at_least else "≤"
    measured, mark = (f"{figure:.2f} {result.unit}" for figure in (result.value, result.mark))
    word = MET if result.met else MISSED
    return result.path, result.database, measured, f"{sign} {mark}", word, result.note
