"""Read the form of an instrument with the rules that read a file's cells: every reason at once, each at its field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instruments.catalog.cells import Unreadable, read, write
from instruments.catalog.columns import BY_KEY, COLUMNS, RECORD_COLUMNS, Column
from instruments.catalog.known import Known
from instruments.errors import Reason, Refusal

# What the form does not ask: chosen by a list, written by the machine, or asked in yuan instead.
NOT_ASKED = {"lab", "id", "original_value_10k"}
FIELDS = tuple(column for column in COLUMNS if column.key not in NOT_ASKED)
SPECIFICATION = ("specification_name", "specification_value", "specification_unit")
EMPTY: Mapping[str, Any] = {
    "date": None, "amount": None, "class": None, "items": (), "techniques": (), "specifications": (),
}  # fmt: skip
# What cannot be empty says what it is when nothing is chosen.
DEFAULTS: Mapping[str, Any] = {
    "status": "in_service", "audience": "partners", "capacity": 1, "original_currency": "CNY", "book_currency": "CNY",
}  # fmt: skip
GetList = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Typed:
    """What was typed, as texts by field, with the rows of the specifications; ready to be shown again."""

    texts: Mapping[str, str]
    specifications: Sequence[tuple[str, str, str]]
    modes: Sequence[str]


def typed_in(getlist: GetList) -> Typed:
    """What a form sent."""
    texts = {column.key: "\n".join(getlist(column.key)).strip() for column in FIELDS}
    rows = zip(*(getlist(name) for name in SPECIFICATION), strict=False)
    kept = [(name.strip(), value.strip(), unit.strip()) for name, value, unit in rows]
    return Typed(texts, [row for row in kept if any(row)], list(getlist("mode")))


def typed_of(values: Mapping[str, Any], known: Known) -> Typed:
    """The texts of an instrument as it is ({place: value}), for the form that changes it."""
    return Typed(
        {column.key: _shown(column, values.get(column.place), known) for column in FIELDS},
        list(values.get("specifications", ())),
        list(values.get("mode", ())),
    )


def values_of(typed: Typed, known: Known, columns: Sequence[Column] = FIELDS) -> dict[str, Any]:
    """{place: value} of every field of the form, or of some. Raises Refusal with every reason."""
    values: dict[str, Any] = {}
    reasons: list[Reason] = []
    for column in columns:
        try:
            values[column.place] = _value(column, typed, known)
        except Unreadable as refused:
            reasons.append(dataclasses.replace(refused.reason, field=column.key))
    if reasons:
        raise Refusal(reasons)
    return values


def _value(column: Column, typed: Typed, known: Known) -> Any:
    match column.key:
        case "mode":
            return tuple(choice.value for choice in column.choices if choice.value in typed.modes)
        case "specifications":
            return _specifications(column, typed)
    text = typed.texts[column.key]
    if not text:
        return DEFAULTS.get(column.key, EMPTY.get(column.kind, ""))
    value = read(column, text)
    if column.kind == "class":
        return known.class_code(text)
    return text if column.in_record else value


def _specifications(column: Column, typed: Typed) -> Any:
    """Checked as if they stood in a file's cell."""
    return read(column, write(column, typed.specifications)) if typed.specifications else ()


def _shown(column: Column, value: Any, known: Known) -> str:
    if column.in_record or column.kind == "choice":
        return str(value or "")
    if column.kind == "class" and value:
        return f"{value} {' '.join(known.classes.get(value, ()))}"
    if column.kind == "techniques":
        return "; ".join(known.technique_name(key) for key in value or ())
    return write(column, value)


NATIONAL_FIELDS = RECORD_COLUMNS
CHOICES = {key: BY_KEY[key].choices for key in ("status", "audience", "mode")}
