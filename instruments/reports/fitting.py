"""Whether a cell fits its column: its code, its number, its day, its items, its length, its look. Pure.

One list of checks, whoever wrote the cell: the facts, or a person by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from instruments.errors import N_, Reason
from instruments.reports.cells import MOMENTS, Codes, decimals_of
from instruments.reports.form import CODE, CODES, DAY, LIST, MOMENT, MONEY, NUMBERS, Column
from instruments.reports.sources import Source

# What no column says of itself.
LONGEST = 5000
NO_CODE = N_("The form has no code for what stands here.")
CHOICE = N_("Write one of: %(choices)s.")
TOO_LONG = N_("Has %(length)s characters; at most %(most)s fit.")
TOO_MANY = N_("More than %(most)s.")
TWICE = N_("%(item)s stands here twice.")
NUMBER = N_("Write a number, in digits alone.")
NEGATIVE = N_("This cannot be less than nothing.")
DECIMALS = N_("At most %(most)s decimals fit.")
A_DAY = N_("Write it like %(example)s.")
PATTERN = N_("This does not look as the form wants it.")
LIKE = N_("The form wants it to look like %(example)s.")
UNREADABLE = N_("This holds characters that cannot be shown.")
# Control characters, halves of characters and what is no character; wide spaces of Chinese texts are none of them.
_UNSEEN = {"Cc", "Cs", "Co", "Cn"}
_AN_EXAMPLE = datetime(2026, 9, 30, 14, 30)  # noqa: DTZ001 - an example of how a moment is written, no instant


def unfit(column: Column, source: Source, codes: Codes, cell: str) -> Iterator[Reason]:
    """Every reason why a cell that is not empty cannot stand in this column."""
    if column.codes and source.kind != CODES:
        yield from _choice(column, codes, cell)
        return
    yield from _KINDS.get(source.kind, _nothing)(column, source, codes, cell)
    most = column.longest or LONGEST
    if len(cell) > most:
        yield Reason("too_long", None, TOO_LONG, {"length": len(cell), "most": most})
    if any(unicodedata.category(letter) in _UNSEEN for letter in cell if letter not in "\n\r\t"):
        yield Reason("unreadable", None, UNREADABLE)
    if column.pattern and not re.fullmatch(column.pattern, cell):
        sentence, told = (LIKE, {"example": column.example}) if column.example else (PATTERN, {})
        yield Reason("pattern", None, sentence, told)
    elif source.look and not re.fullmatch(source.look, cell):
        yield Reason("unlike", None, source.unlike)


def _choice(column: Column, codes: Codes, cell: str) -> Iterator[Reason]:
    there = [code for code in dict.fromkeys(codes[column.codes].values()) if code]
    if cell not in there:
        yield Reason("choice", None, CHOICE, {"choices": ", ".join(there)})


def _known(_column: Column, source: Source, _codes: Codes, cell: str) -> Iterator[Reason]:
    """A choice that leaves as it is."""
    if source.values and cell not in source.values:
        yield Reason("choice", None, CHOICE, {"choices": ", ".join(source.values)})


def _items(column: Column, source: Source, codes: Codes, cell: str) -> Iterator[Reason]:
    items = [item.strip() for item in cell.split(column.between.strip() or column.between)]
    if column.most and len(items) > column.most:
        yield Reason("too_many", None, TOO_MANY, {"most": column.most})
    for item in sorted({item for item in items if item and items.count(item) > 1}):
        yield Reason("twice", None, TWICE, {"item": item})
    for item in dict.fromkeys(items):
        if source.kind == CODES and column.codes and item not in codes[column.codes].values():
            yield from _choice(column, codes, item)
        elif source.kind == LIST and source.values and item not in source.values:
            yield Reason("unlisted", None, source.unlisted, {"subject": item or "–"})


def _number(column: Column, source: Source, _codes: Codes, cell: str) -> Iterator[Reason]:
    try:
        number = Decimal(cell) if cell.isascii() and "_" not in cell else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        yield Reason("number", None, NUMBER)
        return
    # A credit may be more than what it is against.
    if number < 0 and source.kind != MONEY:
        yield Reason("negative", None, NEGATIVE)
    most = decimals_of(column, source.kind)
    if -int(number.as_tuple().exponent) > most:
        yield Reason("decimals", None, DECIMALS, {"most": most})


def _day(_column: Column, _source: Source, _codes: Codes, cell: str) -> Iterator[Reason]:
    yield from _written(cell, "%Y-%m-%d")


def _moment(column: Column, _source: Source, _codes: Codes, cell: str) -> Iterator[Reason]:
    yield from _written(cell, MOMENTS[column.unit or "hour"])


def _written(cell: str, how: str) -> Iterator[Reason]:
    try:
        same = datetime.strptime(cell, how).strftime(how) == cell  # noqa: DTZ007 - how it is written, no instant
    except ValueError:
        same = False
    if not same:
        yield Reason("day", None, A_DAY, {"example": _AN_EXAMPLE.strftime(how)})


def _nothing(_column: Column, _source: Source, _codes: Codes, _cell: str) -> Iterator[Reason]:
    """Texts have nothing of their own to be held against."""
    yield from ()


_KINDS: Mapping[str, Callable[[Column, Source, Codes, str], Iterator[Reason]]] = {
    LIST: _items, CODES: _items, CODE: _known, DAY: _day, MOMENT: _moment, **dict.fromkeys(NUMBERS, _number),
}  # fmt: skip
