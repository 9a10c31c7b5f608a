"""Figures as people read them: a value with its unit, how it differs from another time, what it was divided by. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from instruments.rounding import half_up, percent
from instruments.utilization.definitions import COUNT, HOURS, MEASURES, SHARE
from instruments.utilization.figures import Figure

# From here on hours are whole.
MANY = 100


@dataclass(frozen=True, slots=True)
class Number:
    """A number to be written: rounded, how many decimals it has, and whether it is a percentage, hours or a count."""

    value: Decimal
    unit: str
    decimals: int


def number_of(value: Fraction, unit: str) -> Number:
    """Percentages with one decimal; hours with one below a hundred; counts whole."""
    if unit == SHARE:
        return Number(percent(value), SHARE, 1)
    if unit == HOURS:
        decimals = 0 if abs(value) >= MANY else 1
        return Number(half_up(value, decimals), HOURS, decimals)
    return Number(half_up(value, 0), COUNT, 0)


@dataclass(frozen=True, slots=True)
class Said:
    """A figure as it is shown: its value (None: there is none), above and below the line, the change from another time.

    change: in points of a percentage, in percent of hours and numbers; None where either has no value, and of hours and numbers
    where there were none before: was_none, which is no percentage of anything.
    """

    figure: Figure
    value: Number | None
    over: Number
    under: Number | None
    change: Decimal | None
    was_none: bool = False

    @property
    def in_points(self) -> bool:
        """Whether the change is one of percentages."""
        return self.figure.definition.unit == SHARE


def said(figure: Figure, other: Figure | None = None) -> Said:
    """A figure beside the same of another time."""
    definition = figure.definition
    over = number_of(figure.over, MEASURES[definition.over].unit)
    under = None if figure.under is None else number_of(figure.under, MEASURES[definition.under].unit)
    value = None if figure.value is None else number_of(figure.value, definition.unit)
    return Said(figure, value, over, under, _change(figure, other), _was_none(figure, other))


def _change(figure: Figure, other: Figure | None) -> Decimal | None:
    if other is None or figure.value is None or other.value is None:
        return None
    if figure.definition.unit == SHARE:
        return percent(figure.value - other.value)
    return percent(figure.value / other.value - 1) if other.value else None


def _was_none(figure: Figure, other: Figure | None) -> bool:
    is_share = figure.definition.unit == SHARE
    return not is_share and figure.value is not None and other is not None and other.value == 0
