"""What a wish costs those who pay for it: a share each, at the price of its own class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from instruments.funds.payers import payers_of
from instruments.funds.sharing import PAYER, Bearer, Shared, share_out
from instruments.money import Money, total
from instruments.people.customer import CustomerClass, Payer, payer_of
from instruments.rates.estimating import Estimate, Wanted, estimate
from instruments.rates.finding import local_day, terms_at, terms_of
from instruments.rates.quoting import Quote, quote
from instruments.rates.terms import ASSISTED, SELF
from instruments.rates.walls import walls_of
from instruments.reservations.bookable import Bookable
from instruments.reservations.paying.subsidies import Subsidies, chosen_subsidies
from instruments.reservations.payment import WHOLE
from instruments.reservations.qualified import is_assisted
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, Timespan, instant


class Party(NamedTuple):
    """Who pays so many percent: a fund, or (None) whoever will be named later, as the user's own class."""

    fund_id: int | None
    percent: Decimal
    payer: Payer


class Share(NamedTuple):
    """What of a price falls to one of them."""

    fund_id: int | None
    percent: Decimal
    customer: CustomerClass
    amount: Money


@dataclass(frozen=True, slots=True)
class Quotation:
    """What a wish costs. quote, customer: of whoever is named first, by whose terms it is bound; shared: with the lines of
    every class. The rates bind, the quantity follows the basis.
    """

    quote: Quote
    customer: CustomerClass
    shared: Shared
    shares: tuple[Share, ...]
    subsidies: Subsidies | None = None

    @property
    def total(self) -> Money:
        """What it costs."""
        return self.shared.total

    @property
    def to_pay(self) -> Money:
        """What is left for those who pay, when programmes that settle directly have borne their part."""
        return total((share.amount for share in self.shares), self.total.currency)

    @property
    def borne(self) -> dict[int, Money]:
        """What each programme bears, by its number, also what it gives back afterwards."""
        return {part.programme_id: part.amount for part in self.shared.parts if part.programme_id is not None}


def quotation(asking: Asking, thing: Bookable, wish: Pair, accepted_on: date | None = None) -> Quotation:
    """What a wish would cost now. Raises Unpriced with every piece that has no price.

    accepted_on: the date of acceptance, on the lab's wall: needed where programmes bear a part.

    As many statements as `estimate` takes for each class of payers, and one for their funds.
    """
    parties, bound = parties_of(asking), asking.payment.bound
    if bound is not None:
        classes = {party.fund_id: bound.customer_class for party in parties}
        mode = asking.payment.mode or SELF
        return bound_quotation(asking, thing, wish, bound.version_id, mode, classes, accepted_on)
    by_payer = _estimates(asking, thing, wish, {party.payer for party in parties})
    found = [(party, by_payer[party.payer].customer, by_payer[party.payer].must()) for party in parties]
    return _shared(asking, thing, found, accepted_on)


def bound_quotation(
    asking: Asking,
    thing: Bookable,
    wish: Pair,
    version_id: int,
    mode: str,
    classes: Mapping[int | None, str],
    accepted_on: date | None = None,
) -> Quotation:
    """What a wish costs by the version that binds a reservation already, whatever was published since.

    classes: of its payers, as they were bound (None: of nobody in particular).
    """
    found = []
    for party in parties_of(asking):
        offer = terms_at({thing.id: instant(wish[0])}, party.payer, mode)[thing.id]
        customer = CustomerClass(classes.get(party.fund_id, offer.customer.key), offer.customer.why)
        terms = terms_of(version_id, customer.key, mode)
        place, span = offer.place, Timespan.from_seconds(*wish)
        days = (local_day(span.start, place.zone), local_day(span.end, place.zone))
        wall = walls_of([place], *days)[place.lab.institution_id, place.zone]
        found.append((party, customer, quote(terms, wish, wall, asking.payment.counts)))
    return _shared(asking, thing, found, accepted_on)


def _shared(
    asking: Asking,
    thing: Bookable,
    found: Sequence[tuple[Party, CustomerClass, Quote]],
    accepted_on: date | None,
) -> Quotation:
    currency, subsidies = found[0][2].currency, None
    if asking.payment.programmes:
        if accepted_on is None:
            raise ValueError("programmes need the date of acceptance")
        subsidies = chosen_subsidies(asking, thing, found[0][0].payer, accepted_on, currency)
    priced = {customer.key: quote.lines for _, customer, quote in found}
    bearers = [Bearer(party.percent, customer.key) for party, customer, _ in found]
    shared = share_out(bearers, priced, currency, subsidies.terms if subsidies else ())
    amounts = [part.amount for part in shared.parts if part.role == PAYER]
    shares = tuple(
        Share(party.fund_id, party.percent, customer, amount)
        for (party, customer, _), amount in zip(found, amounts, strict=True)
    )
    return Quotation(found[0][2], found[0][1], shared, shares, subsidies)


def parties_of(asking: Asking) -> list[Party]:
    """Who pays: the funds that were named, or nobody yet. A fund that does not exist pays as its user would."""
    own, known = payer_of(asking.user), payers_of(asking.payment.fund_ids)
    named = [Party(*part, known.get(part.fund_id, own)) for part in asking.payment.parts]
    return named or [Party(None, WHOLE, own)]


def _estimates(asking: Asking, thing: Bookable, wish: Pair, payers: set[Payer]) -> Mapping[Payer, Estimate]:
    span, counts = Timespan.from_seconds(*wish), asking.payment.counts
    mode = asking.payment.mode or (ASSISTED if is_assisted(thing, asking.user, wish) else SELF)
    found = {payer: estimate(thing.id, span, Wanted(payer, mode, counts)) for payer in payers}
    if (
        asking.payment.mode is None
        and mode == ASSISTED
        and all(each.quote is None for each in found.values())
    ):
        # A lab that has one price for both ways of using it enters that of who comes alone.
        found = {payer: estimate(thing.id, span, Wanted(payer, SELF, counts)) for payer in payers}
    return found
