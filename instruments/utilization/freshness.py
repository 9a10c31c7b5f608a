"""How many of the months behind a figure are counted, so that none is shown without saying what it still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.models import MonthSummary
from instruments.utilization.sums import Selection, expected_rows

_MONTH: Any = MonthSummary.__table__
_INSTRUMENT: Any = Instrument.__table__


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of so many months of instruments so many were ever counted, and so many are up to date."""

    expected: int
    rows: int
    fresh: int

    @property
    def missing(self) -> int:
        """How many were never counted: they are in no figure."""
        return max(0, self.expected - self.rows)

    @property
    def old(self) -> int:
        """How many are not up to date, those that are missing among them."""
        return max(0, self.expected - self.fresh)


def freshness(chosen: Selection, months: Sequence[int], now: datetime) -> Freshness:
    """Of these instruments in these months. Two statements."""
    if not months:
        return Freshness(0, 0, 0)
    up_to_date = func.sum(case((_MONTH.c.due_at > int(now.timestamp()), 1), else_=0))
    asked = select(func.count(), up_to_date).where(_MONTH.c.month.in_(months))
    if conditions := chosen.conditions():
        asked = asked.join(_INSTRUMENT, _INSTRUMENT.c.id == _MONTH.c.instrument_id).where(*conditions)
    rows, fresh = db.session.execute(asked).one()
    return Freshness(expected_rows(chosen, months), int(rows), int(fresh or 0))
