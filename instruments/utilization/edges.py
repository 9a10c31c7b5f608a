"""The days of a period that are no whole month, worked out from the facts: what stands beside the summaries of months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from instruments.charges.earning import Earned, earned, late_cancellations
from instruments.utilization import periods
from instruments.utilization.periods import Period
from instruments.utilization.reading import Thing, records, things
from instruments.utilization.summing import Summary, summary
from instruments.utilization.sums import Selection, numbers_of

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Part:
    """What one instrument did on some days of a month: its summary, and what it earned."""

    thing: Thing
    month: int
    summary: Summary
    earned: Sequence[Earned]


def whole_months(period: Period) -> tuple[int, int] | None:
    """The first and the last whole month of a period: (202601, 202612); None where there is none."""
    months = period.months
    if not months:
        return None
    first, last = months[0].first, months[-1].first
    return first.year * 100 + first.month, last.year * 100 + last.month


def edge_days(period: Period) -> list[tuple[date, date]]:
    """The days [first, end) before and after its whole months, none longer than a month."""
    months = period.months
    if not months:
        middle = periods.month(period.first).end
        return (
            [(period.first, period.end)]
            if period.end <= middle
            else [(period.first, middle), (middle, period.end)]
        )
    spans = [(period.first, months[0].first), (months[-1].end, period.end)]
    return [(first, end) for first, end in spans if first < end]


def edges(chosen: Selection, period: Period, now: datetime) -> list[Part]:
    """The parts of these instruments; up to last midnight. A constant number of statements for 500 instruments and a zone."""
    return edges_of(numbers_of(chosen), period, now) if edge_days(period) else []


def edges_of(numbers: Sequence[int], period: Period, now: datetime) -> list[Part]:
    """The same of instruments by their numbers."""
    spans = edge_days(period)
    return [
        part
        for begin in range(0, len(numbers), AT_ONCE)
        for zone, some in _by_zone(things(numbers[begin : begin + AT_ONCE])).items()
        for first, end in spans
        for part in _parts(some, zone, first, end, now)
    ]


def _by_zone(some: Sequence[Thing]) -> dict[ZoneInfo, list[Thing]]:
    found: defaultdict[ZoneInfo, list[Thing]] = defaultdict(list)
    for thing in some:
        found[thing.zone].append(thing)
    return found


def _parts(some: Sequence[Thing], zone: ZoneInfo, first: date, end: date, now: datetime) -> Iterator[Part]:
    end = min(end, now.astimezone(zone).date())
    if end <= first:
        return
    seconds = (periods.midnight(first, zone), periods.midnight(end, zone))
    numbers, seen = [thing.id for thing in some], records(some, *seconds, now)
    income, late = earned(numbers, first, end), late_cancellations(numbers, first, end)
    month = first.year * 100 + first.month
    for thing in some:
        key = (thing.id, month)
        made = summary(seen[thing.id], seconds, zone, late.get(key))
        yield Part(thing, month, made, income.get(key, ()))


def last_begun(period: Period, today: date) -> int:
    """The last month that a trend up to a period draws: of one that still runs the month of last midnight."""
    last = min(period.last, date.fromordinal(today.toordinal() - 1))
    return last.year * 100 + last.month


def months_until(period: Period, today: date) -> list[int]:
    """Its whole months that have begun, for bringing them up to date."""
    return [each.first.year * 100 + each.first.month for each in period.months if each.first < today]


def months_since(begun: date | None, period: Period, today: date) -> list[int]:
    """Those of them in which anybody can have used anything, on any lab's wall; none where nobody ever did."""
    if begun is None:
        return []
    first = begun - timedelta(days=1)
    return [month for month in months_until(period, today) if month >= first.year * 100 + first.month]
