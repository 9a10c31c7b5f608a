"""What a row of a form lacks before it may leave: what is empty, too long, of no known code, or at odds with itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from instruments.errors import N_
from instruments.reports.cells import Codes
from instruments.reports.fitting import NO_CODE, unfit
from instruments.reports.form import (
    ADDS_UP,
    AT_MOST,
    BETWEEN,
    DIFFERS,
    EMPTY_WHEN,
    NOT_AFTER,
    OF_TWO,
    REQUIRED_WHEN,
    Column,
    Rule,
    Sheet,
)
from instruments.reports.sources import SOURCES, TYPED


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that stands in a row's way: in which column ("" for the row as a whole), and why.

    message: an English sentence with %(name)s places; keys of columns as a tuple in a value stand for their names;
    may_override: somebody may let it stand with a reason; mend: where it is mended, if that is not where its column comes
    from.
    """

    code: str
    column: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    may_override: bool = False
    mend: str = ""


MISSING = N_("This is missing.")
MORE_THAN = N_("This is more than “%(other)s”.")
AFTER = N_("This comes after “%(other)s”.")
SUM = N_("%(parts)s come to %(sum)s, and not to %(total)s.")
NEEDED = N_("This is needed where “%(other)s” is %(value)s.")
NOT_NEEDED = N_("This stays empty where “%(other)s” is %(value)s.")
SAME_AS_LAST = N_("These figures are the same as in the year before: %(columns)s.")


def lacks_of(
    sheet: Sheet,
    values: Mapping[str, Any],
    cells: Sequence[str],
    codes: Codes,
    last: Mapping[str, str] | None = None,
) -> list[Lack]:
    """Everything that a row lacks. values: by source, as they were found; cells: as they are written; last: by column, the cells
    of the same row in the report of the period before, None where there is none."""
    found: list[Lack] = []
    for column, cell in zip(sheet.columns, cells, strict=True):
        found += _of_cell(sheet, column, values.get(column.source), cell, codes)
    row = _Row(sheet, values, cells, last)
    for rule in sheet.rules:
        if rule.kind in BETWEEN:
            continue
        found += _RULES[rule.kind](row, rule)
    return found


def crossed(sheet: Sheet, cells: Sequence[str]) -> Iterator[tuple[Rule, Lack]]:
    """What two columns of a row say against each other, each with its rule, by what is written in them alone."""
    row = _Row(sheet, {}, cells, None)
    for rule in sheet.rules:
        if rule.kind in OF_TWO:
            yield from ((rule, lack) for lack in _RULES[rule.kind](row, rule))


def _of_cell(sheet: Sheet, column: Column, value: Any, cell: str, codes: Codes) -> Iterator[Lack]:
    """What the facts say and what was entered by hand are held against the same."""
    if column.codes and not _has_codes(value, codes[column.codes]):
        yield Lack("no_code", column.key, NO_CODE)
        return
    if not cell.strip():
        if column.required:
            yield Lack("missing", column.key, MISSING)
        return
    if column.constant:
        return
    source = SOURCES[sheet.rows].get(column.source, SOURCES[sheet.rows][TYPED])
    for found in unfit(column, source, codes, cell):
        yield Lack(found.code, column.key, found.message, found.values)


def _has_codes(value: Any, codes: Mapping[str, str]) -> bool:
    """Whether the list knows it; a code may be empty on purpose."""
    return all(each in codes for each in ([value] if isinstance(value, str) else value or ()) if each)


@dataclass(frozen=True, slots=True)
class _Row:
    sheet: Sheet
    values: Mapping[str, Any]
    cells: Sequence[str]
    last: Mapping[str, str] | None

    def cell(self, key: str) -> str:
        """What is written in a column."""
        return self.cells[self.sheet.place(key)]

    def value(self, key: str) -> Any:
        """What was found for a column, before it was written."""
        return self.values.get(self.sheet.column(key).source)


def _at_most(row: _Row, rule: Rule) -> Iterator[Lack]:
    """Compared as found, so that rounding neither hides nor makes a difference."""
    less, more = (_number(row, key) for key in rule.columns)
    if less is not None and more is not None and less > more:
        yield Lack(rule.kind, rule.columns[0], MORE_THAN, {"other": (rule.columns[1],)}, rule.may_override)


def _number(row: _Row, key: str) -> Fraction | None:
    """As found; where only a text stands there, the number that it says."""
    value = row.value(key)
    if isinstance(value, int | Fraction | Decimal):
        return Fraction(value)
    try:
        return Fraction(Decimal(row.cell(key)))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _not_after(row: _Row, rule: Rule) -> Iterator[Lack]:
    """Compared as found; where one was entered by hand, as written: days and moments stand in the order of their texts."""
    first, last = (row.value(key) for key in rule.columns)
    if first is None or last is None:
        first, last = (row.cell(key) or None for key in rule.columns)
    if first is not None and last is not None and first > last:
        yield Lack(rule.kind, rule.columns[0], AFTER, {"other": (rule.columns[1],)}, rule.may_override)


def _adds_up(row: _Row, rule: Rule) -> Iterator[Lack]:
    parts = [row.value(key) for key in rule.columns]
    total = row.values.get(rule.total)
    if total is None or any(part is None for part in parts):
        return
    if sum((Fraction(part) for part in parts), Fraction()) != Fraction(total):
        told = {
            "parts": rule.columns,
            "sum": _short(sum(map(Fraction, parts))),
            "total": _short(Fraction(total)),
        }
        yield Lack(rule.kind, rule.columns[0], SUM, told, rule.may_override)


def _short(number: Fraction | int) -> str:
    return f"{float(number):g}"


def _required_when(row: _Row, rule: Rule) -> Iterator[Lack]:
    yield from _when(row, rule, NEEDED, wrong=lambda cell: not cell.strip())


def _empty_when(row: _Row, rule: Rule) -> Iterator[Lack]:
    yield from _when(row, rule, NOT_NEEDED, wrong=bool)


def _when(row: _Row, rule: Rule, sentence: str, wrong: Callable[[str], bool]) -> Iterator[Lack]:
    if row.cell(rule.when) != rule.says:
        return
    told = {"other": (rule.when,), "value": rule.says}
    yield from (
        Lack(rule.kind, key, sentence, told, rule.may_override)
        for key in rule.columns
        if wrong(row.cell(key))
    )


def _differs(row: _Row, rule: Rule) -> Iterator[Lack]:
    """All of them the same as last year, whatever they are: nobody measures the same twice."""
    if row.last is None:
        return
    if all(row.last.get(key) == row.cell(key) for key in rule.columns):
        yield Lack(rule.kind, "", SAME_AS_LAST, {"columns": rule.columns}, rule.may_override)


_RULES: Mapping[str, Callable[[_Row, Rule], Iterator[Lack]]] = {
    AT_MOST: _at_most, NOT_AFTER: _not_after, ADDS_UP: _adds_up, REQUIRED_WHEN: _required_when,
    EMPTY_WHEN: _empty_when, DIFFERS: _differs,
}  # fmt: skip
