"""The instruments on a watch list, with what is shown beside their figures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Lab
from instruments.usage.kinds import CONFIRMED, WAITING
from instruments.usage.models import InstrumentUse
from instruments.utilization.adding import totals_in_by
from instruments.utilization.begun import begun
from instruments.utilization.known import is_unknown
from instruments.utilization.naming import Which, which_of
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection
from instruments.utilization.totals import Totals
from instruments.utilization.use_doubts import UseDoubts, use_doubts
from instruments.utilization.watch_lists import Facts, WatchList

NONE = UseDoubts()
_INSTRUMENT: Any = Instrument.__table__


@dataclass(frozen=True, slots=True)
class Watched:
    """One instrument of a list: its figures, why it is on it, and what speaks against its uses where the list asks."""

    instrument_id: int
    totals: Totals
    reason: str
    doubts: UseDoubts = NONE


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one: which it is, what it cost, when it was used last."""

    which: Which
    value: Decimal | None
    currency: str
    last_used: datetime | None
    zone: str

    @property
    def last_day(self) -> date | None:
        """The day on which it was used last, on its lab's wall; None: never here."""
        return self.last_used and self.last_used.astimezone(ZoneInfo(self.zone)).date()


def watched(which: WatchList, chosen: Selection, period: Period, now: datetime) -> list[Watched]:
    """The instruments in service that a list names, in its order; none of a period before the records. Three statements, five
    where it asks for single uses."""
    if is_unknown(period, begun()):
        return []
    c = _INSTRUMENT.c
    asked = select(c.id, c.audience, c.original_value).where(*chosen.conditions())
    doubts = use_doubts(chosen, period, now) if which.asks_uses else {}
    facts = {
        row[0]: Facts(row[1], row[2], period.days, *doubts.get(row[0], NONE))
        for row in db.session.execute(asked)
    }
    found = []
    for number, totals in totals_in_by("instrument", chosen, period, now).items():
        if totals.n and (reason := which.reason(totals, facts[number])):
            found.append(Watched(number, totals, reason, doubts.get(number, NONE)))
    return sorted(
        found, key=lambda row: (-which.size(row.totals, facts[row.instrument_id]), row.instrument_id)
    )


def shown(instrument_ids: Collection[int]) -> dict[int, Shown]:
    """What is shown of these. Two statements."""
    dialect = db.engine.dialect.name
    last = (
        select(func.max(InstrumentUse.started_at))
        .where(InstrumentUse.instrument_id == Instrument.id, InstrumentUse.state.in_((WAITING, CONFIRMED)))
        .scalar_subquery()
    )
    asked = (
        select(
            Instrument.id, Instrument.original_value, Instrument.original_currency, last, Lab.zone,
        )
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(among(_INSTRUMENT.c.id, dialect))
    )  # fmt: skip
    rows = db.session.execute(asked, {"numbers": as_parameter(instrument_ids, dialect)})
    which = which_of(instrument_ids)
    return {row[0]: Shown(which[row[0]], *row[1:]) for row in rows}
