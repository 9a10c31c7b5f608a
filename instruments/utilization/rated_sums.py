"""Rated hours of many instruments: by their asset class, and those of the national survey for each, by their days in service."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.utilization.periods import Period
from instruments.utilization.rated import SURVEY, YARDSTICKS, rated_seconds
from instruments.utilization.sums import Selection
from instruments.utilization.totals import Totals
from instruments.utilization.yardsticks import Held, held

A_SECOND = 1000
KEYS: Mapping[str | None, Callable[[Held], Any]] = {
    # All together, whatever the month.
    None: lambda _: None, "month": lambda _: None,
    "institution": lambda each: each.institution_id, "lab": lambda each: each.lab_id,
    "class": lambda each: each.class_code,
}  # fmt: skip
Sums = dict[str, int]
NONE: tuple[Sums, Sums] = ({}, {})
NO_YARDSTICK: Sums = {"rated": 0, "survey": 0}


def with_rated(found: Totals, chosen: Selection, period: Period, now: datetime) -> Totals:
    """The same with the rated hours of these instruments."""
    return _together(found, _rated(None, chosen, period, now).get(None, NONE))


def with_rated_by(
    by: str, found: Mapping[Any, Totals], chosen: Selection, period: Period, now: datetime
) -> dict[Any, Totals]:
    """The same by institution, lab, class, instrument or month."""
    rated = (_of_each if by == "instrument" else partial(_rated, by))(chosen, period, now)
    return {key: _together(totals, rated.get(key, NONE)) for key, totals in found.items()}


def _together(found: Totals, rated: tuple[Sums, Sums]) -> Totals:
    sums, under = rated
    # Of how many without a word: of none, rather than of all.
    over = {**found.under, **NO_YARDSTICK, **under}
    return Totals({**found.sums, **sums}, over, found.n, found.fresh, found.rows)


def _rated(by: str | None, chosen: Selection, period: Period, now: datetime) -> dict[Any, tuple[Sums, Sums]]:
    """By key, the rated hours by their name, and of how many instruments they are. Instruments that are alike in all that
    counts are worked out once."""
    found: defaultdict[Any, tuple[Sums, Sums]] = defaultdict(lambda: (defaultdict(int), defaultdict(int)))
    today: dict[str, date] = {}
    lengths: dict[Any, tuple[tuple[str, int], ...]] = {}
    for (key, *alike), count in _alike(db.engine, catalog_number(), by, chosen, period).items():
        yardstick, zone, commissioned, retired = alike
        if zone not in today:
            today[zone] = now.astimezone(ZoneInfo(zone)).date()
        for place, part in _parts(by, key, period):
            like = (yardstick, part, *_served(part, commissioned, retired, today[zone]))
            if like not in lengths:
                lengths[like] = tuple(_lengths(*like))
            sums, under = found[place]
            for name, length in lengths[like]:
                sums[name] += length * count
                under[name] += count
    return found


def _of_each(chosen: Selection, period: Period, now: datetime) -> dict[int, tuple[Sums, Sums]]:
    """The same by instrument: of thousands, those that are alike share what they come to."""
    today: dict[str, date] = {}
    known: dict[Any, tuple[Sums, Sums]] = {}
    found: dict[int, tuple[Sums, Sums]] = {}
    for each in held(chosen, catalog_number()):
        if each.zone not in today:
            today[each.zone] = now.astimezone(ZoneInfo(each.zone)).date()
        like = (each.yardstick, *_served(period, each.commissioned, each.retired, today[each.zone]))
        if like not in known:
            sums = dict(_lengths(like[0], period, *like[1:]))
            known[like] = (sums, dict.fromkeys(sums, 1))
        found[each.id] = known[like]
    return found


@lru_cache(maxsize=64)
def _alike(
    _engine: Engine, _number: int, by: str | None, chosen: Selection, period: Period
) -> Counter[tuple[Any, ...]]:
    """How many instruments there are by key, yardstick and zone, and by the days on which they came and went if those lie in
    the period; none that was not in service. Kept for one revision of the catalogue."""
    key, first, end = KEYS[by], period.first, period.end
    return Counter(
        (
            key(each), each.yardstick, each.zone,
            each.commissioned if each.commissioned and each.commissioned > first else None,
            each.retired if each.retired and each.retired < end else None,
        )
        for each in held(chosen, _number)
        if (each.commissioned is None or each.commissioned < end)
        and (each.retired is None or each.retired > first)
    )  # fmt: skip


def _lengths(
    yardstick: str | None, part: Period, commissioned: date | None, retired: date | None
) -> Iterator[tuple[str, int]]:
    for name, each in (("rated", yardstick), ("survey", SURVEY)):
        if each and (length := _milliseconds(each, part, commissioned, retired)):
            yield name, length


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
