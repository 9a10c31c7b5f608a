"""What something costs by its terms: lines with their reasons, and their sum. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from instruments.money import Money
from instruments.rates.card import OPERATOR_HOUR
from instruments.rates.counting import Use
from instruments.rates.lines import Line, sum_of
from instruments.rates.pricing import lines_of
from instruments.rates.terms import SELF, Terms
from instruments.rates.windows import Wall
from instruments.timespan import Pair


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines by the terms, and what they add up to. The rates bind; the quantity follows the basis."""

    terms: Terms
    lines: tuple[Line, ...]
    total: Money

    @property
    def currency(self) -> str:
        """In which currency it is."""
        return self.terms.card.currency


def quote(
    terms: Terms,
    span: Pair,
    wall: Wall,
    counts: Mapping[str, Decimal] | None = None,
    operator_minutes: int | None = None,
) -> Quote:
    """What a reservation costs if all of it is used. span: UTC seconds; counts: samples and items by their codes.

    operator_minutes None: an operator is there all along where the mode has one and the card a price for it. Raises
    Unpriced with every piece that has no price.
    """
    minutes = _with_operator(terms, span) if operator_minutes is None else operator_minutes
    return priced(terms, Use((span,), span, counts=counts or {}, operator_minutes=minutes), wall)


def priced(terms: Terms, use: Use, wall: Wall) -> Quote:
    """What was really used costs by the terms that it is bound to. Raises Unpriced."""
    lines = lines_of(terms.card, use, wall)
    return Quote(terms, lines, sum_of(lines, terms.card.currency))


def _with_operator(terms: Terms, span: Pair) -> int:
    there = terms.mode != SELF and bool(terms.card.of(OPERATOR_HOUR))
    return (span[1] - span[0]) // 60 if there else 0
