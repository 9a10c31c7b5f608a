"""What figures are held against: targets, and reference lines of the field, brought to the length of the period. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from instruments.utilization.definitions import DEFINITIONS, SHARE
from instruments.utilization.figures import Figure
from instruments.utilization.periods import Period
from instruments.utilization.thresholds import Reference, thresholds

YEAR, MONTHS = 365, 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line to hold a figure against: its value a year (of shares: the share), the same for the period, and how far the
    figure lies from that, None where it has no value. reference: what it is; None: the target."""

    a_year: Fraction
    value: Fraction
    gap: Fraction | None
    reference: Reference | None = None

    @property
    def is_target(self) -> bool:
        """Whether the place set it for itself."""
        return self.reference is None


def lines_of(figure: Figure, period: Period, target: Fraction | None) -> list[Line]:
    """The target first, then what the field compares with."""
    return _lines(figure, period, target, thresholds().references.get(figure.code, ()))


def _lines(
    figure: Figure, period: Period, target: Fraction | None, references: Iterable[Reference]
) -> list[Line]:
    is_share = DEFINITIONS[figure.code].unit == SHARE
    part = Fraction(1) if is_share else Fraction(period.days, YEAR)
    found: list[tuple[Fraction, Reference | None]] = [] if target is None else [(target, None)]
    found += [(each.value, each) for each in references]
    return [
        Line(value, value * part, None if figure.value is None else figure.value - value * part, reference)
        for value, reference in found
    ]


def lines_of_use(
    figures: Iterable[Figure], period: Period, targets: Mapping[str, Fraction]
) -> dict[str, list[Line]]:
    """By figure, the targets of somebody's use: what the field compares with is of instruments."""
    return {
        each.code: _lines(each, period, targets[each.code], ()) for each in figures if each.code in targets
    }


def of_a_month(a_year: Fraction | None) -> Fraction | None:
    """What a target of hours a year comes to in each month: a twelfth."""
    return None if a_year is None else a_year / MONTHS
