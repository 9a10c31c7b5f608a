"""The questions by which summaries of months and years are added up, put into words once for each shape of selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from instruments.catalog.models import Instrument
from instruments.people.models import Lab
from instruments.utilization.models import MonthSummary, YearSummary
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.totals import OPENED
from instruments.utilization.years import without_sum

_MONTH: Any = MonthSummary.__table__
_YEAR: Any = YearSummary.__table__
_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
# Under which of these an instrument stands counts for the n of a figure (rule 7).
UNDER = ("calendar", "open", "bookable", "effective")
# What the derived ones are worked out from.
NEEDED = ("calendar", "effective", "owned", "inside", "external")
DERIVED = ("outside", "rated_used", "instruments", "sharable", "serving")
BY: Mapping[str, Any] = {
    "institution": _INSTRUMENT.c.institution_id,
    "lab": _INSTRUMENT.c.lab_id,
    "class": _INSTRUMENT.c.class_code,
    "instrument": _INSTRUMENT.c.id,
    "month": _MONTH.c.month,
}
FIRST, LAST = bindparam("first", type_=Integer), bindparam("last", type_=Integer)
MOMENT = bindparam("moment", type_=BigInteger)


def _value(name: str, kind: Any = BigInteger, **more: Any) -> Any:
    return bindparam(f"of_{name}", type_=kind, **more)


_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "institution_id": lambda c: c.institution_id == _value("institution_id"),
    "lab_id": lambda c: c.lab_id == _value("lab_id"),
    # A code is made of digits, so that none of them means anything to LIKE.
    "class_code": lambda c: c.class_code.startswith(_value("class_code", String)),
    "instrument_id": lambda c: c.id == _value("instrument_id"),
    "not_institution_id": lambda c: c.institution_id != _value("not_institution_id"),
    "instrument_ids": lambda c: c.id.in_(_value("instrument_ids", expanding=True)),
}


def _chosen(shape: Sequence[str]) -> list[ColumnElement[bool]]:
    return [_CONDITIONS[name](_INSTRUMENT.c) for name in shape]


@lru_cache(maxsize=256)
def question(
    shape: tuple[str, ...], by: str | None, summed: tuple[str, ...], *, is_year: bool
) -> Select[Any]:
    """Each instrument's own sum first, since some are counted by it; then all of those together.

    Rows of a key, how many months of instruments are up to date, how many there are, and the sums of these measures, of the
    derived ones, and of how many instruments have any of those in UNDER.
    """
    each = _by_month(shape, summed) if by == "month" else _each(shape, by, summed, is_year=is_year)
    c = each.c
    in_use = c.calendar > 0
    sharable = in_use & c.audience.in_(OPENED)
    derived: dict[str, Any] = {
        "outside": c.effective - c.inside,
        "rated_used": case(
            (or_(*(c.asset_class.startswith(each) for each in RATED_CLASSES)), c.owned), else_=0
        ),
        "instruments": _one(in_use),
        "sharable": _one(sharable),
        "serving": _one(sharable & ((c.served > 0) | (c.external > 0))),
    }
    if by == "instrument":
        # One row each already.
        return select(
            c.id.label("key"), c.fresh, c.rows, *(c[name] for name in summed), *(derived[name] for name in DERIVED),
            *(_one(c[name] > 0) for name in UNDER if name in summed),
        ).order_by(c.id)  # fmt: skip
    asked = select(
        (c.key if by else func.min(c.id)).label("key"),
        func.sum(c.fresh).label("fresh"),
        func.sum(c.rows).label("rows"),
        *(func.sum(c[name]).label(f"sum_{name}") for name in summed),
        *(func.sum(derived[name]).label(f"sum_{name}") for name in DERIVED),
        *(func.sum(_one(c[name] > 0)).label(f"n_{name}") for name in UNDER if name in summed),
    )
    return asked.group_by(c.key).order_by(c.key) if by else asked


@lru_cache(maxsize=64)
def in_service(shape: tuple[str, ...], *, is_year: bool) -> Select[Any]:
    """The instruments in service: number, places, zone and effective milliseconds, by their number."""
    each = _each(shape, None, ("calendar", "effective"), is_year=is_year)
    return (
        select(each.c.id, _INSTRUMENT.c.capacity, _LAB.c.zone, each.c.effective)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == each.c.id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .where(each.c.calendar > 0)
        .order_by(each.c.id)
    )


def _by_month(shape: Sequence[str], summed: Sequence[str]) -> Any:
    """A month of an instrument is one row."""
    return (
        select(
            _MONTH.c.month.label("key"), *_of_a_row(_MONTH), literal(1).label("rows"),
            _one(_MONTH.c.due_at > MOMENT).label("fresh"), *(_MONTH.c[name] for name in summed),
        )
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _MONTH.c.instrument_id)
        .where(_MONTH.c.month.between(FIRST, LAST), *_chosen(shape))
        .subquery()
    )  # fmt: skip


def _each(shape: Sequence[str], by: str | None, summed: Sequence[str], *, is_year: bool) -> Any:
    """By instrument: of a year the sum that is kept, of others, and of any other time, its months added up."""
    of_months = _from_months(shape, by, summed)
    if not is_year:
        return of_months.subquery()
    of_year = (
        select(
            *([BY[by].label("key")] if by else []), *_of_a_row(_YEAR), _YEAR.c.months.label("rows"),
            _YEAR.c.months.label("fresh"), *(_YEAR.c[name] for name in summed),
        )
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _YEAR.c.instrument_id)
        .where(_YEAR.c.first == FIRST, _YEAR.c.due_at > MOMENT, *_chosen(shape))
    )  # fmt: skip
    lacks = of_months.where(_MONTH.c.instrument_id.in_(without_sum(FIRST, MOMENT)))
    return union_all(of_year, lacks).subquery()


def _of_a_row(table: Any) -> list[Any]:
    c = _INSTRUMENT.c
    asset_class = c.university_asset_class.label("asset_class")
    return [c.id, c.audience, asset_class, cast(table.c.served, Integer).label("served")]


def _from_months(shape: Sequence[str], by: str | None, summed: Sequence[str]) -> Select[Any]:
    # What it is summed by follows from the instrument.
    return (
        select(
            *([func.min(BY[by]).label("key")] if by else []),
            _INSTRUMENT.c.id,
            func.min(_INSTRUMENT.c.audience).label("audience"),
            func.min(_INSTRUMENT.c.university_asset_class).label("asset_class"),
            func.max(cast(_MONTH.c.served, Integer)).label("served"),
            func.count().label("rows"),
            func.sum(_one(_MONTH.c.due_at > MOMENT)).label("fresh"),
            # PostgreSQL adds up to its numbers without limit, which are slow to read.
            *(cast(func.sum(_MONTH.c[name]), BigInteger).label(name) for name in summed),
        )
        .join(_MONTH, _MONTH.c.instrument_id == _INSTRUMENT.c.id)
        .where(_MONTH.c.month.between(FIRST, LAST), *_chosen(shape))
        .group_by(_INSTRUMENT.c.id)
    )


def _one(condition: ColumnElement[bool]) -> Any:
    return case((condition, 1), else_=0)
