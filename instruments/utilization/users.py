"""What a group, or the people of an institution or company, used and reserved wherever it stood: added up from its months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.usage.kinds import GRADES
from instruments.utilization.customers import WAS_SERVED
from instruments.utilization.edges import Part, edge_days, edges_of, whole_months
from instruments.utilization.models import MonthCustomer
from instruments.utilization.periods import Period
from instruments.utilization.recounting import month_of

_CUSTOMER: Any = MonthCustomer.__table__
_INSTRUMENT: Any = Instrument.__table__
EVIDENCE = tuple(f"by_{grade}" for grade in GRADES)
# The same of what was used on instruments of others than the institution that they are of.
OUTSIDE = ("external", *(f"external_by_{grade}" for grade in GRADES))
BOOKED = ("reserved", "attended", "unused", "late_cancelled")
SUMMED = ("effective", "uses", "samples", "reservations", "no_shows", "lead", *BOOKED, *EVIDENCE)
# So many of them say that something was used, and not only reserved.
OF_USES = 3
Values = tuple[int, ...]
Sums = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class User:
    """Whose use: of a group, or of everybody of an institution or company."""

    group_id: int | None = None
    institution_id: int | None = None

    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on the summaries."""
        c = _CUSTOMER.c
        return c.group_id == self.group_id if self.group_id else c.institution_id == self.institution_id

    def is_one(self, institution_id: int, group_id: int) -> bool:
        """Whether a customer is one of them."""
        return group_id == self.group_id if self.group_id else institution_id == self.institution_id


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody had of one instrument in a period, and reserved of it; values: of the measures in SUMMED, in their order,
    times in milliseconds."""

    instrument_id: int
    lab_id: int
    institution_id: int
    class_code: str | None
    values: tuple[int, ...]

    @property
    def effective(self) -> int:
        """Milliseconds that were effective."""
        return self.values[0]

    @property
    def was_used(self) -> bool:
        """Whether they had anything of it, and did not only reserve it."""
        return any(self.values[:OF_USES])


def used(user: User, period: Period, now: datetime) -> list[Used]:
    """What they had of each instrument in a period, by its number. One statement, and a few more for days beside months."""
    rows = _rows(user, period)
    if not edge_days(period):
        return [Used(*row[:4], tuple(row[4:])) for row in rows if any(row[4:])]
    found = {row[0]: Used(*row[:4], tuple(row[4:])) for row in rows}
    of_parts: defaultdict[int, list[Values]] = defaultdict(list)
    for part in _parts(user, period, now):
        if values := _values_of(user, part):
            of_parts[part.thing.id].append(values)
    for place in _places(of_parts):
        before = [found[place[0]].values] if place[0] in found else []
        found[place[0]] = Used(*place, _added([*before, *of_parts[place[0]]]))
    return [found[number] for number in sorted(found) if any(found[number].values)]


def _rows(user: User, period: Period) -> Sequence[Any]:
    if (months := whole_months(period)) is None:
        return []
    c, i = _CUSTOMER.c, _INSTRUMENT.c
    each = (
        select(c.instrument_id, *_summed())
        .where(user.condition(), c.month.between(*months))
        .group_by(c.instrument_id)
        .subquery()
    )
    asked = select(i.id, i.lab_id, i.institution_id, i.class_code, *(each.c[name] for name in SUMMED))
    asked = asked.join(each, each.c.instrument_id == i.id).order_by(i.id)
    return db.session.execute(asked).all()


def used_by_month(user: User, home: int, period: Period, now: datetime) -> dict[int, Sums]:
    """The same by month, in order, with what of it was on instruments of others than their institution `home` (OUTSIDE), and
    `instruments`, of how many anything was used. One statement, and a few more for days beside months."""
    found = {row[0]: tuple(row[1:]) for row in db.session.execute(_months(user, home, period))}
    of_parts: defaultdict[int, list[Values]] = defaultdict(list)
    for part in _parts(user, period, now):
        if values := _values_of(user, part):
            mine = part.thing.owner_id == home
            of_parts[part.month].append((*_outside(values, mine=mine), int(any(values[:OF_USES])), *values))
    found |= {month: _added(some) for month, some in of_parts.items()}
    names = (*OUTSIDE, "instruments", *SUMMED)
    return {
        month: dict(zip(names, found[month], strict=True)) for month in sorted(found) if any(found[month])
    }


def _months(user: User, home: int, period: Period) -> Select[Any]:
    c = _CUSTOMER.c
    outside = [
        _sum(case((_INSTRUMENT.c.institution_id != home, c[name]), else_=0))
        for name in ("effective", *EVIDENCE)
    ]
    there = case((WAS_SERVED, c.instrument_id))
    first, last = whole_months(period) or (0, 0)
    return (
        select(c.month, *outside, func.count(there.distinct()), *_summed())
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(user.condition(), c.month.between(first, last))
        .group_by(c.month)
    )


def outside_of(home: int, found: Iterable[Used]) -> dict[str, int]:
    """What was had of instruments of others than their institution `home`, and on which evidence (OUTSIDE)."""
    rows = [_outside(row.values, mine=row.institution_id == home) for row in found]
    return dict(zip(OUTSIDE, _added(rows) if rows else (0,) * len(OUTSIDE), strict=True))


def _outside(values: Values, *, mine: bool) -> Values:
    if mine:
        return (0,) * len(OUTSIDE)
    return (values[0], *values[-len(EVIDENCE) :])


def _summed() -> list[Any]:
    return [_sum(_CUSTOMER.c[name]).label(name) for name in SUMMED]


def _sum(column: Any) -> ColumnElement[int]:
    """PostgreSQL adds up to its numbers without limit, which are slow to read."""
    return cast(func.sum(column), BigInteger)


def _added(some: Iterable[Values]) -> Values:
    return tuple(map(sum, zip(*some, strict=True)))


def _parts(user: User, period: Period, now: datetime) -> Iterator[Part]:
    """The days beside whole months, worked out from the facts, of the instruments that they had or reserved in those months."""
    c = _CUSTOMER.c
    for month in sorted({month_of(first) for first, _ in edge_days(period)}):
        asked = select(c.instrument_id).where(user.condition(), c.month == month).distinct()
        numbers = list(db.session.scalars(asked.order_by(c.instrument_id)))
        yield from (part for part in edges_of(numbers, period, now) if part.month == month)


def _values_of(user: User, part: Part) -> Values:
    mine = (each for key, each in part.summary.served.items() if user.is_one(*key))
    return _added([tuple(getattr(each, name) for name in SUMMED) for each in mine])


def _places(numbers: Iterable[int]) -> list[tuple[int, int, int, str | None]]:
    """Where these instruments stand; no statement for none."""
    if not (some := sorted(numbers)):
        return []
    i = _INSTRUMENT.c
    asked = select(i.id, i.lab_id, i.institution_id, i.class_code).where(i.id.in_(some))
    return [tuple(row) for row in db.session.execute(asked)]
