"""An amount of money with its currency, always a whole number of minor units: rounded once, never mixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies

Exact: TypeAlias = int | Decimal | Fraction
"""What amounts are computed in before they are rounded; a float is none of these."""


# No amount has more minor units: it fits 64 bits in a database, and adding two is exact in every decimal context.
MOST_UNITS = 10**18


class DifferentCurrencies(ValueError):
    """Amounts of two currencies were compared or added. There is no conversion here."""


@dataclass(frozen=True, slots=True)
class Money:
    """So much of a currency (ISO 4217), to its minor unit: Money(Decimal("10.50"), "CNY").

    What is finer than the minor unit is no amount yet: `Money.rounded` makes one of it. Raises ValueError for a
    currency that does not exist, and for an amount that is finer or not finite. Amounts of different currencies are
    unequal; to add them or to ask which is more raises DifferentCurrencies.
    """

    amount: Decimal
    currency: str
    units: int = field(init=False, repr=False, compare=False)
    """The amount in minor units, as a database keeps it."""

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"no amount: {self.amount}")
        above, below = self.amount.as_integer_ratio()
        units, finer = divmod(above * _units_in_one(self.currency), below)
        if finer:
            raise ValueError(f"{self.amount} is finer than the minor unit of {self.currency}")
        object.__setattr__(self, "amount", _from_units(units, self.currency))
        object.__setattr__(self, "units", units)

    @classmethod
    def rounded(cls, exact: Exact, currency: str) -> Money:
        """The amount nearest to an exact one; of two as near, the one further from zero (half up)."""
        above, below = exact.as_integer_ratio()
        return _of_units(_nearest(above * _units_in_one(currency), below), currency)

    @classmethod
    def rounded_down(cls, exact: Exact, currency: str) -> Money:
        """The last whole minor unit towards zero."""
        above, below = exact.as_integer_ratio()
        units = abs(above) * _units_in_one(currency) // below
        return _of_units(units if above >= 0 else -units, currency)

    @classmethod
    def from_units(cls, units: int, currency: str) -> Money:
        """So many minor units, as a database keeps them: 1050 of CNY are 10.50."""
        return _of_units(units, currency)

    @classmethod
    def none(cls, currency: str) -> Money:
        """Nothing, of a currency."""
        return _of_units(0, currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"

    def __bool__(self) -> bool:
        return bool(self.units)

    def __add__(self, other: Money) -> Money:
        return _of_units(self.units + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return _of_units(self.units - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return _of_units(-self.units, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.units < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.units <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.units > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.units >= self._same(other)

    def times(self, quantity: Exact, percent: Exact = 100) -> Money:
        """It times a quantity and so many hundredths, rounded half up, once.

        In whole numbers, which are as exact as fractions and faster: a month is a hundred thousand of these.
        """
        above, below = self.units, 100
        for number in (quantity, percent):
            over, under = number.as_integer_ratio()
            above, below = above * over, below * under
        return _of_units(_nearest(above, below), self.currency)

    def percent(self, rate: Exact) -> Money:
        """So many hundredths of it, rounded half up."""
        return self.times(1, rate)

    def percent_down(self, rate: Exact) -> Money:
        """So many hundredths of it, rounded down."""
        return Money.rounded_down(Fraction(self.amount) * Fraction(rate) / 100, self.currency)

    def split(self, weights: Sequence[Exact]) -> tuple[Money, ...]:
        """Shares in proportion to weights, such as percentages: each rounded down, the remainder to the first.

        They add up to the amount whatever the weights. Raises ValueError where none is above zero, or one below.
        """
        if not any(weights) or any(weight < 0 for weight in weights):
            raise ValueError(f"no weights to split by: {weights}")
        if len(weights) == 1:
            return (self,)
        whole = sum((Fraction(weight) for weight in weights), Fraction())
        exact = Fraction(self.amount)
        others = [
            Money.rounded_down(exact * Fraction(weight) / whole, self.currency) for weight in weights[1:]
        ]
        return (self - total(others, self.currency), *others)

    def net_and_tax(self, rate: Exact) -> tuple[Money, Money]:
        """Of an amount that includes a tax of so many percent, the net, rounded half up, and the tax: the rest."""
        net = Money.rounded(Fraction(self.amount) / (1 + Fraction(rate) / 100), self.currency)
        return net, self - net

    def _same(self, other: Money) -> int:
        """The other's minor units, if it is of the same currency."""
        if self.currency != other.currency:
            raise DifferentCurrencies(f"{self} and {other}")
        return other.units


def total(amounts: Iterable[Money], currency: str) -> Money:
    """What amounts of one currency add up to; of none, nothing."""
    none = _of_units(0, currency)
    return _of_units(sum(none._same(amount) for amount in amounts), currency)


OF_UNIONS = frozenset({"XAF", "XCD", "XCG", "XOF", "XPF"})
"""Of the codes that begin with X, those with which one can pay; others are metals, tests and accounts (ISO 4217)."""


def is_current(currency: str) -> bool:
    """Whether somewhere on earth one pays with it now: nothing new is kept in one that is gone, like the German mark.

    What was kept in it stays an amount.
    """
    return currency in _current()


@lru_cache(maxsize=1)
def _current() -> frozenset[str]:
    """What is legal tender of a territory and has no last day, by the tables of the Unicode CLDR that Babel brings."""
    return frozenset(
        code
        for used in get_global("territory_currencies").values()
        for code, _, last_day, is_tender in used
        if last_day is None and is_tender
    )


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """How many decimals amounts of a currency have: 2 for CNY, 0 for JPY. Raises ValueError for what is no currency."""
    if currency not in list_currencies("en") or (currency.startswith("X") and currency not in OF_UNIONS):
        raise ValueError(f"no currency: {currency!r}")
    return int(get_currency_precision(currency))


@lru_cache(maxsize=256)
def _units_in_one(currency: str) -> int:
    return int(10 ** minor_digits(currency))


def _nearest(above: int, below: int) -> int:
    """The whole number nearest to a fraction; of two as near, the one further from zero."""
    units = (2 * abs(above) + below) // (2 * below)
    return units if above >= 0 else -units


@lru_cache(maxsize=16_384)
def _of_units(units: int, currency: str) -> Money:
    """So much money. Kept, as it never changes: a month has millions of amounts, and few that differ."""
    return Money(_from_units(units, currency), currency)


def _from_units(units: int, currency: str) -> Decimal:
    if abs(units) > MOST_UNITS:
        raise ValueError(f"more than anybody has: {units} of {currency}")
    digits = minor_digits(currency)
    # From text, since arithmetic would round to the digits of the context.
    return Decimal(f"{units}E-{digits}")
