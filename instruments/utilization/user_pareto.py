"""Instruments that somebody used in the order of their hours, in bars, with the share of all hours up to each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instruments.utilization.pareto import Pareto, pareto
from instruments.utilization.users import Used


@dataclass(frozen=True, slots=True)
class Bar:
    """Instruments from one place in the order to another (1: the most used): hours of one of them, the share of all hours up
    to the last; instrument_id: which it is, where the bar is of one alone."""

    first: int
    last: int
    hours: float
    share: float
    instrument_id: int | None


def pareto_of(found: Sequence[Used]) -> Pareto:
    """Of the instruments that were used; what was only reserved stands in no order of hours."""
    return pareto(row.effective for row in found if row.was_used)


def bars_of(found: Sequence[Used]) -> list[Bar]:
    """The same bar by bar, in the order in which the rows by instrument stand."""
    order = sorted(
        (row for row in found if row.was_used), key=lambda row: (-row.effective, str(row.instrument_id))
    )
    drawn, bars, gone = pareto_of(found), list[Bar](), 0
    for hours, share, count in zip(drawn.bars, drawn.shares, drawn.counts, strict=True):
        number = order[gone].instrument_id if count == 1 else None
        bars.append(Bar(gone + 1, gone + count, hours, share, number))
        gone += count
    return bars
