"""Totals of any period: summaries of its whole months, and the days at its edges worked out from the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.edges import Part, edges, whole_months
from instruments.utilization.periods import Period
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.rated_sums import with_rated, with_rated_by
from instruments.utilization.sum_questions import UNDER
from instruments.utilization.sums import Selection, totals, totals_by
from instruments.utilization.totals import OPENED, Totals
from instruments.utilization.years import SUMMED


def totals_in(
    chosen: Selection, period: Period, now: datetime, parts: Sequence[Part] | None = None
) -> Totals:
    """Over all instruments chosen; parts: those of the days beside whole months, where they are known already."""
    months = whole_months(period)
    if period.is_of_months and months:
        return with_rated(totals(chosen, months, now), chosen, period, now)
    beside = edges(chosen, period, now) if parts is None else parts
    found = together(each_with(chosen, period, beside, now).values())
    return with_rated(found, chosen, period, now)


def totals_in_by(by: str, chosen: Selection, period: Period, now: datetime) -> dict[Any, Totals]:
    """The same by institution, lab, class, instrument or month."""
    return with_rated_by(by, _totals_by(by, chosen, period, now), chosen, period, now)


def _totals_by(by: str, chosen: Selection, period: Period, now: datetime) -> dict[Any, Totals]:
    months = whole_months(period)
    if period.is_of_months and months:
        return totals_by(by, chosen, months, now)
    if by == "month":
        return _by_month(chosen, period, now)
    each = each_with(chosen, period, edges(chosen, period, now), now)
    if by == "instrument":
        return each
    key = _key_of(by, list(each))
    groups: defaultdict[Any, list[Totals]] = defaultdict(list)
    for number, sums in each.items():
        groups[key(number)].append(sums)
    return {name: together(groups[name]) for name in sorted(groups, key=str)}


def _key_of(by: str, numbers: list[int]) -> Callable[[int], Any]:
    column = {
        "institution": Instrument.institution_id, "lab": Instrument.lab_id, "class": Instrument.class_code,
    }[by]  # fmt: skip
    known = {row[0]: row[1] for row in db.session.execute(select(Instrument.id, column))} if numbers else {}
    return known.get


def _by_month(chosen: Selection, period: Period, now: datetime) -> dict[int, Totals]:
    months = whole_months(period)
    found = totals_by("month", chosen, months, now) if months else {}
    parts: defaultdict[int, list[Totals]] = defaultdict(list)
    for part in edges(chosen, period, now):
        parts[part.month].append(_of_part(part))
    return dict(sorted({**found, **{month: together(some) for month, some in parts.items()}}.items()))


def each_with(chosen: Selection, period: Period, parts: Iterable[Part], now: datetime) -> dict[int, Totals]:
    """By instrument: its months from their summaries, and its parts of the days beside them."""
    months = whole_months(period)
    found = totals_by("instrument", chosen, months, now) if months else {}
    for part in parts:
        number, made = part.thing.id, _of_part(part)
        found[number] = _one(found[number], made) if number in found else made
    return found


def _of_part(part: Part) -> Totals:
    values = {name: part.summary.values.get(name, 0) for name in SUMMED}
    in_service = values["calendar"] > 0
    sharable = in_service and part.thing.audience in OPENED
    serving = sharable and (part.summary.values["served"] > 0 or values["external"] > 0)
    rated = part.thing.asset_class.startswith(RATED_CLASSES)
    values |= {
        "outside": values["effective"] - values["inside"], "rated_used": values["owned"] if rated else 0,
    }  # fmt: skip
    values |= {"instruments": int(in_service), "sharable": int(sharable), "serving": int(serving)}
    under = {name: int(values[name] > 0) for name in UNDER}
    return Totals(values, under, int(in_service))


def _one(months: Totals, part: Totals) -> Totals:
    """One instrument in both: its times and numbers add up, itself it counts once."""
    sums = {name: months.sums.get(name, 0) + part.sums.get(name, 0) for name in part.sums}
    for name in ("instruments", "sharable", "serving"):
        sums[name] = max(months.sums.get(name, 0), part.sums[name])
    under = {name: max(months.under.get(name, 0), part.under[name]) for name in UNDER}
    return Totals(sums, under, sums["instruments"], months.fresh, months.rows)


def together(some: Iterable[Totals]) -> Totals:
    """Several totals of different instruments as one."""
    sums: defaultdict[str, int] = defaultdict(int)
    under: defaultdict[str, int] = defaultdict(int)
    fresh = rows = 0
    for each in some:
        fresh, rows = fresh + each.fresh, rows + each.rows
        for name, value in each.sums.items():
            sums[name] += value
        for name, value in each.under.items():
            under[name] += value
    return Totals(dict(sums), dict(under), sums.get("instruments", 0), fresh, rows)
