"""What is on record of an instrument beside what it does: for everybody what helps to choose it, for its keepers all of it."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext

from instruments.catalog.columns import BY_KEY, NATIONAL, Column
from instruments.catalog.models import Instrument
from instruments.web import formats
from instruments.web.language import in_language, is_chinese

FOR_ALL = (
    "class_code", "country", "commissioned_on", "retired_on", "original_value", "technical_indicators", "services",
    "user_notes", "fees", "hours_run", "hours_served",
)  # fmt: skip
FOR_KEEPERS = (
    "asset_number", "serial_number", "university_asset_class", "asset_category_code", "book_value",
    *(column.key for column in NATIONAL if column.in_record and column.key not in FOR_ALL),
)  # fmt: skip


def on_record(thing: Instrument, *, keeper: bool) -> list[tuple[str, str]]:
    """(label, text) of what is known, in the words of the national form. keeper: whoever edits, exports or audits it."""
    keys = (*FOR_ALL, *FOR_KEEPERS) if keeper else FOR_ALL
    return list(_told(thing, [BY_KEY[key] for key in keys]))


def _told(thing: Instrument, columns: list[Column]) -> Iterator[tuple[str, str]]:
    for column in columns:
        if text := _text(thing, column):
            yield (column.zh if is_chinese() else gettext(column.en)), text


def _text(thing: Instrument, column: Column) -> str:
    if column.in_record:
        return _in_words(column, str(thing.national_record.get(column.key, "")))
    value = getattr(thing, column.place)
    match column.kind:
        case "date":
            return formats.day(value, weekday=False) if value else ""
        case "amount":
            currency = thing.book_currency if column.key == "book_value" else thing.original_currency
            return formats.money(value, currency) if value is not None else ""
        case "class":
            subject = thing.instrument_class
            return f"{subject.code} {in_language(subject.name_en, subject.name_zh)}" if subject else ""
        case _:
            return value or ""


def _in_words(column: Column, written: str) -> str:
    """What was written, or the reader's word for it where it is one of a list."""
    for choice in column.choices:
        if written in (choice.value, choice.zh):
            return choice.zh if is_chinese() else gettext(choice.en)
    return written
