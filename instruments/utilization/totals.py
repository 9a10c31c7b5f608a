"""What the measures of some instruments come to, and the figures of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from instruments.usage.kinds import GRADES
from instruments.utilization.definitions import (
    COUNT,
    DEFINITIONS,
    EVIDENCE,
    EVIDENCE_SUMS,
    MEASURES,
    OF_INSTRUMENTS,
)
from instruments.utilization.figures import Figure

AN_HOUR = 3_600_000
# Audiences that reach beyond the owner: what is fit for sharing.
OPENED = ("partners", "companies")


class Evidence(NamedTuple):
    """Of which measure, and each grade of evidence as a part of its hours; no parts where there are no hours."""

    of: str
    parts: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the measures of some instruments come to: hours as milliseconds, or numbers; n: how many instruments.

    under: how many of them have any of a measure, so that a share says over how many it is; fresh, rows: of so many
    months of instruments so many are up to date.
    """

    sums: Mapping[str, int] = field(default_factory=dict)
    under: Mapping[str, int] = field(default_factory=dict)
    n: int = 0
    fresh: int = 0
    rows: int = 0

    def measure(self, name: str) -> Fraction:
        """A measure in hours, or as a number."""
        return Fraction(self.sums.get(name, 0), 1 if MEASURES[name].unit == COUNT else AN_HOUR)

    def evidence(self, code: str) -> Evidence | None:
        """The evidence of the hours above the line of a figure; None where it is not made of hours of use."""
        of = EVIDENCE.get(DEFINITIONS[code].over)
        if of is None:
            return None
        found = [(grade, self.sums.get(f"{EVIDENCE_SUMS[of]}_{grade}", 0)) for grade in GRADES]
        whole = sum(length for _, length in found)
        return Evidence(of, tuple((grade, Fraction(length, whole)) for grade, length in found if length))

    def figure(self, code: str) -> Figure:
        """A figure of these instruments; without a value where nothing can be divided (rule 7)."""
        definition = DEFINITIONS[code]
        over = self.measure(definition.over)
        if not definition.under:
            return Figure(code, definition, over, None, over, self.n)
        under = self.measure(definition.under)
        n = int(under) if definition.under in OF_INSTRUMENTS else self.under.get(definition.under, self.n)
        return Figure(code, definition, over, under, over / under if under else None, n)
