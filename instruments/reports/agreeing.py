"""Whether what one sheet of a form says of another is what stands there: numbers of rows, and sums of a column. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from instruments.errors import N_
from instruments.reports.cells import written
from instruments.reports.checking import Lack
from instruments.reports.form import BETWEEN, COUNTS, Form, Rule, Sheet
from instruments.reports.gathering.asked import Found
from instruments.reports.sources import SOURCES

COUNTED = N_("%(said)s stands here, but “%(sheet)s” has %(there)s.")
SUMMED = N_("%(said)s stands here, but “%(sheet)s” comes to %(there)s.")
Gathered = Mapping[str, Sequence[Found]]
"""The rows of each sheet, by its key."""


def others_of(sheet: Sheet) -> frozenset[str]:
    """The sheets that one is held against."""
    return frozenset(rule.of for rule in sheet.rules if rule.kind in BETWEEN)


def agreed(form: Form, sheet: Sheet, gathered: Gathered) -> list[Found]:
    """The rows of a sheet, with what they say otherwise than the sheets that they are held against."""
    rules = [rule for rule in sheet.rules if rule.kind in BETWEEN]
    return [
        replace(
            row,
            lacks=(*row.lacks, *(lack for rule in rules for lack in _told(form, sheet, rule, row, gathered))),
        )
        if rules
        else row
        for row in gathered[sheet.key]
    ]


def _told(form: Form, sheet: Sheet, rule: Rule, row: Found, gathered: Gathered) -> Iterator[Lack]:
    column, other = sheet.column(rule.columns[0]), form.sheet(rule.of)
    said = row.values.get(column.source)
    if said is None:
        return
    rows = gathered[rule.of]
    source = other.column(rule.each).source if rule.each else ""
    each = [found.values.get(source) for found in rows]
    if rule.kind == COUNTS:
        there = Fraction(len(set(each)) if source else len(rows))
    else:
        there = sum((Fraction(value) for value in each if value is not None), Fraction())
    if Fraction(said) == there:
        return
    kind = SOURCES[sheet.rows][column.source].kind
    said_there = [written(column, kind, value, form.codes) for value in (said, there)]
    values = {"sheet": rule.of, "said": said_there[0], "there": said_there[1]}
    yield Lack(rule.kind, column.key, COUNTED if rule.kind == COUNTS else SUMMED, values, rule.may_override)
