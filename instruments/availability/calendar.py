"""When each instrument is open, kept in memory as long as the catalogue stays the same, and what closes it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, TypeAlias
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Row,
    bindparam,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from instruments.availability.circles import open_to_whom
from instruments.availability.days import DayPlan
from instruments.availability.institution_days import plans
from instruments.availability.models import Closure, DifferentDay, OpeningHours
from instruments.availability.opening import Hours, ValidDay, ValidWeek, expand
from instruments.availability.past import Past, as_it_was, of_circle, past_openings
from instruments.availability.shutting import SHUT, WHOLE
from instruments.availability.table import read_times
from instruments.availability.week import parse_week
from instruments.catalog.kept import Kept
from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.audience import CIRCLES, admits
from instruments.people.models import Lab
from instruments.timespan import Pair, merge

# What is kept begins and ends at whole blocks, so that most questions find theirs.
BLOCK = 28 * 86_400
RANGES_KEPT = 60
WeekRow: TypeAlias = tuple[str, date | None, date | None, str]
DayRow: TypeAlias = tuple[str, date, date, str]
OwnerKey: TypeAlias = tuple[str, int]
# A closure as it is told: start, end, kind, reason, units.
Told: TypeAlias = tuple[int, int, str, str, int]


@dataclass(eq=False)
class Calendar:
    """The published opening of all instruments that share a zone, weeks, days off and days that open as another weekday.

    past: spans of time of which it is known otherwise what was open in them: hours that changed in the middle of a day.
    by_circle: where not everybody's hours are the same, the calendar of each circle that the audience admits (circles
    with the same hours share one); then this one is open whenever any of them is.
    """

    zone: ZoneInfo
    hours: Hours
    plan: DayPlan = field(default_factory=DayPlan)
    by_circle: Mapping[str, Calendar] = field(default_factory=dict)
    past: Sequence[Past] = ()
    _kept: dict[tuple[int, int], list[Pair]] = field(default_factory=dict, repr=False)

    @property
    def holidays(self) -> frozenset[date]:
        """The days on which the institution is closed."""
        return self.plan.closed

    def of(self, circle: str | None) -> Calendar:
        """What is open to the members of a circle; without one, or to one that is not admitted, to anybody."""
        return self.by_circle.get(circle, self) if circle else self

    def published(self) -> bool:
        """Whether any opening is published, for whatever dates and whomever."""
        return any(each.hours.published() for each in self.by_circle.values() or (self,))

    def open_to_whom(self, first: int, last: int) -> list[tuple[Pair, tuple[str, ...]]]:
        """The open time within [first, last), each span with the circles it is open to; none where all have the same."""
        return open_to_whom({circle: each.opened(first, last) for circle, each in self.by_circle.items()})

    def opened(self, first: int, last: int) -> list[Pair]:
        """The open spans within [first, last) in UTC seconds, merged, holidays cut out."""
        if last <= first:
            return []
        spans = self._around(first // BLOCK, (last - 1) // BLOCK)
        begin = bisect_left(spans, (first,))
        if begin and spans[begin - 1][1] > first:
            begin -= 1
        within = spans[begin : bisect_left(spans, (last,))]
        if within:
            within[0] = (max(within[0][0], first), within[0][1])
            within[-1] = (within[-1][0], min(within[-1][1], last))
        return within

    def _around(self, begin: int, end: int) -> list[Pair]:
        """The open spans from one block of time to another, both included, and perhaps some more around them."""
        spans = self._kept.get((begin, end))
        if spans is None:
            spans = self._expanded(begin, end)
            if len(self._kept) >= RANGES_KEPT:
                self._kept.clear()
            self._kept[begin, end] = spans
        return spans

    def _expanded(self, begin: int, end: int) -> list[Pair]:
        if self.by_circle:
            return merge(span for each in set(self.by_circle.values()) for span in each._around(begin, end))
        days = [datetime.fromtimestamp(turn * BLOCK, self.zone).date() for turn in (begin, end + 1)]
        opened = expand(self.hours, self.zone, *days, self.plan.closed, dict(self.plan.weekdays))
        return as_it_was(opened, [each for each in self.past if days[0] <= each.day(self.zone) <= days[1]])


_kept: Kept[Mapping[int, Calendar]] = Kept()
_known: WeakValueDictionary[tuple[object, ...], Calendar] = WeakValueDictionary()


def calendars(number: int | None = None) -> Mapping[int, Calendar]:
    """The calendar of every instrument by its id, as of this revision of the catalogue (the present one without).

    Instruments with the same zone, weeks and holidays share one object, so that each pattern is opened once.
    """
    if number is None:
        number = catalog_number()
    return _kept.at(number, load)


def calendar_of(instrument_id: int) -> Calendar | None:
    """The calendar of one instrument; None when there is no such instrument."""
    return calendars().get(instrument_id)


def load(instrument_ids: Collection[int] | None = None) -> dict[int, Calendar]:
    """The calendars as the tables say now, of all instruments or of these; nothing of it is kept."""
    weeks, days, plan_of, past = _weeks(), _days(), plans(), past_openings()
    shared: dict[tuple[object, ...], Calendar] = {}
    found = {}
    rows = select(Instrument.id, Instrument.lab_id, Instrument.institution_id, Instrument.audience, Lab.zone)
    rows = rows.join(Lab, Lab.id == Instrument.lab_id)
    values = {}
    if instrument_ids is not None:
        dialect = db.engine.dialect.name
        rows = rows.where(among(Instrument.id, dialect))
        values = {"numbers": as_parameter(instrument_ids, dialect)}
    for instrument_id, lab_id, institution_id, audience, zone in db.session.execute(rows, values):
        keys: tuple[OwnerKey, OwnerKey] = (("instrument", instrument_id), ("lab", lab_id))
        set_ones = (*(weeks.get(each, ()) for each in keys), *(days.get(each, ()) for each in keys))
        # Whom it admits matters only where not everybody's hours are the same.
        differing = audience if any(row[-1] for rows in set_ones[:2] for row in rows) else ""
        plan = plan_of(institution_id, lab_id)
        key = (zone, set_ones, plan, differing, past.get(instrument_id, ()))
        calendar = shared.get(key)
        if calendar is None:
            shared[key] = calendar = _calendar(*key)
        found[instrument_id] = calendar
    return found


def _calendar(
    zone: str, set_ones: tuple[Any, ...], plan: DayPlan, audience: str, past: tuple[Past, ...]
) -> Calendar:
    """The calendar with these weeks, days and plan; the one that there was, with all that it has opened, if it
    stays. set_ones: rows of weeks, the instrument's and its lab's, then of days that differ, of both; audience: the
    widest circle, where not everybody's hours are the same, else empty.
    """
    key = (zone, set_ones, plan, audience, past)
    calendar = _known.get(key)
    if calendar is None:
        own, lab, own_days, lab_days = set_ones
        weeks = (tuple(map(_valid_week, each)) for each in (own, lab))
        days = (tuple(map(_valid_day, each)) for each in (own_days, lab_days))
        hours = Hours(*weeks, *days)
        circles = [circle for circle in CIRCLES if audience and admits(audience, circle)]
        by_circle = _by_circle(ZoneInfo(zone), hours, plan, circles, past)
        _known[key] = calendar = Calendar(ZoneInfo(zone), hours, plan, by_circle, of_circle(past, ""))
    return calendar


def calendar_after(calendar: Calendar, hours: Hours, audience: str) -> Calendar:
    """The calendar as it would be with other hours, of an instrument whose widest circle is the audience; what is past
    stays out of it."""
    circles = [circle for circle in CIRCLES if hours.differ() and admits(audience, circle)]
    by_circle = _by_circle(calendar.zone, hours, calendar.plan, circles)
    return Calendar(calendar.zone, hours, calendar.plan, by_circle)


def _by_circle(
    zone: ZoneInfo, hours: Hours, plan: DayPlan, circles: Iterable[str], past: tuple[Past, ...] = ()
) -> dict[str, Calendar]:
    """The calendar of each circle; circles with the same weeks share one, whatever they are called."""
    shared: dict[tuple[Hours, tuple[Past, ...]], Calendar] = {}
    found = {}
    for circle in circles:
        mine, own_past = hours.of(circle), of_circle(past, circle)
        key = (replace(mine, circle=None), own_past)
        found[circle] = shared.setdefault(key, Calendar(zone, mine, plan, past=own_past))
    return found


def _weeks() -> dict[OwnerKey, tuple[WeekRow, ...]]:
    weeks: dict[OwnerKey, tuple[WeekRow, ...]] = {}
    hours = OpeningHours
    rows = db.session.execute(
        select(
            hours.lab_id, hours.instrument_id, hours.week, hours.valid_from, hours.valid_to, hours.circles
        ).order_by(hours.id.desc())
    )
    for lab_id, instrument_id, *week in rows:
        owner = ("lab", lab_id) if instrument_id is None else ("instrument", instrument_id)
        weeks[owner] = (*weeks.get(owner, ()), tuple(week))
    return weeks


def _days() -> dict[OwnerKey, tuple[DayRow, ...]]:
    days: dict[OwnerKey, tuple[DayRow, ...]] = {}
    one = DifferentDay
    rows = db.session.execute(
        select(one.lab_id, one.instrument_id, one.times, one.valid_from, one.valid_to, one.reason).order_by(
            one.id.desc()
        )
    )
    for lab_id, instrument_id, *row in rows:
        owner = ("lab", lab_id) if instrument_id is None else ("instrument", instrument_id)
        days[owner] = (*days.get(owner, ()), (row[0], row[1], row[2], row[3]))
    return days


@lru_cache(maxsize=4096)
def _valid_day(row: DayRow) -> ValidDay:
    return ValidDay(read_times(row[0]), *row[1:])


@lru_cache(maxsize=4096)
def _valid_week(row: WeekRow) -> ValidWeek:
    return ValidWeek(parse_week(row[0]), row[1], row[2], frozenset(row[3].split()))


def closures_between(
    instrument_ids: Collection[int], lab_ids: Collection[int], first: int, last: int
) -> Sequence[Row[Any]]:
    """Closures of these instruments and labs that touch [first, last), and busy time of their outside calendars:
    rows (lab_id, instrument_id, starts_at, ends_at, kind, reason, units), moments in UTC seconds, sorted by start.
    """
    dialect = db.engine.dialect.name
    values = {
        "numbers": as_parameter(instrument_ids, dialect),
        "labs": as_parameter(lab_ids, dialect),
        "first": first,
        "last": last,
    }
    return db.session.execute(_closures(dialect), values).all()


def told_apart(rows: Iterable[Row[Any]]) -> list[Told]:
    """Rows of `closures_between` of one instrument as they are told: (start, end, kind, reason, units), by start.

    Busy time of several outside calendars, or of a lab's and an instrument's, is one.
    """
    rows = list(rows)
    busy = merge((row[2], row[3]) for row in rows if row[4] == "busy")
    told = [(row[2], row[3], row[4], row[5], row[6]) for row in rows if row[4] != "busy"]
    return sorted([*told, *((start, end, "busy", "", WHOLE) for start, end in busy)])


def closures_told(instrument_id: int, lab_id: int, first: int, last: int) -> list[Told]:
    """The closures of one instrument and its lab within [first, last), as they are told."""
    return told_apart(closures_between([instrument_id], [lab_id], first, last))


@cache
def _closures(dialect: str) -> Any:
    first, last = bindparam("first"), bindparam("last")
    parts = [
        select(*shut).where(among(owner, dialect, name), shut.ends > first, shut.starts < last)
        for shut in SHUT
        for owner, name in ((shut.instrument, "numbers"), (shut.lab, "labs"))
    ]
    return union_all(*parts).order_by(literal_column("3"))


def standing_parts(
    instrument_id: int, first: int, last: int, apart_from: Collection[int]
) -> list[tuple[int, int, int]]:
    """The closures of some of the instrument's places that touch [first, last): (start, end, units), but for these."""
    one = Closure
    starts, ends = type_coerce(one.starts_at, BigInteger), type_coerce(one.ends_at, BigInteger)
    rows = db.session.execute(
        select(starts, ends, one.units).where(
            one.instrument_id == instrument_id, one.units.is_not(None), ends > first, starts < last,
            one.id.not_in(apart_from),
        )
    )  # fmt: skip
    return [(start, end, units) for start, end, units in rows]
