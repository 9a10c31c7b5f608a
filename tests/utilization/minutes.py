"""The slow reference of summaries: a plan of what happened to an instrument, looked at minute by minute on its own wall.

It knows no record, no interval and no sweep: only the plan that was written into the database by other means.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from zoneinfo import ZoneInfo

from instruments.timespan import Pair

MINUTE = 60
A_QUARTER = 15
DAY = timedelta(days=1)
OWN, GUEST = WHOSE = "own", "guest"
# What is compared: the columns of the summaries that hold time.
TIMES = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "owned", "inside", "unused", "clock",
    "external",
)  # fmt: skip


@dataclass
class PlannedUse:
    """A use in UTC seconds: attended (as corrected, where it was), what of it was idle, for whom, its samples and when
    they count; on: whose reservation it was on, "" without."""

    attended: Pair
    external: bool
    idle: Pair | None = None
    samples: int = 0
    confirmed: int = 0
    on: str = ""

    @property
    def whom(self) -> str:
        """Whom it served."""
        return GUEST if self.external else OWN


@dataclass
class PlannedReservation:
    """Reserved in UTC seconds, whether nobody came, and by whom."""

    span: Pair
    no_show: bool
    whose: str


@dataclass
class PlannedClosure:
    """Shut in UTC seconds: so many places, None for all; closed: not open, else down."""

    span: Pair
    units: int | None
    closed: bool


@dataclass
class Plan:
    """What happened to one instrument in a year; open Monday to Friday from 9 to 17 on its wall."""

    zone: ZoneInfo
    capacity: int
    commissioned: date | None = None
    retired: date | None = None
    uses: list[PlannedUse] = field(default_factory=list)
    closures: list[PlannedClosure] = field(default_factory=list)
    reserved: list[PlannedReservation] = field(default_factory=list)


def months_of(plan: Plan, year: int) -> dict[int, dict[str, Fraction]]:
    """By month of the wall: seconds of every layer, of some also by customer ("own reserved"), and the numbers of uses,
    samples, reservations and no-shows."""
    base = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) - 2 * 86_400
    count = 370 * 24 * 60
    walls = _walls(plan.zone, base, count)
    sums: defaultdict[int, defaultdict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    attended, running, outside, reserved, broken, shut = _depths(plan, base, count)
    by_whom = _depths_by_whom(plan, base, count)
    for minute in range(count):
        day, hour = walls[minute // A_QUARTER]
        if day.year != year:
            continue
        serves = (plan.commissioned is None or day >= plan.commissioned) and (
            plan.retired is None or day < plan.retired
        )
        here = _one(
            plan.capacity, serves, serves and day.weekday() < 5 and 9 <= hour < 17,
            (attended[minute], running[minute], outside[minute], reserved[minute], broken[minute], shut[minute]),
        )  # fmt: skip
        month = sums[day.year * 100 + day.month]
        if reserved[minute] or attended[minute]:
            here += _whose(plan.capacity, dict(here)["unused"], by_whom, minute)
        for name, places in here:
            if places:
                month[name] += places * MINUTE
    _counted(plan, year, sums)
    return sums


def _one(
    places: int, serves: bool, published: bool, depths: tuple[int, int, int, int, int, int]
) -> list[tuple[str, int | Fraction]]:
    attended, running, outside, reserved, broken, shut = depths
    broken, shut = (min(broken, places), min(shut, places)) if serves else (0, 0)
    opened = places - shut if published else 0
    bookable = max(0, opened - broken)
    used = min(running, places - broken)
    booked, there = min(reserved, places), min(attended, places)
    return [
        ("calendar", places * serves), ("open", opened), ("bookable", bookable), ("down", opened - bookable),
        ("reserved", booked), ("attended", there), ("effective", used), ("owned", used * serves),
        ("inside", min(used, bookable)), ("unused", min(bookable, max(0, booked - there))), ("clock", int(used > 0)),
        ("external", Fraction(used * outside, running) if running else 0),
    ]  # fmt: skip


def _depths(plan: Plan, base: int, count: int) -> tuple[list[int], ...]:
    """How many sessions and places stand over each minute, in each of six layers."""
    attended, running, outside, reserved, broken, shut = ([0] * count for _ in range(6))
    mark = partial(_mark, base, count)
    for use in plan.uses:
        mark(attended, use.attended)
        for layer in (running, outside) if use.external else (running,):
            mark(layer, use.attended)
            if use.idle:
                mark(layer, use.idle, -1)
    for held in plan.reserved:
        mark(reserved, held.span)
    for each in plan.closures:
        mark(shut if each.closed else broken, each.span, plan.capacity if each.units is None else each.units)
    return attended, running, outside, reserved, broken, shut


def _mark(base: int, count: int, layer: list[int], span: Pair, by: int = 1) -> None:
    for minute in range(max(0, (span[0] - base) // MINUTE), min(count, (span[1] - base) // MINUTE)):
        layer[minute] += by


def _depths_by_whom(plan: Plan, base: int, count: int) -> dict[tuple[str, str], list[int]]:
    """How many of whom stand over each minute: reserved, attended, and attended by whose reservation it was on."""
    found = {(name, whom): [0] * count for name in ("reserved", "attended", "came") for whom in WHOSE}
    mark = partial(_mark, base, count)
    for each in plan.reserved:
        mark(found["reserved", each.whose], each.span)
    for use in plan.uses:
        mark(found["attended", use.whom], use.attended)
        mark(found["came", use.on or use.whom], use.attended)
    return found


def _whose(
    places: int, unused: int | Fraction, depths: dict[tuple[str, str], list[int]], minute: int
) -> list[tuple[str, int | Fraction]]:
    """Each has their part of the places; what is unused is that of those who reserved more than came of them."""
    parts: dict[tuple[str, str], Fraction] = {}
    for name in ("reserved", "attended", "came"):
        there = {whom: depths[name, whom][minute] for whom in WHOSE}
        over = max(places, sum(there.values()))
        parts |= {(name, whom): Fraction(many * places, over) for whom, many in there.items()}
    short = {whom: max(Fraction(), parts["reserved", whom] - parts["came", whom]) for whom in WHOSE}
    whole = sum(short.values()) or 1
    told = [(f"{whom} {name}", parts[name, whom]) for name in ("reserved", "attended") for whom in WHOSE]
    return [*told, *((f"{whom} unused", short[whom] * unused / whole) for whom in WHOSE)]


def _walls(zone: ZoneInfo, base: int, count: int) -> list[tuple[date, int]]:
    """Day and hour on the wall by quarter of an hour; no zone here is off by less."""
    found = []
    for quarter in range(count // A_QUARTER):
        wall = datetime.fromtimestamp(base + quarter * A_QUARTER * MINUTE, zone)
        found.append((wall.date(), wall.hour))
    return found


def _counted(plan: Plan, year: int, sums: defaultdict[int, defaultdict[str, Fraction]]) -> None:
    def month_of(second: int) -> int:
        wall = datetime.fromtimestamp(second, plan.zone)
        return wall.year * 100 + wall.month

    for use in plan.uses:
        sums[month_of(use.attended[0])]["uses"] += 1
        sums[month_of(use.confirmed)]["samples"] += use.samples
    for each in plan.reserved:
        sums[month_of(each.span[0])]["reservations"] += 1
        sums[month_of(each.span[0])]["no_shows"] += each.no_show
    for month in [each for each in sums if each // 100 != year]:
        del sums[month]
