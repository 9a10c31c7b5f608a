"""The form of days that differ from the weekly hours: what was typed, what it asks for, and such days as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request

from instruments.availability.differing import WantedDays
from instruments.availability.models import DifferentDay
from instruments.availability.table import read_times
from instruments.availability.words import times_in_words
from instruments.errors import Reason, Refusal
from instruments.pages.falling_out import Hit
from instruments.web import formats
from instruments.web.fields import day_typed


@dataclass
class TypedDays:
    """What the form says now, right or wrong; number: those that are changed."""

    first: str = ""
    last: str = ""
    times: str = ""
    reason: str = ""
    number: int | None = None
    version: int = 0
    open: bool = False
    hit: Hit | None = None
    asked: str = ""
    refusal: Refusal | None = field(default=None)

    def wanted(self) -> WantedDays:
        """The days as asked for; without a last day it is one. Raises Refusal when the dates cannot be read."""
        reasons: list[Reason] = []
        first = day_typed("first", reasons, needed=True)
        last = day_typed("last", reasons)
        if reasons or first is None:
            raise Refusal(reasons)
        return WantedDays(first, last or first, self.times, self.reason)


def typed_days() -> TypedDays:
    """What was sent."""
    form = request.form
    return TypedDays(
        *(form.get(name, "").strip() for name in ("first", "last", "times", "reason")),
        number=form.get("number", type=int),
        version=form.get("version", 0, type=int),
        open=True,
    )


def filled_days(row: DifferentDay) -> TypedDays:
    """The form that changes these days."""
    times = times_in_words(read_times(row.times), formats.language())
    last = row.valid_to.isoformat() if row.valid_to != row.valid_from else ""
    return TypedDays(row.valid_from.isoformat(), last, times, row.reason, row.id, row.version, open=True)


def shown_days(rows: Sequence[DifferentDay], today: date) -> list[dict[str, Any]]:
    """Such days as the list tells them."""
    return [
        {
            "id": row.id,
            "version": row.version,
            "when": formats.day(row.valid_from)
            if row.valid_from == row.valid_to
            else formats.short_days(row.valid_from, row.valid_to),
            "times": times_in_words(read_times(row.times), formats.language()),
            "reason": formats.own_words(row.reason),
            "begun": row.valid_from < today,
        }
        for row in rows
    ]
