"""What stands on a dashboard beside the figures of hours: whom instruments served and what was charged, beside another time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from instruments.rounding import percent
from instruments.utilization.customers import Served
from instruments.utilization.definitions import EARNED, SERVED, Definition

PERSONS = {"users": "persons"}


@dataclass(frozen=True, slots=True)
class Beside:
    """One of them: how many, or minor units of a currency, now and in the other period (None: not kept)."""

    code: str
    definition: Definition
    value: int
    other: int | None
    currency: str = ""

    @property
    def change(self) -> Decimal | None:
        """By how much it changed, in percent; None where there is nothing to compare with, or there was none before."""
        return percent(Fraction(self.value, self.other) - 1) if self.other else None

    @property
    def was_none(self) -> bool:
        """Whether there was none before, which is no percentage of anything."""
        return self.other == 0

    @property
    def in_points(self) -> bool:
        """Whether the change is one of percentages: of none of them."""
        return False


def served_figures(now: Served, other: Served | None) -> list[Beside]:
    """Whom they served, as figures."""
    found = []
    for code, definition in SERVED.items():
        name = PERSONS.get(code, code)
        found.append(
            Beside(code, definition, getattr(now, name), None if other is None else getattr(other, name))
        )
    return found


def earned_figures(
    now: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]] | None
) -> list[Beside]:
    """What was charged by currency, as figures; nothing where nothing was."""
    return [
        Beside(
            code, definition, units, None if other is None else other.get(currency, (0, 0))[place], currency
        )
        for currency, both in now.items()
        for place, ((code, definition), units) in enumerate(zip(EARNED.items(), both, strict=True))
    ]
