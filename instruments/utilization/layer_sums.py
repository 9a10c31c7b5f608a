"""What the layers of time of one instrument come to in a period (metrics.md, rules 1, 2, 4 and 5). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from instruments.utilization.records import Whom

# The layers of a sweep: THERE and CAME are ATTENDED by whom it served, and by whose reservation it was on.
SERVICE, OPEN, CLOSED, DOWN, RESERVED, ATTENDED, EFFECTIVE, THERE, CAME = range(9)
Key: TypeAlias = tuple[int, int]
"""A part of a session: its number, and the position of the customer in it."""
Length: TypeAlias = Fraction | int
"""Seconds: whole ones, unless sessions share them."""


@dataclass(slots=True)
class Booked:
    """Seconds of places of one customer: what they reserved, what they attended, and what they reserved and nobody attended,
    within bookable time."""

    reserved: Length = 0
    attended: Length = 0
    unused: Length = 0


@dataclass(slots=True)
class Layers:
    """Seconds of places in one period; those of `parts` add up to `effective`, those of `clock_parts` to `clock`.

    owned: effective while it was in service; inside: effective within bookable time; unused: reserved but not attended,
    within bookable time; clock: any session running, as statutory forms count, never above the calendar; used: when how
    many places were effective, in their order (from, to, places); whose: reserved, attended and unused, each adding up to the
    layer, by customer.
    """

    calendar: int = 0
    open: int = 0
    bookable: int = 0
    down: int = 0
    reserved: int = 0
    attended: int = 0
    effective: int = 0
    owned: int = 0
    inside: int = 0
    unused: int = 0
    clock: int = 0
    parts: dict[Key, Length] = field(default_factory=dict)
    clock_parts: dict[Key, Length] = field(default_factory=dict)
    used: list[tuple[int, int, int]] = field(default_factory=list)
    whose: dict[Whom, Booked] = field(default_factory=dict)

    def of(self, whom: Whom) -> Booked:
        """What a customer has, to be added to."""
        return self.whose.setdefault(whom, Booked())

    @property
    def outside(self) -> int:
        """Effective outside bookable time: a figure of its own, in no share (rule 4)."""
        return self.effective - self.inside
