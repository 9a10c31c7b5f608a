"""The changes of a price sheet in the reader's words: which row, which line of which list, what for whom, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from flask_babel import gettext

from instruments.rates.sheets.columns import FIXED, PRICE, WHAT, WINDOW, WORDS, word_of
from instruments.rates.sheets.rows import GONE, MOVED, NEW, Change
from instruments.rates.sheets.understanding import OneList
from instruments.web import wording
from instruments.web.language import in_language, is_chinese

_FIXED = {each.value: each for each in FIXED}
_WHAT = {each.value: each for each in WHAT}


class Shown(NamedTuple):
    """A line of the table. row: of the file, None where it stands in none; share: by which part a price changes."""

    row: int | None
    line: str
    column: str
    before: str
    after: str
    share: Decimal | None = None


def column_name(column: str, classes: Mapping[str, str]) -> str:
    """A column as the reader calls it; empty for a row as a whole."""
    if column in _FIXED:
        return gettext(_FIXED[column].en)
    return classes.get(column, column)


def shown(change: Change, one: OneList, currency: str, classes: Mapping[str, str]) -> Iterator[Shown]:
    """What is told of a changed row: of prices one line for each class, of a setting or a window one for each cell."""
    row, line = one.row_of(change.line.what, change.line.key), _line(change)
    if change.outcome == MOVED:
        yield Shown(row, gettext("The order of the lines"), "", "", "")
    for column, before, after in change.cells:
        if change.line.what == PRICE and column in _FIXED:
            if change.outcome not in (NEW, GONE):
                yield Shown(row, line, column_name(column, classes), before, after)
        elif change.line.what == PRICE:
            yield _priced(row, line, classes.get(column, column), before, after, currency)
        else:
            words = change.line.what if not change.line.key else column
            name = column_name(column, classes) if change.line.key else ""
            yield Shown(row, line, name, *(_said(words, text) for text in (before, after)))


def _priced(row: int | None, line: str, name: str, before: str, after: str, currency: str) -> Shown:
    old, new = (Decimal(text) if text else None for text in (before, after))
    share = (new - old) / old if old and new is not None else None
    texts = (
        gettext("No price set") if each is None else wording.amount(each, currency) for each in (old, new)
    )
    return Shown(row, line, name, *texts, share)


def _line(change: Change) -> str:
    cells = change.line.cells
    if change.line.what == PRICE:
        name = in_language(cells.get("name_en", ""), cells.get("name_zh", "")) or cells.get("code", "")
        parts = (word_of(column, cells.get(column, ""), chinese=is_chinese()) for column in ("unit", "mode"))
        return " · ".join(part for part in (name, *parts) if part)
    what = gettext(_WHAT[change.line.what].en)
    if change.line.what == WINDOW:
        return f"{what} {in_language(cells.get('name_en', ''), cells.get('name_zh', ''))}".strip()
    return what


def _said(column: str, text: str) -> str:
    return word_of(column, text, chinese=is_chinese()) if column in WORDS else text
