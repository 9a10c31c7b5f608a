"""One table of a form's file: hands out its fields in the kinds they have to be, and notes whatever is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from instruments.errors import N_, Reason

_HAS_TO_BE: Mapping[type, str] = {
    str: N_("“%(name)s” has to be a text."),
    int: N_("“%(name)s” has to be a whole number."),
    bool: N_("“%(name)s” has to be true or false."),
    date: N_("“%(name)s” has to be a date, like 2026-01-01."),
    Decimal: N_('“%(name)s” has to be an amount in quotation marks, like "500000".'),
    tuple: N_("“%(name)s” has to be a list of texts."),
    dict: N_("“%(name)s” has to be a table."),
    list: N_("“%(name)s” has to be a list of tables."),
}


@dataclass
class Table:
    """A table and where it stands in the file; what is not taken from it is nothing that is known there."""

    values: Mapping[str, Any]
    where: str
    reasons: list[Reason]
    taken: set[str] = field(default_factory=set)

    def take(self, name: str, kind: type, default: Any = None) -> Any:
        """A field; without a default it has to be there."""
        self.taken.add(name)
        if name not in self.values:
            if default is None:
                self.wrong("missing", N_("“%(name)s” is missing."), name=name)
                return _nothing(kind)
            return default
        value = _as(kind, self.values[name])
        if value is None:
            self.wrong("kind", _HAS_TO_BE[kind], name=name)
            return _nothing(kind)
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """A text that has to be one of these."""
        value = str(self.take(name, str, default))
        if value and value not in choices:
            words = ", ".join(choices)
            self.wrong("choice", N_("“%(value)s” is none of: %(choices)s."), value=value, choices=words)
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = int(self.take(name, int, default))
        if value != default and not least <= value <= most and name in self.values:
            sentence = N_("“%(name)s” lies outside %(least)s to %(most)s.")
            self.wrong("bounds", sentence, name=name, least=least, most=most)
        return value

    def tables(self, name: str, default: Any = None) -> list[Table]:
        """The tables of a list."""
        rows = self.take(name, list, default)
        named = [
            row.get("key", number) if isinstance(row, dict) else number for number, row in enumerate(rows, 1)
        ]
        return [
            Table(row if isinstance(row, dict) else {}, f"{self.where} › {name} {key}".strip(" ›"), self.reasons)
            for row, key in zip(rows, named, strict=True)
        ]  # fmt: skip

    def done(self) -> None:
        """Whatever was not taken is nothing that is known here."""
        for name in self.values:
            if name not in self.taken:
                self.wrong("unknown", N_("“%(name)s” is no field here."), name=name)

    def wrong(self, code: str, message: str, **values: Any) -> None:
        """Note what is wrong, and where."""
        self.reasons.append(Reason(code, self.where or None, message, values))


def _as(kind: type, value: Any) -> Any:
    """The value if it is of this kind, else None."""
    if kind is tuple:
        return (
            tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
        )
    if kind is Decimal:
        found = isinstance(value, str) and re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", value)
        return Decimal(value) if found else None
    if kind is int and isinstance(value, bool):
        return None
    return value if isinstance(value, kind) else None


def _nothing(kind: type) -> Any:
    return date.min if kind is date else kind()
