"""Numbers rounded half up, once, as people round and as every form asks: 39.65 hours are 39.7."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def exact(number: Fraction | Decimal | float) -> Decimal:
    """The same as a decimal; a float is what it is written as, 39.65, and not what stands for that, 39.64999…"""
    if isinstance(number, Fraction):
        return Decimal(number.numerator) / number.denominator
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def half_up(number: Fraction | Decimal | float, decimals: int) -> Decimal:
    """With so many decimals; nothing is never negative."""
    return exact(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + Decimal(0)


def percent(share: Fraction | Decimal | float) -> Decimal:
    """A share of one in percent, with one decimal."""
    return half_up(exact(share) * 100, 1)
