"""Instruments by their hours: the Pareto, and those that nobody used, with what may be the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_
from instruments.people.models import Lab
from instruments.usage.kinds import CONFIRMED, WAITING
from instruments.usage.models import InstrumentUse
from instruments.utilization.sums import AN_HOUR, Totals

BUCKETS = 40
A_FIFTH = 5

NOT_OPEN = N_("It publishes no hours that could be booked.")
DOWN = N_("It was down all the time.")
HARDLY_OPEN = N_("It was open for less than two hours a day.")
OWN_ONLY = N_("Only its own lab may book it.")
UNKNOWN = N_("It was open and nobody used it.")


@dataclass(frozen=True, slots=True)
class Pareto:
    """Instruments in the order of their hours, in bars of as many each: hours a bar, and the share of all up to it.

    n: how many instruments; used: of them with any use; fifth: the share of all hours of the first fifth of them.
    """

    n: int
    used: int
    bars: tuple[float, ...]
    shares: tuple[float, ...]
    fifth: float | None


def pareto(hours: Iterable[int]) -> Pareto:
    """From the milliseconds of each instrument in service."""
    ordered = sorted(hours, reverse=True)
    whole, n = sum(ordered), len(ordered)
    ends = (
        [round(n * (bar + 1) / BUCKETS) for bar in range(BUCKETS)] if n > BUCKETS else list(range(1, n + 1))
    )
    bars, shares, before, gone = [], [], 0, 0
    for end in ends:
        part = ordered[before:end]
        gone += sum(part)
        bars.append(sum(part) / max(1, len(part)) / AN_HOUR)
        shares.append(gone / whole if whole else 0.0)
        before = end
    first = sum(ordered[: round(n / A_FIFTH)])
    return Pareto(
        n, sum(1 for each in ordered if each), tuple(bars), tuple(shares), first / whole if whole else None
    )


def reason_of(totals: Totals, audience: str, days: int) -> str:
    """Why an instrument that was in service may have stood idle, as far as its figures tell."""
    opened, bookable = totals.sums["open"], totals.sums["bookable"]
    if not opened:
        return NOT_OPEN
    if not bookable:
        return DOWN
    if opened < 2 * AN_HOUR * days:
        return HARDLY_OPEN
    return OWN_ONLY if audience == "lab" else UNKNOWN


@dataclass(frozen=True, slots=True)
class Facts:
    """What is shown of an idle instrument: its lab, who may book it, what it cost, when it was used last."""

    lab_en: str
    lab_zh: str
    audience: str
    value: Decimal | None
    currency: str
    last_used: datetime | None
    status: str


def facts_of(instrument_ids: Collection[int]) -> dict[int, Facts]:
    """By instrument. One statement."""
    last = (
        select(func.max(InstrumentUse.started_at))
        .where(InstrumentUse.instrument_id == Instrument.id, InstrumentUse.state.in_((WAITING, CONFIRMED)))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Instrument.id, Lab.name_en, Lab.name_zh, Instrument.audience, Instrument.original_value,
            Instrument.original_currency, last, Instrument.status,
        )
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(Instrument.id.in_(list(instrument_ids)))
    )  # fmt: skip
    return {row[0]: Facts(*row[1:]) for row in rows}
