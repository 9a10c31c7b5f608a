"""What was charged for the use of instruments, row by row: by instrument, lab or month of the service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.asking import INSTITUTION, INSTRUMENT
from instruments.utilization.customers import Months
from instruments.utilization.edges import Part
from instruments.utilization.models import MonthIncome
from instruments.utilization.sums import Selection, by_numbers

_INCOME: Any = MonthIncome.__table__
_INSTRUMENT: Any = Instrument.__table__
_KEYS: Mapping[str, tuple[Any, Callable[[Part], int]]] = {
    "instrument": (_INCOME.c.instrument_id, lambda part: part.thing.id),
    "lab": (_INSTRUMENT.c.lab_id, lambda part: part.thing.lab_id),
    "month": (_INCOME.c.month, lambda part: part.month),
}


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """What one earned in one currency, in minor units before tax; outside: of it, what others than the owner bear."""

    key: int
    currency: str
    charged: int
    outside: int


def income_ways(kind: str) -> list[str]:
    """By what the income of a place can be told apart."""
    if kind == INSTRUMENT:
        return ["month"]
    return ["instrument", "lab", "month"] if kind == INSTITUTION else ["instrument", "month"]


def income_by(by: str, chosen: Selection, months: Months, parts: Sequence[Part] = ()) -> list[IncomeRow]:
    """All rows with any charge, the most first; by month in their order. One statement."""
    column, key_of = _KEYS[by]
    c = _INCOME.c
    asked = (
        select(column, c.currency, func.sum(c.charged), func.sum(c.external))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(c.month.between(*months), *chosen.conditions(), *by_numbers(c.instrument_id, chosen))
        .group_by(column, c.currency)
    )
    sums: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for key, currency, charged, outside in db.session.execute(asked):
        sums[key, currency] = [int(charged), int(outside)]
    for part in parts:
        for each in part.earned:
            sum_ = sums[key_of(part), each.currency]
            sum_[0] += each.net
            sum_[1] += each.outside
    rows = [IncomeRow(*key, *values) for key, values in sums.items() if any(values)]
    if by == "month":
        return sorted(rows, key=lambda row: (row.key, row.currency))
    return sorted(rows, key=lambda row: (row.currency, -row.charged, row.key))
