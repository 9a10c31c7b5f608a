"""What the days of an institution are, and with which weekday's hours they open: as announced, corrected by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

WORKDAY, REST, HOLIDAY, MAKE_UP = "workday", "rest", "holiday", "make_up"
KINDS = (HOLIDAY, MAKE_UP, REST, WORKDAY)
ANNOUNCED, HAND = "announced", "hand"
SOURCES = (ANNOUNCED, HAND)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
# With whose hours a lab opens on make-up workdays: those of the day it makes up for, its own, or of one weekday.
REPLACED, ITSELF = "replaced", "itself"
TAKES = (REPLACED, ITSELF, *(str(weekday) for weekday in range(7)))


@dataclass(frozen=True)
class Day:
    """A day that is not what its weekday says, or is said to be so; replaces: the day off it makes up for."""

    day: date
    kind: str
    name_en: str
    name_zh: str
    replaces: date | None = None


@dataclass(frozen=True)
class Pick:
    """With whose hours (one of TAKES) a lab opens on make-up workdays from a date on."""

    since: date
    takes: str


@dataclass(frozen=True)
class DayPlan:
    """Which days of a lab are closed, which open with the hours of another weekday (0 is Monday), and the days off, both
    of these, each with its kind and what it is called in both languages."""

    closed: frozenset[date] = frozenset()
    weekdays: tuple[tuple[date, int], ...] = ()
    days_off: tuple[tuple[date, str, str], ...] = ()

    def day_off(self, day: date) -> tuple[str, str] | None:
        """The kind and the name of a day off; None where it is none."""
        for off, kind, name in self.days_off:
            if off == day:
                return kind, name
        return None


@dataclass(frozen=True)
class Changes:
    """What an announcement changes of days to come."""

    added: tuple[Day, ...] = ()
    changed: tuple[Day, ...] = ()
    removed: tuple[Day, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


Sourced: TypeAlias = tuple[Day, str]


def ordinary(day: date) -> str:
    """What a day is that nothing is said of: a rest day at the weekend, else a workday."""
    return REST if day.weekday() >= SATURDAY else WORKDAY


def counting(days: Iterable[Sourced]) -> dict[date, Sourced]:
    """By date, what counts: a correction by hand before what was announced."""
    found: dict[date, Sourced] = {}
    for day, source in days:
        if source == HAND or day.day not in found:
            found[day.day] = (day, source)
    return found


def picked(picks: Sequence[Pick], day: date) -> str:
    """What a lab has chosen for a date; nothing chosen: the hours of the day that is made up for."""
    holding = [pick for pick in picks if pick.since <= day]
    return max(holding, key=lambda pick: pick.since).takes if holding else REPLACED


def weekday_for(day: Day, takes: str) -> int | None:
    """The weekday with whose hours a day opens; None: its own.

    A weekday that was made a rest day opens as Sundays do. A make-up workday of which nobody said what it makes
    up for opens as Fridays do: most of them make up for one.
    """
    if day.kind == REST and day.day.weekday() < SATURDAY:
        return SUNDAY
    if day.kind != MAKE_UP or takes == ITSELF:
        return None
    if takes != REPLACED:
        return int(takes)
    worked = day.replaces is not None and day.replaces.weekday() < SATURDAY
    return day.replaces.weekday() if day.replaces and worked else FRIDAY


def plan_of(days: Mapping[date, Sourced], picks: Sequence[Pick] = ()) -> DayPlan:
    """What the days of an institution mean for the hours of a lab with these picks."""
    closed, weekdays, off = set(), [], []
    for when, (day, _) in sorted(days.items()):
        if day.kind == HOLIDAY:
            closed.add(when)
        if day.kind in (HOLIDAY, REST):
            off.append((when, day.kind, " / ".join(name for name in (day.name_en, day.name_zh) if name)))
        weekday = weekday_for(day, picked(picks, when))
        if weekday is not None:
            weekdays.append((when, weekday))
    return DayPlan(frozenset(closed), tuple(weekdays), tuple(off))


def differences(there: Iterable[Day], announced: Iterable[Day], after: date) -> Changes:
    """How days that were taken over differ from what is announced, later than a date: what is over stays."""
    old = {day.day: day for day in there if day.day > after}
    new = {day.day: day for day in announced if day.day > after}
    return Changes(
        tuple(new[day] for day in sorted(new.keys() - old.keys())),
        tuple(new[day] for day in sorted(new.keys() & old.keys()) if new[day] != old[day]),
        tuple(old[day] for day in sorted(old.keys() - new.keys())),
    )
