"""Quotas: how much of which instruments a person, group or institution may hold in a period, and what counts as used."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from instruments.availability.opening import Hours, ValidWeek, expand, midnight
from instruments.availability.seasons import Dates
from instruments.availability.week import Week, parse_week
from instruments.reservations.stages import FOR_EVER, ends
from instruments.timespan import Pair, intersect, merge

MEASURES = ("hours", "count")
PERIODS = ("day", "week", "month", "year", "future")
HOLDERS = ("person", "group", "institution")
SCOPES = ("instrument", "class", "lab", "catalogue")
MOST_LATER = 12


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `amount` hours, or reservations, per period and holder, over some of the owner's instruments.

    circles: for whose users it holds, empty for all; peak: a weekly pattern, and only time within it counts;
    short_notice: a reservation made less than so many seconds before its start is free of it; valid_from and
    valid_to: local dates, both included, outside of which nothing counts; season: the only dates on which anything
    counts, where it holds in a season, with its name in both languages. owner: "lab", "instrument" or
    "institution".
    """

    id: int
    owner: str
    measured: str
    amount: int
    per: str
    holder: str
    over: str
    circles: frozenset[str] = frozenset()
    peak: Week | None = None
    short_notice: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    season: tuple[Dates, ...] | None = None
    season_name: str = ""

    @property
    def most(self) -> int:
        """The amount in seconds, or in reservations."""
        return self.amount * 3600 if self.measured == "hours" else self.amount

    def holds_for(self, circle: str) -> bool:
        """Whether it holds for users of this circle of the audience."""
        return not self.circles or circle in self.circles

    def is_exempt(self, start: int, made: int) -> bool:
        """Whether a reservation made at one moment for another is made at such short notice that it is free."""
        return start - made < self.short_notice

    def taken_by(self, span: Pair, parts: Sequence[Pair]) -> int:
        """What a reservation takes of a period, given the parts of the period that count."""
        seconds = within(span, parts)
        return seconds if self.measured == "hours" else int(seconds > 0)


def within(span: Pair, parts: Sequence[Pair]) -> int:
    """How many seconds of a span lie in the parts, which are sorted and disjoint and may be many."""
    seconds = 0
    for place in range(max(bisect_left(parts, span) - 1, 0), len(parts)):
        first, last = parts[place]
        if first >= span[1]:
            break
        seconds += max(min(last, span[1]) - max(first, span[0]), 0)
    return seconds


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a quota, and the parts of it that count."""

    first: int
    last: int
    parts: tuple[Pair, ...]


def periods(quota: Quota, span: Pair, zone: ZoneInfo, now: int) -> list[Period]:
    """The periods of a quota that a span touches, as local calendar periods; those of which nothing counts left out."""
    # Only what is held in future depends on the moment; all else is worked out once.
    since = now if quota.per == "future" else 0
    turns = _turns(quota.per, (span[0], span[1]), zone, since)
    found = [_period(quota, first, last, zone, since) for first, last in turns]
    return [period for period in found if period.parts]


def later_periods(quota: Quota, after: int, zone: ZoneInfo) -> list[Period]:
    """The calendar periods that follow, a few of them; none for what is held in future, which has no end."""
    found: list[Period] = []
    for _ in range(MOST_LATER if quota.per != "future" else 0):
        first, last = next(_calendar(quota.per, (after, after + 1), zone, 0))
        period = _period(quota, first, last, zone, 0)
        found += [period] if period.parts else []
        after = last
    return found


@lru_cache(maxsize=1024)
def _period(quota: Quota, first: int, last: int, zone: ZoneInfo, now: int) -> Period:
    since = midnight(quota.valid_from, zone) if quota.valid_from else 0
    until = ends(quota.valid_to, zone)
    valid = (max(first, since), min(last, until))
    if valid[0] >= valid[1]:
        return Period(first, last, ())
    counting = [valid] if quota.season is None else intersect(_dates(quota.season, zone), [valid])
    if quota.peak is None or not counting:
        return Period(first, last, tuple(counting))
    # What is held in future is looked at for as long as anything can be booked ahead.
    reach = min(valid[1], max(valid[0], now) + 800 * 86_400)
    return Period(first, last, tuple(intersect(_peaks(str(quota.peak), zone, valid[0], reach), counting)))


def _dates(spans: Sequence[Dates], zone: ZoneInfo) -> list[Pair]:
    return merge((midnight(first, zone), ends(last, zone)) for first, last in spans)


@lru_cache(maxsize=512)
def _peaks(week: str, zone: ZoneInfo, first: int, last: int) -> tuple[Pair, ...]:
    days = [datetime.fromtimestamp(moment, zone).date() for moment in (first, last)]
    return tuple(expand(Hours(own=(ValidWeek(parse_week(week)),)), zone, *days))


@lru_cache(maxsize=512)
def _turns(per: str, span: Pair, zone: ZoneInfo, now: int) -> tuple[Pair, ...]:
    """The same for all quotas of this length."""
    return tuple(_calendar(per, span, zone, now))


def _calendar(per: str, span: Pair, zone: ZoneInfo, now: int) -> Iterator[Pair]:
    if per == "future":
        yield now, FOR_EVER
        return
    day = _begin(per, datetime.fromtimestamp(span[0], zone).date())
    first = midnight(day, zone)
    while first < span[1]:
        day = _next(per, day)
        last = midnight(day, zone)
        yield first, last
        first = last


def _begin(per: str, day: date) -> date:
    match per:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _next(per: str, day: date) -> date:
    match per:
        case "week":
            return day + timedelta(days=7)
        case "month":
            return (day + timedelta(days=31)).replace(day=1)
        case "year":
            return day.replace(year=day.year + 1)
        case _:
            return day + timedelta(days=1)


def shifted(span: Pair, first: int, zone: ZoneInfo, per: str) -> Pair:
    """The same times by the wall clock, so much later as it takes to start at `first` or later: on the same weekday,
    since who comes on Tuesdays asks for the next one, but where days are counted on the first day that follows.
    """
    start, end = (datetime.fromtimestamp(moment, zone) for moment in span)
    step = timedelta(days=1 if per == "day" else 7)
    while start.timestamp() < first:
        start, end = start + step, end + step
    return int(start.timestamp()), int(end.timestamp())
