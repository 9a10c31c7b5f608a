"""A year as twelve months of weeks, each day with what it is, for the picture of an institution's calendar."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from instruments.availability.days import HAND, HOLIDAY, MAKE_UP, Sourced, ordinary
from instruments.availability.seasons import EXAMS, VACATION, Dates

DRAWN = (EXAMS, VACATION)


@dataclass(frozen=True)
class Cell:
    """One day; kind: of days.KINDS; is_said: it is not merely what its weekday is; by_hand: somebody set it.

    season: the kind of a season that is drawn below it, or empty.
    """

    day: date
    kind: str
    is_said: bool = False
    by_hand: bool = False
    is_today: bool = False
    season: str = ""


@dataclass(frozen=True)
class Month:
    """The weeks of a month from Monday on; None where a day belongs to the month before or after."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


def months_of(
    year: int, days: Mapping[date, Sourced], today: date, seasons: Sequence[tuple[str, Dates]] = ()
) -> list[Month]:
    """The months of a year; seasons: their kinds, each with dates. Of those drawn, exam weeks lie on top."""
    drawn = [(kind, dates) for wanted in DRAWN for kind, dates in seasons if kind == wanted]
    weeks = Calendar()

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        said, source = days.get(day, (None, ""))
        kind = said.kind if said else ordinary(day)
        season = next((each for each, (first, last) in drawn if first <= day <= last), "")
        return Cell(day, kind, said is not None, source == HAND, day == today, season)

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
