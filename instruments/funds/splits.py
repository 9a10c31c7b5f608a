"""How several payers share what a use costs, each at the price of its own class. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from instruments.errors import N_, Reason
from instruments.money import Money

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Payer:
    """A fund that pays so many percent. price: what the whole would cost it, at the price of its customer class."""

    percent: Decimal
    customer_class: str
    price: Money


def shares(payers: Sequence[Payer]) -> tuple[Money, ...]:
    """What each pays, in their order: its percentage of its own class's price.

    Those of one class share what falls to the class: each share is rounded down, the remainder goes to the first of
    them. So where all are of one class, the shares add up to the price; where not, they are what the whole costs.
    """
    found: dict[int, Money] = {}
    for customer_class in {payer.customer_class for payer in payers}:
        places = [place for place, payer in enumerate(payers) if payer.customer_class == customer_class]
        percents = [payers[place].percent for place in places]
        of_class = payers[places[0]].price.percent(sum(percents, Decimal(0)))
        found.update(zip(places, of_class.split(percents), strict=True))
    return tuple(found[place] for place in range(len(payers)))


def objections(payers: Sequence[Payer]) -> Iterator[Reason]:
    """Every reason against such a split."""
    added = sum((payer.percent for payer in payers), Decimal(0))
    if added != WHOLE:
        sentence = N_("The percentages come to %(added)s, not to 100.")
        yield Reason("not_the_whole", "funds", sentence, {"added": added}, N_("Change one of them."))
    if any(payer.percent <= 0 for payer in payers):
        yield Reason("no_share", "funds", N_("Each fund pays a part above zero."))
    if len({payer.price.currency for payer in payers}) > 1:
        yield Reason("other_currency", "funds", N_("A fund pays only in its own currency."))
    prices: dict[str, Money] = {}
    if any(prices.setdefault(payer.customer_class, payer.price) != payer.price for payer in payers):
        yield Reason("two_prices", "funds", N_("Funds of one customer class have one price."))
