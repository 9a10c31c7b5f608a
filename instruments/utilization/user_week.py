"""In which hours of the week a group, a company or the people of an institution used instruments: from their own uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair, clipped, subtract
from instruments.usage.counted import CountedUse, uses_served
from instruments.utilization.periods import Period, midnight
from instruments.utilization.reading import things, whole_outages
from instruments.utilization.users import User
from instruments.utilization.week_use import WeekHours
from instruments.utilization.weekly import HOURS, cells

# Of more, each is not gone through while somebody waits.
MOST_USES = 20_000
AN_HOUR, A_DAY, DAYS = 3600, 86_400, 7
_ZONE = ZoneInfo("UTC")
TOO_MANY = N_("These are more than %(most)s uses: choose a shorter period to see when they were.")
MEANING = N_(
    "Effective hours of their own uses in each hour of the week on the wall of the lab, for a week of the period on average; of a"
    " run for several their part of it, and nothing while the whole instrument was down. Where more sessions ran than there were"
    " places, each counts whole here."
)


@dataclass(frozen=True, slots=True)
class WeekOfUse:
    """How many uses lie in so many days of a period, and the seconds in each hour of the week (0: Monday from midnight) by
    instrument."""

    uses: int
    days: int
    of: Mapping[int, tuple[int, ...]]

    @property
    def hours(self) -> tuple[float, ...]:
        """Hours in each hour of the week, of all the days."""
        return (
            tuple(sum(each) / AN_HOUR for each in zip(*self.of.values(), strict=True))
            if self.of
            else (0.0,) * HOURS
        )

    @property
    def a_week(self) -> tuple[float, ...]:
        """The same of a week on average."""
        return tuple(each * DAYS / self.days if self.days else 0.0 for each in self.hours)

    def then(self, hours: WeekHours) -> list[tuple[int, float]]:
        """By instrument, hours in some hours of the week, the most first; none without any."""
        found = [
            (number, sum(each[cell] for cell in hours.cells) / AN_HOUR) for number, each in self.of.items()
        ]
        return sorted((row for row in found if row[1]), key=lambda row: (-row[1], row[0]))


def week_of(user: User, period: Period, now: datetime) -> WeekOfUse:
    """Up to last midnight. Raises Refusal where there are too many uses. A constant number of statements."""
    # In some zones a period begins and ends up to a day earlier or later.
    first, last = midnight(period.first, _ZONE) - A_DAY, midnight(period.end, _ZONE) + A_DAY
    uses = uses_served(user.group_id, user.institution_id, first, last, now, MOST_USES)
    if uses is None:
        raise Refusal([Reason("too_many", "period", TOO_MANY, {"most": MOST_USES})])
    there = things(sorted({each.instrument_id for each in uses}))
    down, zones = whole_outages(there, first, last), {each.id: each.zone for each in there}
    within = {zone: _until_midnight(period, zone, now) for zone in zones.values()}
    spans: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    lying = set()
    for use in uses:
        number = use.instrument_id
        for start, end in _spans(use, user, within[zones[number]], down.get(number, [])):
            spans[number].append((start, end, 1))
            lying.add(use.id)
    found = {number: tuple(cells(some, zones[number])) for number, some in spans.items()}
    days = max((_days(period, now.astimezone(zone).date()) for zone in within), default=0)
    return WeekOfUse(len(lying), days, found)


def _spans(use: CountedUse, user: User, within: Pair, down: list[Pair]) -> Iterator[Pair]:
    for served in use.served:
        if user.is_one(served.institution_id or 0, served.group_id or 0):
            mine = clipped(served.effective, *within)
            yield from subtract(mine, down) if down else mine


def _until_midnight(period: Period, zone: ZoneInfo, now: datetime) -> Pair:
    first, last = period.seconds(zone)
    return first, max(first, min(last, midnight(now.astimezone(zone).date(), zone)))


def _days(period: Period, today: date) -> int:
    return max(0, (min(period.end, today) - period.first).days)
