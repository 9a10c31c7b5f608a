"""The fields of forms about uses: what was typed, read into facts, spans and counts, with a reason for all that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from flask_babel import gettext

from instruments.errors import N_, Reason, Refusal
from instruments.reservations.bookable import bookable
from instruments.reservations.form import TURNS, said_twice, typed_exactly
from instruments.timespan import Pair
from instruments.usage.facts import UseFacts
from instruments.usage.views.doors import number_in
from instruments.web import formats
from instruments.web.reasons import by_field

NUMBERS = (
    "operator_minutes",
    "fault_minutes",
    "samples",
    "trained_students",
    "trained_teachers",
    "trained_others",
)
WORDS = ("project", "funding_source", "subject", "contract", "rating_words", "note", "fault_reason")
ENDS = {"start": "from", "end": "until"}
SPAN = ("day", "from", "until_day", "until", "from_turn", "until_turn")
# What a list of many asks of each use, and how the fields of what its prices count are called.
OF_ROW = ("samples", "operator_minutes", "fault_minutes")
COUNT = "count-"


def typed_facts(reasons: list[Reason]) -> UseFacts:
    """What the form says of a use; an empty field says nothing, and what cannot be read adds its reason."""
    said: dict[str, Any] = {name: number_in(name, reasons) for name in (*NUMBERS, "rating")}
    said |= {name: request.form[name].strip() for name in WORDS if name in request.form}
    if request.form.get("mode"):
        said["mode"] = request.form["mode"]
    named, typed = _named(COUNT, reasons), _typed_codes(reasons)
    counts = None if named is None and typed is None else {**(named or {}), **(typed or {})}
    return UseFacts(**said, counts=counts)


def facts_of_row(number: int, reasons: list[Reason]) -> UseFacts:
    """What a list of many says of one of its uses: the fields whose names end in its number."""
    said = {name: number_in(f"{name}-{number}", reasons) for name in OF_ROW}
    why = request.form.get(f"fault_reason-{number}", "").strip()
    return UseFacts(**said, fault_reason=why, counts=_named(f"{COUNT}{number}-", reasons))


def of_fields(refusal: Refusal | None) -> dict[str, list[str]]:
    """The sentences of a refusal by the field of the form where each belongs: of one use, "counts.grid" is count-grid and
    "end" is until; of many, "uses.12.samples" is samples-12. Those of a run's customers are called as their reasons are.
    """
    found: dict[str, list[str]] = {}
    for field, sentences in by_field(refusal).items():
        found.setdefault(_field_named(field), []).extend(sentences)
    return found


def _field_named(path: str) -> str:
    number, name = "", path
    if path.startswith("uses."):
        _, number, name = path.split(".", 2)
    what, _, code = name.partition(".")
    if what == "customers":
        return name
    if not code:
        return f"{name}-{number}" if number else ENDS.get(name, name)
    named = f"{COUNT}{number}-{code}" if number else f"{COUNT}{code}"
    return named if number or named in request.form else what


def _named(prefix: str, reasons: list[Reason]) -> dict[str, Decimal] | None:
    """What was counted of the kinds that the prices name; None where the form has none of them."""
    names = [name for name in request.form if name.startswith(prefix)]
    found: dict[str, Decimal] = {}
    for name in names:
        text = request.form[name].strip()
        number = decimal_of(text) if text else Decimal(0)
        if number is None:
            reasons.append(Reason("count", name, N_("Enter a number.")))
        elif number:
            found[name.removeprefix(prefix)] = number
    return found if names else None


def _typed_codes(reasons: list[Reason]) -> dict[str, Decimal] | None:
    """Codes and numbers of the rows; None where the form has no such rows."""
    if "count_code" not in request.form:
        return None
    found: dict[str, Decimal] = {}
    for code, text in zip(
        request.form.getlist("count_code"), request.form.getlist("count_number"), strict=False
    ):
        code, text = " ".join(code.split()), text.strip()
        if code or text:
            number = decimal_of(text)
            if number is None or not code or code in found:
                sentence = N_("Give each code once, with a number.")
                reasons.append(Reason("counts", "counts", sentence))
                break
            found[code] = number
    return found


def decimal_of(text: str) -> Decimal | None:
    """A number that somebody typed; None where it is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def typed_time(instrument_id: int) -> Pair:
    """The span of the form on the instrument's wall, in UTC seconds. Raises Refusal."""
    start, end = typed_exactly(request.form, bookable(instrument_id).calendar)
    return int(start.timestamp()), int(end.timestamp())


def turns_of(typed: Mapping[str, Any], instrument_id: int) -> dict[str, list[tuple[str, str]]]:
    """By field, from which to choose where a time of the form comes twice as the clocks go back."""
    calendar = bookable(instrument_id).calendar
    try:
        ends = said_twice(typed, calendar)
    except Refusal:
        return {}
    words = (N_("The first time, %(moment)s"), N_("The second time, %(moment)s"))
    return {
        f"{name}_turn": [
            (turn, gettext(said, moment=formats.moment(each, calendar.zone.key)))
            for turn, said, each in zip(TURNS, words, both, strict=True)
        ]
        for name, both in ends.items()
        if both
    }
