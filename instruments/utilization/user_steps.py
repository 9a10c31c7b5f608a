"""From a reserved to a used hour of a group or the people of an institution, and what was booked against what was used by month.

Open and bookable hours are those of instruments, not of whoever uses them, so that the way begins with what they reserved. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from instruments.rounding import percent
from instruments.utilization.totals import Totals
from instruments.utilization.user_board import MonthOfUse, UserBoard

STEPS = ("reserved", "attended", "effective")
# What stands beside each other by month.
BOOKED = (*STEPS, "unused")


@dataclass(frozen=True, slots=True)
class Step:
    """Hours of one layer; part: of the widest; share: of the step before, None where there was none or time beside it makes
    more; change: in percent of the other period, None where that is not compared with or there were none in it: was_none."""

    code: str
    hours: Fraction
    part: Fraction
    share: Fraction | None
    change: Decimal | None
    was_none: bool


@dataclass(frozen=True, slots=True)
class BookedMonth:
    """What was booked in one month, and what of it was used: hours by the measures in BOOKED."""

    key: int
    hours: dict[str, Fraction]


def steps_of_use(board: UserBoard) -> list[Step]:
    """The steps of a period, each beside the same of the other one."""
    hours = [board.now.measure(code) for code in STEPS]
    before: list[Fraction | None] = [None, *hours]
    widest = max(hours) or Fraction(1)
    return [
        Step(code, hour, hour / widest, _share(hour, last), *_change(hour, board.other, code))
        for code, hour, last in zip(STEPS, hours, before, strict=False)
    ]


def _share(hours: Fraction, last: Fraction | None) -> Fraction | None:
    return hours / last if last and hours <= last else None


def _change(hours: Fraction, other: Totals | None, code: str) -> tuple[Decimal | None, bool]:
    """In percent, and whether there were none to have a percentage of."""
    if other is None:
        return None, False
    before = other.measure(code)
    return (percent(hours / before - 1) if before else None), not before


def booked_by_month(months: Sequence[MonthOfUse]) -> list[BookedMonth]:
    """The months of the trend."""
    return [BookedMonth(each.key, {code: each.totals.measure(code) for code in BOOKED}) for each in months]
