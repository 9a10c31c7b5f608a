"""Rated hours of many instruments: by their asset class, and those of the national survey for each, by their days in service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, literal, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.periods import Period
from instruments.utilization.rated import (
    GENERAL,
    RATED_CLASSES,
    SPECIAL,
    SPECIAL_WORD,
    SURVEY,
    YARDSTICKS,
    rated_seconds,
)
from instruments.utilization.sum_questions import BY
from instruments.utilization.sums import Selection
from instruments.utilization.totals import Totals

_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
A_SECOND = 1000
# All instruments together, whatever the month.
WHOLE = (None, "month")
Sums = dict[str, int]


def with_rated(found: Totals, chosen: Selection, period: Period, now: datetime) -> Totals:
    """The same with the rated hours of these instruments. One statement."""
    return _together(found, _rated(None, chosen, period, now).get(None, ({}, {})))


def with_rated_by(
    by: str, found: Mapping[Any, Totals], chosen: Selection, period: Period, now: datetime
) -> dict[Any, Totals]:
    """The same by institution, lab, class, instrument or month. One statement."""
    rated = _rated(by, chosen, period, now)
    return {key: _together(totals, rated.get(key, ({}, {}))) for key, totals in found.items()}


def _together(found: Totals, rated: tuple[Sums, Sums]) -> Totals:
    sums, under = rated
    return replace(found, sums={**found.sums, **sums}, under={**found.under, **under})


def _rated(by: str | None, chosen: Selection, period: Period, now: datetime) -> dict[Any, tuple[Sums, Sums]]:
    found: defaultdict[Any, tuple[Sums, Sums]] = defaultdict(lambda: (defaultdict(int), defaultdict(int)))
    for row in db.session.execute(_question(by, chosen, period)):
        today = now.astimezone(ZoneInfo(row.zone)).date()
        for key, part in _parts(by, row.key, period):
            served = _served(part, row.commissioned, row.retired, today)
            for name, yardstick in (("rated", row.yardstick), ("survey", SURVEY)):
                if yardstick and (length := _milliseconds(yardstick, part, *served)):
                    sums, under = found[key]
                    sums[name] += length * row.n
                    under[name] += row.n
    return found


def _question(by: str | None, chosen: Selection, period: Period) -> Any:
    """How many instruments of which yardstick, with the days on which they came and went if those lie in the period."""
    c = _INSTRUMENT.c
    each = (
        select(
            (literal(0) if by in WHOLE else BY[by]).label("key"),
            _yardstick().label("yardstick"),
            _LAB.c.zone,
            case((c.commissioned_on > period.first, c.commissioned_on)).label("commissioned"),
            case((c.retired_on < period.end, c.retired_on)).label("retired"),
        )
        .join(_LAB, _LAB.c.id == c.lab_id)
        .where(
            or_(c.commissioned_on.is_(None), c.commissioned_on < period.end),
            or_(c.retired_on.is_(None), c.retired_on > period.first),
            *chosen.conditions(),
        )
        .subquery()
    )
    return select(*each.c, func.count().label("n")).group_by(*each.c)


def _yardstick() -> Any:
    c = _INSTRUMENT.c
    special = c.national_record["category"].as_string() == SPECIAL_WORD
    general, other = RATED_CLASSES
    return case(
        (c.university_asset_class.startswith(other), SPECIAL),
        (~c.university_asset_class.startswith(general), None),
        (special, SPECIAL),
        else_=GENERAL,
    )


def _parts(by: str | None, key: Any, period: Period) -> Iterator[tuple[Any, Period]]:
    if by != "month":
        yield key if by else None, period
        return
    for month in period.calendar_months:
        first, end = max(month.first, period.first), min(month.end, period.end)
        yield month.first.year * 100 + month.first.month, Period(month.kind, first, end)


def _served(
    part: Period, commissioned: date | None, retired: date | None, today: date
) -> tuple[date | None, date | None]:
    """The days in service within a part, None where they reach beyond it, so that most are asked for alike."""
    last = min(each for each in (retired, today, part.end) if each is not None)
    first = commissioned if commissioned and commissioned > part.first else None
    return first, last if last < part.end else None


@lru_cache(maxsize=4096)
def _milliseconds(yardstick: str, part: Period, commissioned: date | None, retired: date | None) -> int:
    return round(rated_seconds(YARDSTICKS[yardstick], part, commissioned, retired) * A_SECOND)
