"""Which time of a use counts: what was used or reserved, without what the lab owes or another pays for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from instruments.rates.card import RESERVED, USED
from instruments.timespan import Pair, clipped, intersect, merge, subtract

BY_SAMPLES, AS_ENTERED, EQUALLY = "samples", "entered", "equally"


@dataclass(frozen=True, slots=True)
class PartOfRun:
    """What one customer bears of an operator's run for several: the weight at `place` of all `weights`, in thousandths of what
    divides it (samples, parts as entered, or nothing: equally); samples: how many each of them handed in."""

    by: str
    weights: tuple[int, ...]
    place: int
    samples: tuple[int, ...] = ()

    @property
    def by_samples(self) -> PartOfRun:
        """By which samples and items are divided: the samples, where there are any; else like all the rest."""
        if not any(self.samples):
            return self
        return replace(self, by=BY_SAMPLES, weights=tuple(each * 1000 for each in self.samples))

    @property
    def share(self) -> Fraction:
        """The part, 1 being all of it."""
        return Fraction(self.weights[self.place], sum(self.weights))

    @property
    def weighed(self) -> tuple[Decimal, Decimal]:
        """What divides it: how much of it is theirs, and all there is."""
        return Decimal(self.weights[self.place]) / 1000, Decimal(sum(self.weights)) / 1000

    def of(self, whole: int) -> int:
        """Their part of a whole number: rounded down, the rest is the first one's who bears any."""
        shares = [whole * weight // sum(self.weights) for weight in self.weights]
        first = next(place for place, weight in enumerate(self.weights) if weight)
        return shares[self.place] + (whole - sum(shares) if self.place == first else 0)


@dataclass(frozen=True, slots=True)
class Use:
    """What happened, in UTC seconds: the sessions of one reservation, or of none (walk-up).

    not_charged: when the instrument was down, and what the lab marked as its own fault or debugging; paid_by_others: when
    time that was given back is booked by somebody else; ended_by_rule: nobody ended the last session, the lab's rule did.
    counts: samples and items by the code of their price; operator_minutes: as confirmed. samples: how many there were,
    where nobody counted them by a code; they cost the card's only price for a sample. part: what one customer bears of it,
    where it is a run for several; all the rest is the whole run's.
    """

    sessions: tuple[Pair, ...] = ()
    reserved: Pair | None = None
    not_charged: tuple[Pair, ...] = ()
    paid_by_others: tuple[Pair, ...] = ()
    ended_by_rule: bool = False
    counts: Mapping[str, Decimal] = field(default_factory=dict)
    operator_minutes: int = 0
    samples: int = 0
    part: PartOfRun | None = None

    @classmethod
    def as_planned(
        cls, reserved: Pair, counts: Mapping[str, Decimal] | None = None, with_operator: bool = False
    ) -> Use:
        """What is quoted before anything happened: all that is reserved is used, the operator there all along."""
        minutes = (reserved[1] - reserved[0]) // 60 if with_operator else 0
        return cls((reserved,), reserved, counts=counts or {}, operator_minutes=minutes)


def counted(use: Use, basis: str) -> list[Pair]:
    """The time that is charged, by the basis of the card, merged. What is used after the reserved end always counts."""
    return subtract(_by_basis(use, basis), [*use.not_charged, *_given_away(use)])


def left_out(use: Use, basis: str) -> list[Pair]:
    """The time that would count by the basis, and is not charged since the lab owes it."""
    return intersect(_by_basis(use, basis), use.not_charged) if use.not_charged else []


def paid_elsewhere(use: Use, basis: str) -> list[Pair]:
    """The time that would count by the basis, was given back, and is paid for by another."""
    if not use.paid_by_others:
        return []
    return subtract(intersect(_by_basis(use, basis), _given_away(use)), use.not_charged)


def is_what_was_used(use: Use, basis: str) -> bool:
    """Whether the basis makes no difference to this use."""
    return use.reserved is None or basis == USED or _by_basis(use, basis) == _used(use)


def _by_basis(use: Use, basis: str) -> list[Pair]:
    used = _used(use)
    if use.reserved is None or basis == USED:
        return used
    if basis == RESERVED:
        return merge([use.reserved, *subtract(used, [(_first(used), use.reserved[1])])])
    return merge([use.reserved, *used])


def _used(use: Use) -> list[Pair]:
    used = merge(use.sessions)
    if use.ended_by_rule and use.reserved is not None:
        return clipped(used, _first(used), use.reserved[1])
    return used


def _given_away(use: Use) -> list[Pair]:
    """What another pays for, unless it was used all the same."""
    return subtract(use.paid_by_others, _used(use)) if use.paid_by_others else []


def _first(spans: list[Pair]) -> int:
    return spans[0][0] if spans else 0
