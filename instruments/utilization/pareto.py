"""Instruments in the order of their hours, as bars, with the share of all hours up to each (the Pareto). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from instruments.utilization.totals import AN_HOUR

BUCKETS = 40
A_FIFTH = 5


@dataclass(frozen=True, slots=True)
class Pareto:
    """Instruments in the order of their hours, in bars of as many each: hours a bar, and the share of all up to it.

    n: how many instruments; counts: in each bar; used: of them with any use; fifth: the share of all hours of the first fifth
    of them, None where that is less than one.
    """

    n: int
    used: int
    bars: tuple[float, ...]
    shares: tuple[float, ...]
    counts: tuple[int, ...]
    fifth: float | None


def pareto(hours: Iterable[int]) -> Pareto:
    """From the milliseconds of each instrument in service."""
    ordered = sorted(hours, reverse=True)
    whole, n = sum(ordered), len(ordered)
    ends = (
        [round(n * (bar + 1) / BUCKETS) for bar in range(BUCKETS)] if n > BUCKETS else list(range(1, n + 1))
    )
    bars, shares, counts, before, gone = [], [], list[int](), 0, 0
    for end in ends:
        part = ordered[before:end]
        gone += sum(part)
        bars.append(sum(part) / max(1, len(part)) / AN_HOUR)
        shares.append(gone / whole if whole else 0.0)
        counts.append(len(part))
        before = end
    first = sum(ordered[: round(n / A_FIFTH)])
    return Pareto(
        n,
        sum(1 for each in ordered if each),
        tuple(bars),
        tuple(shares),
        tuple(counts),
        first / whole if whole and round(n / A_FIFTH) else None,
    )
