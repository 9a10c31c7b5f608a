"""Whether summaries that are kept are what they would be if they were worked out now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.utilization.models import MonthCustomer, MonthSummary, YearSummary
from instruments.utilization.recounting import recount
from instruments.utilization.years import SUMMED, last_of

_CUSTOMER: Any = MonthCustomer.__table__
_MONTH: Any = MonthSummary.__table__
_YEAR: Any = YearSummary.__table__


def differing(months: Sequence[int], now: datetime, most: int) -> list[tuple[int, int, list[str]]]:
    """Instrument, month and the names of the values that differ, of so many instruments spread over all."""
    numbers = list(db.session.scalars(select(Instrument.id).order_by(Instrument.id)))
    some = numbers[:: max(1, len(numbers) // most)] if most else []
    found = []
    for month in months:
        kept = _kept(some, month, now)
        customers = _customers(kept, month)
        for key, (made, _, _) in recount([(number, month) for number in kept], now).rows.items():
            names = sorted(name for name, value in made.values.items() if int(kept[key[0]][name]) != value)
            if customers.get(key[0], {}) != made.served:
                names.append("customers")
            if names:
                found.append((*key, names))
    return found


def _customers(
    instrument_ids: Collection[int], month: int
) -> dict[int, dict[tuple[int, int], tuple[int, ...]]]:
    """By instrument, what is kept of whom it served and who reserved it."""
    dialect = db.engine.dialect.name
    asked = select(_CUSTOMER).where(among(_CUSTOMER.c.instrument_id, dialect), _CUSTOMER.c.month == month)
    found: defaultdict[int, dict[tuple[int, int], tuple[int, ...]]] = defaultdict(dict)
    for number, _, *whom in db.session.execute(asked, {"numbers": as_parameter(instrument_ids, dialect)}):
        found[number][whom[0], whom[1]] = tuple(whom[2:])
    return found


def years_differing() -> list[tuple[int, int]]:
    """Instrument and first month of the years that are not what their months come to."""
    found = []
    for first in list(db.session.scalars(select(_YEAR.c.first).distinct().order_by(_YEAR.c.first))):
        months = select(_MONTH.c.instrument_id, *(func.sum(_MONTH.c[name]) for name in SUMMED)).where(
            _MONTH.c.month.between(first, last_of(first))
        )
        rows = db.session.execute(months.group_by(_MONTH.c.instrument_id))
        summed = {row[0]: [int(value) for value in row[1:]] for row in rows}
        years = select(_YEAR.c.instrument_id, *(_YEAR.c[name] for name in SUMMED)).where(
            _YEAR.c.first == first
        )
        found += [(row[0], first) for row in db.session.execute(years) if list(row[1:]) != summed.get(row[0])]
    return found


def _kept(instrument_ids: Sequence[int], month: int, now: datetime) -> dict[int, Any]:
    """What is kept and not known to be old."""
    dialect = db.engine.dialect.name
    asked = select(_MONTH).where(
        among(_MONTH.c.instrument_id, dialect),
        _MONTH.c.month == month,
        _MONTH.c.due_at > int(now.timestamp()),
    )
    rows = db.session.execute(asked, {"numbers": as_parameter(instrument_ids, dialect)}).mappings()
    return {row["instrument_id"]: row for row in rows}
