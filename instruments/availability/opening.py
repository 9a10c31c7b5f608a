"""From weekly patterns, holidays and a zone to the spans of real time during which an instrument is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Protocol, TypeVar

from instruments.availability.week import DAY, Week
from instruments.timespan import Pair, intersect, merge, subtract


class Dated(Protocol):
    """What holds on the dates valid_from to valid_to, both included; None is without limit."""

    @property
    def valid_from(self) -> date | None: ...

    @property
    def valid_to(self) -> date | None: ...


Holding = TypeVar("Holding", bound=Dated)
NO_DAYS: Mapping[date, int] = MappingProxyType({})


def holds_on(dated: Dated, day: date) -> bool:
    """Whether it holds on a date."""
    since, until = dated.valid_from, dated.valid_to
    return (since is None or since <= day) and (until is None or day <= until)


def in_force(weeks: Iterable[Holding], day: date) -> Holding | None:
    """Of the weeks of one owner, the one published last first, the one that counts on a date.

    Of those that hold, that is the one that began last, and of those that began together the one published
    last: it is the later decision.
    """
    holding = (week for week in weeks if holds_on(week, day))
    return max(holding, key=lambda week: week.valid_from or date.min, default=None)


@dataclass(frozen=True)
class ValidWeek:
    """A weekly pattern, the dates on which it holds, and the circles of the audience it names (none: for everybody)."""

    week: Week
    valid_from: date | None = None
    valid_to: date | None = None
    circles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ValidDay:
    """What opens on each of some dates instead of the week: minutes as a WeekSpan has them; none: closed all day."""

    spans: tuple[Pair, ...]
    valid_from: date
    valid_to: date
    reason: str = ""


@dataclass(frozen=True)
class Hours:
    """What is published for an instrument, last first: its own weeks and its lab's, and the days that differ of both.

    What holds on a date, the first of these that there is:
    1. a day that differs, of the instrument; 2. one of its lab; 3. a holiday of the institution, which closes;
    4. the week of the instrument; 5. the week of its lab, both as of another weekday where the institution says so.
    So a day that differs opens on a holiday, too, and a lab that closes on a date closes its instruments, whatever
    their own weeks say.

    A day that differs is so for everybody; a week may name circles of the audience. For a member of a circle, of one
    owner's weeks those that name it come before those for everybody, and of these the one `in_force` counts: so what is
    written for a circle replaces, for its members, what is written for everybody. Without a circle the latter counts.
    """

    own: tuple[ValidWeek, ...] = ()
    lab: tuple[ValidWeek, ...] = ()
    own_days: tuple[ValidDay, ...] = ()
    lab_days: tuple[ValidDay, ...] = ()
    circle: str | None = None

    def week_on(self, day: date) -> Week | None:
        """The pattern of a date; None when none is published for it."""
        for weeks in (self.own, self.lab):
            found = in_force((week for week in weeks if self.circle in week.circles), day)
            found = found or in_force((week for week in weeks if not week.circles), day)
            if found:
                return found.week
        return None

    def of(self, circle: str) -> Hours:
        """The hours of a circle: the weeks that name others are left out."""
        own, lab = (_for_circle(weeks, circle) for weeks in (self.own, self.lab))
        return replace(self, own=own, lab=lab, circle=circle)

    def differ(self) -> bool:
        """Whether a week names circles, so that not everybody's hours are the same."""
        return any(week.circles for week in (*self.own, *self.lab))

    def day_that_differs(self, day: date) -> ValidDay | None:
        """What holds on a date instead of the week: the instrument's, else its lab's."""
        if not (self.own_days or self.lab_days):
            return None
        return in_force(self.own_days, day) or in_force(self.lab_days, day)

    def openings_on(self, day: date, weekday: int) -> Iterable[Pair]:
        """What opens on a date, in minutes from its midnight, as far as no holiday closes it; its week is read as of
        this weekday.
        """
        differs = self.day_that_differs(day)
        if differs is not None:
            return differs.spans
        week = self.week_on(day)
        return [(each.since, each.until) for each in week.spans if each.weekday == weekday] if week else ()

    def is_shut(self, day: date, holidays: Collection[date]) -> bool:
        """Whether a date is closed from midnight to midnight, whatever began the evening before."""
        differs = self.day_that_differs(day)
        return day in holidays if differs is None else not differs.spans

    def published(self) -> bool:
        """Whether any pattern or day with an opening in it is published, for whatever dates."""
        weeks, days = (*self.own, *self.lab), (*self.own_days, *self.lab_days)
        return any(week.week.spans for week in weeks) or any(day.spans for day in days)


def _for_circle(weeks: tuple[ValidWeek, ...], circle: str) -> tuple[ValidWeek, ...]:
    return tuple(week for week in weeks if not week.circles or circle in week.circles)


def expand(
    hours: Hours,
    zone: tzinfo,
    first: date,
    last: date,
    holidays: Collection[date] = (),
    weekdays: Mapping[date, int] = NO_DAYS,
) -> list[Pair]:
    """The open time on the local dates first to last, both included, as merged UTC second pairs.

    A span belongs to the day it starts, so the night before `first` reaches in. A day that is shut (a holiday, or
    a day that differs and has no hours) is cut from its midnight to the next, whichever day the spans over it
    started. weekdays: dates that open with the hours of another weekday (0 is Monday), such as make-up workdays.
    Which rule counts on a date: see Hours.
    """
    opened: list[Pair] = []
    for day in _days(first - timedelta(days=1), last):
        for since, until in hours.openings_on(day, weekdays.get(day, day.weekday())):
            opened.append((_opens(day, since, zone), _closes(day, until, zone)))
    within = (midnight(first, zone), midnight(last + timedelta(days=1), zone))
    cuts = [
        (midnight(day, zone), midnight(day + timedelta(days=1), zone))
        for day in _days(first, last)
        if hours.is_shut(day, holidays)
    ]
    return subtract(intersect(merge(opened), [within]), cuts)


def begins(wall: datetime, zone: tzinfo) -> int:
    """The UTC second at which the wall clock first reads a local time; the jump over it where it never does."""
    return _opens(wall.date(), wall.hour * 60 + wall.minute, zone)


def ends(wall: datetime, zone: tzinfo) -> int:
    """The UTC second at which the wall clock last reads a local time; the jump over it where it never does."""
    midnight_next = wall.hour == wall.minute == 0
    return (_opens if midnight_next else _closes)(wall.date(), wall.hour * 60 + wall.minute, zone)


def midnight(day: date, zone: tzinfo) -> int:
    """The UTC second at which a local date begins."""
    return _opens(day, 0, zone)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _opens(day: date, minute: int, zone: tzinfo) -> int:
    """When the wall clock first reads a time of day.

    A time that a clock change skips is passed when the clock jumps over it, so it moves forward to the
    jump. One that comes twice is taken the first time: who reads "open from 02:30" may come at the first.
    """
    return _read(day, minute, zone, fold=0)


def _closes(day: date, minute: int, zone: tzinfo) -> int:
    """When the wall clock last reads a time of day: "open until 02:30" holds until the second 02:30.

    24:00 is the end of the date, which is when the next one begins, even where that midnight comes twice.
    """
    return _read(day, minute, zone, fold=0 if minute == DAY else 1)


def _read(day: date, minute: int, zone: tzinfo, fold: int) -> int:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    second = int(wall.replace(tzinfo=zone, fold=fold).timestamp())
    if datetime.fromtimestamp(second, zone).replace(tzinfo=None) == wall:
        return second
    return _jump(wall, zone)


def _jump(wall: datetime, zone: tzinfo) -> int:
    """The second of the clock change that skips a local time, found by halving."""
    before = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    after = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    old = datetime.fromtimestamp(before, UTC).astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
