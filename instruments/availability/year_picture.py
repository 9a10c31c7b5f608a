"""A year as twelve months of weeks, each day with what it is, for the picture of an institution's calendar."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from instruments.availability.days import HAND, HOLIDAY, MAKE_UP, Sourced, ordinary


@dataclass(frozen=True)
class Cell:
    """One day; kind: of days.KINDS; is_said: it is not merely what its weekday is; by_hand: somebody set it."""

    day: date
    kind: str
    is_said: bool = False
    by_hand: bool = False
    is_today: bool = False


@dataclass(frozen=True)
class Month:
    """The weeks of a month from Monday on; None where a day belongs to the month before or after."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


def months_of(year: int, days: Mapping[date, Sourced], today: date) -> list[Month]:
    """The months of a year."""
    weeks = Calendar()

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        said, source = days.get(day, (None, ""))
        kind = said.kind if said else ordinary(day)
        return Cell(day, kind, said is not None, source == HAND, day == today)

    return [
        Month(
            date(year, month, 1),
            tuple(tuple(cell(day, month) for day in week) for week in weeks.monthdatescalendar(year, month)),
        )
        for month in range(1, 13)
    ]


def totals(year: int, days: Mapping[date, Sourced]) -> dict[str, int]:
    """How many holidays and make-up workdays a year has."""
    kinds = [said.kind for day, (said, _) in days.items() if day.year == year]
    return {kind: kinds.count(kind) for kind in (HOLIDAY, MAKE_UP)}
