"""The rule of a series: on which dates it comes, and when that is, whatever the clocks do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability.repeating import Repeat, dates
from instruments.errors import N_, Reason
from instruments.timespan import Pair

WEEKS = {"week": 1, "fortnight": 2, "four_weeks": 4}
EVERY = (*WEEKS, "month")
MOST = 100
FURTHEST = timedelta(days=731)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Repetition:
    """The same hours on the wall, each first, second or fourth week on some weekdays, or each month on the weekday of
    the first (a fifth counts as the last), up to a date or a number of times.

    nights: the midnights within each; weekdays: numbers from Monday, 0; none: that of the first day.
    skips_holidays: dates on a holiday are left out, and do not count.
    """

    first: date
    starts: time
    ends: time
    nights: int = 0
    every: str = "week"
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    times: int | None = None
    skips_holidays: bool = True

    @classmethod
    def at(cls, start: datetime, end: datetime, zone: ZoneInfo) -> Repetition:
        """The hours of a first time, as the wall of the zone shows them."""
        begin, over = start.astimezone(zone), end.astimezone(zone)
        nights = (over.date() - begin.date()).days
        return cls(begin.date(), begin.time().replace(fold=0), over.time().replace(fold=0), nights)

    @property
    def comes_on(self) -> frozenset[int]:
        """Its weekdays."""
        return self.weekdays or frozenset({self.first.weekday()})


class Occurrence(NamedTuple):
    """One date of a rule by its place, counted from 0. span: None where the clocks skip its start or end.

    is_left_out: it is a holiday, and the rule leaves holidays out.
    """

    position: int
    day: date
    span: Pair | None
    is_left_out: bool = False


def occurrences(rule: Repetition, zone: ZoneInfo, holidays: Collection[date]) -> list[Occurrence]:
    """Every date of a rule against which nothing stands, with its hours in UTC, those on holidays marked."""
    found: list[Occurrence] = []
    counted = 0
    for day in _days(rule):
        if counted > MOST or (rule.times is not None and counted >= rule.times):
            break
        left_out = rule.skips_holidays and any(each in holidays for each in _touched(rule, day))
        counted += not left_out
        found.append(Occurrence(len(found), day, hours_of(rule, day, zone), left_out))
    return found


def hours_of(rule: Repetition, day: date, zone: ZoneInfo) -> Pair | None:
    """The hours of one date in UTC seconds; None where the clocks skip one end. Of a time that comes twice, the first."""
    start = moment_at(datetime.combine(day, rule.starts), zone)
    end = moment_at(datetime.combine(day + rule.nights * A_DAY, rule.ends), zone)
    return None if start is None or end is None else (start, end)


def hours_about(rule: Repetition, day: date, zone: ZoneInfo) -> Pair:
    """The same; where the clocks skip one end, as long from the moment on at which they would have shown its start."""
    start = datetime.combine(day, rule.starts)
    end = datetime.combine(day + rule.nights * A_DAY, rule.ends)
    return hours_of(rule, day, zone) or _lasting(start, end - start, zone)


def moment_at(wall: datetime, zone: ZoneInfo) -> int | None:
    """The moment at which the wall shows a time; None where it never does."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return int(moment.timestamp()) if moment.astimezone(zone).replace(tzinfo=None) == wall else None


def moved_alike(span: Pair, before: Pair, after: Pair, zone: ZoneInfo) -> Pair | None:
    """A span moved on the wall as another was, from `before` to `after`; where that was made longer or shorter, as long as
    it is now, else as long as it was itself.

    None where the clocks skip one end.
    """
    wall, length = _moved(span, before, after, zone)
    start, end = moment_at(wall, zone), moment_at(wall + length, zone)
    return None if start is None or end is None or end <= start else (start, end)


def moved_about(span: Pair, before: Pair, after: Pair, zone: ZoneInfo) -> Pair:
    """The same; where the clocks skip one end, as long from the moment on at which they would have shown its start."""
    return moved_alike(span, before, after, zone) or _lasting(*_moved(span, before, after, zone), zone)


def _moved(span: Pair, before: Pair, after: Pair, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    (old, old_end), (new, new_end), (own, own_end) = (_on_wall(each, zone) for each in (before, after, span))
    length = own_end - own if new_end - new == old_end - old else new_end - new
    return own + (new - old), length


def _lasting(wall: datetime, length: timedelta, zone: ZoneInfo) -> Pair:
    start = int(wall.replace(tzinfo=zone).timestamp())
    return start, start + int(length.total_seconds())


def _on_wall(span: Pair, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = (datetime.fromtimestamp(end, zone).replace(tzinfo=None, fold=0) for end in span)
    return first, last


def objections(rule: Repetition, zone: ZoneInfo, holidays: Collection[date]) -> list[Reason]:
    """Every reason why this is no rule for a series."""
    found = [*_frequency(rule), *_end(rule), *_hours(rule)]
    return found or list(_dates(rule, occurrences(rule, zone, holidays)))


def _frequency(rule: Repetition) -> Iterator[Reason]:
    if rule.every not in EVERY:
        yield Reason("repeats", "repeats", N_("Choose how often it repeats."))
    if not rule.weekdays <= set(range(7)):
        yield Reason("weekdays", "weekdays", N_("These are not days of the week."))


def _end(rule: Repetition) -> Iterator[Reason]:
    either = N_("Give its last day, or how many times.")
    if rule.until is None and rule.times is None:
        yield Reason("repeat_endless", "repeat_until", N_("It has no end."), {}, either)
    elif rule.until is not None and rule.times is not None:
        yield Reason("repeat_two_ends", "times", N_("It has two ends, a last day and a number."), {}, either)
    if rule.until is not None and rule.until < rule.first:
        yield Reason("repeat_order", "repeat_until", N_("The last day must not come before the first."))
    elif rule.until is not None and rule.until - rule.first > FURTHEST:
        yield Reason("repeat_far", "repeat_until", N_("At most two years ahead."))
    if rule.times is not None and not 1 <= rule.times <= MOST:
        yield Reason(
            "repeat_times", "times", N_("Enter a number from %(least)s to %(most)s."), {"least": 1, "most": MOST}
        )  # fmt: skip


def _hours(rule: Repetition) -> Iterator[Reason]:
    if rule.nights < 0 or (rule.nights == 0 and rule.ends <= rule.starts):
        yield Reason("end_before_start", "end", N_("The end does not come after the start."))
    elif rule.nights > 31:
        yield Reason("repeat_long", "end", N_("It must be over before it begins again."))


def _dates(rule: Repetition, found: Sequence[Occurrence]) -> Iterator[Reason]:
    days = [each.day for each in found if not each.is_left_out]
    if not days:
        sentence = N_("No date is left: they are all holidays, or it ends before the first.")
        yield Reason("repeat_none", "repeat_until", sentence, {}, N_("Choose other weekdays or a later end."))
    if len(days) > MOST:
        sentence, remedy = N_("A series has at most %(most)s dates."), N_("Let it end earlier.")
        yield Reason("repeat_many", "repeat_until", sentence, {"most": MOST}, remedy)
    walls = [
        (datetime.combine(day, rule.starts), datetime.combine(_last(rule, day), rule.ends)) for day in days
    ]
    if any(before[1] > after[0] for before, after in pairwise(walls)):
        yield Reason("repeat_long", "end", N_("It must be over before it begins again."))


def _last(rule: Repetition, day: date) -> date:
    return day + rule.nights * A_DAY


def _touched(rule: Repetition, day: date) -> Iterator[date]:
    """The days on which some of its hours lie: one that ends at midnight does not touch the next."""
    nights = rule.nights - (rule.nights > 0 and rule.ends == time(0))
    return (day + number * A_DAY for number in range(nights + 1))


def _days(rule: Repetition) -> Iterator[date]:
    """The dates of the rule in their order, as far as one ever looks."""
    last = min(rule.until or date.max, rule.first + FURTHEST)
    if rule.every == "month":
        yield from dates(rule.first, Repeat("month", last))
        return
    monday = rule.first - rule.first.weekday() * A_DAY
    while monday <= last:
        for weekday in sorted(rule.comes_on):
            day = monday + weekday * A_DAY
            if rule.first <= day <= last:
                yield day
        monday += WEEKS[rule.every] * 7 * A_DAY
