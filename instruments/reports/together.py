"""What is entered into a row by hand: whether it changes anything there, and goes with what stands in its other columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from instruments.errors import N_, Reason
from instruments.reports.checking import NEEDED, NOT_NEEDED, Lack, crossed
from instruments.reports.form import AT_MOST, EMPTY_WHEN, NOT_AFTER, REQUIRED_WHEN, WHEN, Column, Rule, Sheet
from instruments.reports.sources import TYPED

NEEDS = N_("Where this is %(value)s, “%(column)s” is needed: enter both together.")
NEEDS_NONE = N_("Where this is %(value)s, “%(column)s” stays empty.")
LESS_THAN = N_("This is less than “%(other)s”.")
BEFORE = N_("This comes before “%(other)s”.")
AT_SECOND: Mapping[str, str] = {AT_MOST: LESS_THAN, NOT_AFTER: BEFORE}
AT_DECIDING: Mapping[str, str] = {REQUIRED_WHEN: NEEDS, EMPTY_WHEN: NEEDS_NONE}
AT_OTHER: Mapping[str, str] = {REQUIRED_WHEN: NEEDED, EMPTY_WHEN: NOT_NEEDED}


@dataclass(frozen=True, slots=True)
class Held:
    """A row before something is entered: its cells as they are kept, by column, and what was entered into it before."""

    cells: Mapping[str, str]
    entries: Mapping[str, str]

    def by_facts(self, column: Column) -> str:
        """What the facts say in a column; "" where it is empty, entered by hand, or what usually stands there."""
        cell = self.cells.get(column.key, "")
        return "" if cell in (column.usual, self.entries.get(column.key, "")) else cell

    def takes(self, column: Column) -> bool:
        """Whether something can be entered: what the facts say is never replaced."""
        return column.key in self.entries or not self.by_facts(column)

    def changes(self, column: Column, value: str) -> bool:
        """Whether a value is another than was entered, or stands there usually."""
        return self.takes(column) and value != self.entries.get(
            column.key, "" if value == "" else column.usual
        )


def at_odds(sheet: Sheet, row: Held, values: Mapping[str, str]) -> Iterator[Reason]:
    """What values that are entered together would make a row say against itself, each at the column that one entered.

    What the facts alone leave wanting is no fault of what is entered. Columns are meant by their keys, as in a lack.
    """
    facts = [row.by_facts(column) or column.usual for column in sheet.columns]
    after = [_after(column, row, values) for column in sheet.columns]
    there = {(lack.code, lack.column) for _, lack in crossed(sheet, facts)}
    moved = {column.key for column in sheet.columns if row.changes(column, values.get(column.key, ""))} & set(
        values
    )
    for rule, lack in crossed(sheet, after):
        about = {*rule.columns, *([rule.when] if rule.kind in WHEN else [])}
        if rule.kind in WHEN:
            about = {lack.column, rule.when}
        if about & moved and (lack.code, lack.column) not in there:
            yield _said(rule, lack, values)


def _after(column: Column, row: Held, values: Mapping[str, str]) -> str:
    entered = values.get(column.key, row.entries.get(column.key, ""))
    return row.by_facts(column) or entered or column.usual


def _said(rule: Rule, lack: Lack, values: Mapping[str, str]) -> Reason:
    if rule.kind not in WHEN:
        first, second = rule.columns
        if first in values:
            return Reason(lack.code, first, lack.message, lack.values)
        return Reason(lack.code, second, AT_SECOND[rule.kind], {"other": (first,)})
    if lack.column in values:
        return Reason(lack.code, lack.column, AT_OTHER[rule.kind], lack.values)
    told = {**lack.values, "column": (lack.column,)}
    return Reason(lack.code, rule.when, AT_DECIDING[rule.kind], told)


def companions(sheet: Sheet, column: Column) -> list[Column]:
    """What may have to be entered together with a column: what it decides on, and what decides on it and only people say."""
    decided = {
        key for rule in sheet.rules if rule.kind in WHEN and rule.when == column.key for key in rule.columns
    }
    deciding = {rule.when for rule in sheet.rules if rule.kind in WHEN and column.key in rule.columns}
    return [
        each
        for each in sheet.columns
        if each.typed and (each.key in decided or (each.key in deciding and each.source == TYPED))
    ]
