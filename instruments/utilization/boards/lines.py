"""What figures are held against: targets, and reference lines of the field, brought to the length of the period. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from instruments.errors import N_
from instruments.utilization.definitions import DEFINITIONS, SHARE
from instruments.utilization.figures import Figure
from instruments.utilization.periods import Period

YEAR, MONTHS = 365, 12
TARGET = N_("Target")


@dataclass(frozen=True, slots=True)
class Reference:
    """Hours a year, or a share, that the field compares with, and what they are."""

    value: Fraction
    words: str


# Hours an instrument, the national means of 2025.
EFFECTIVE, EXTERNAL = 1599, 273
# Statistics of 2025, and the rule of 2019 on duplicate purchases; see docs/utilization.md.
REFERENCES: Mapping[str, tuple[Reference, ...]] = {
    "per_instrument": (
        Reference(Fraction(EFFECTIVE), N_("National mean 2025, instruments from CNY 500,000 on")),
        Reference(Fraction(1200), N_("What counts as full where a purchase is reviewed")),
    ),
    "external_per_instrument": (
        Reference(Fraction(EXTERNAL), N_("National mean 2025, instruments from CNY 500,000 on")),
    ),
    "shared_by_hours": (
        Reference(Fraction(EXTERNAL, EFFECTIVE), N_("National mean 2025, instruments from CNY 500,000 on")),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line to hold a figure against: what it is, its value a year (of shares: the share), the same for the period, and
    how far the figure lies from that; None where it has no value."""

    words: str
    a_year: Fraction
    value: Fraction
    gap: Fraction | None
    is_target: bool = False


def lines_of(
    figure: Figure,
    period: Period,
    target: Fraction | None,
    references: Mapping[str, tuple[Reference, ...]] = REFERENCES,
) -> list[Line]:
    """The target first, then what the field compares with."""
    is_share = DEFINITIONS[figure.code].unit == SHARE
    part = Fraction(1) if is_share else Fraction(period.days, YEAR)
    found = [] if target is None else [(TARGET, target, True)]
    found += [(each.words, each.value, False) for each in references.get(figure.code, ())]
    return [
        Line(
            words,
            value,
            value * part,
            None if figure.value is None else figure.value - value * part,
            is_target,
        )
        for words, value, is_target in found
    ]


def lines_of_use(
    figures: Iterable[Figure], period: Period, targets: Mapping[str, Fraction]
) -> dict[str, list[Line]]:
    """By figure, the targets of somebody's use: what the field compares with is of instruments."""
    return {
        each.code: lines_of(each, period, targets[each.code], {}) for each in figures if each.code in targets
    }


def of_a_month(a_year: Fraction | None) -> Fraction | None:
    """What a target of hours a year comes to in each month: a twelfth."""
    return None if a_year is None else a_year / MONTHS
