"""From a use, its terms and its payers to the lines and shares of its charge, or to every piece that is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from instruments.charges.entries import CLAIM, INTERNAL, PREPAID, RECEIVABLE
from instruments.errors import N_, Reason
from instruments.funds.sharing import PAYER, Bearer, Part, Shared, Terms, share_out
from instruments.money import Money
from instruments.rates.card import Card
from instruments.rates.counting import Use
from instruments.rates.lines import Line
from instruments.rates.pricing import Unpriced, lines_of
from instruments.rates.windows import Wall


class Payer(NamedTuple):
    """Who pays so many percent of a use, at the price of a class: with a fund, or on account.

    books: the institution in whose books the fund stands; institution_id or person_id: who owes in the end.
    """

    percent: Decimal
    customer_class: str
    institution_id: int | None
    person_id: int | None = None
    group_id: int | None = None
    fund_id: int | None = None
    fund_kind: str = ""
    books: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ToPrice:
    """All that is known of one use for one customer.

    version_id: the price version that binds it, None where none does; ceiling: what it never costs more than, where a
    formal quote was accepted. is_final: the lab has confirmed it, so that its charge is posted; else it stays a draft.
    """

    use_id: int
    customer: int
    institution_id: int
    lab_id: int
    instrument_id: int
    reservation_id: int | None
    user_id: int | None
    group_id: int | None
    service_on: date
    use_version: int
    use: Use
    wall: Wall
    mode: str
    version_id: int | None
    payers: tuple[Payer, ...]
    programmes: tuple[Terms, ...] = ()
    ceiling_units: int | None = None
    is_final: bool = True


class Share(NamedTuple):
    """A share as it is kept: what one bears, and who that is."""

    part: Part
    route: str
    taxed: bool
    payer: Payer


@dataclass(frozen=True, slots=True)
class Priced:
    """What a use costs and who bears it."""

    shared: Shared
    shares: tuple[Share, ...]
    currency: str


NO_PRICE = N_("No price was set when it was booked or begun.")
NO_PAYER = N_("It is not known who pays.")
OTHER_CURRENCY = N_("The prices are in %(currency)s, and the fund pays in %(fund)s only.")
NO_CLASS = N_("The prices say nothing for this class of customers.")


def missing(thing: ToPrice, cards: Mapping[str, Card]) -> Iterator[Reason]:
    """Every piece that is missing: a price, a payer, a price for something that was counted, a fund in the currency."""
    if thing.version_id is None:
        remedy = N_("Choose by which prices it is charged.")
        yield Reason("no_version", None, NO_PRICE, {}, remedy)
    if not thing.payers:
        yield Reason("no_payer", None, NO_PAYER, {}, N_("Name a fund, or who is billed."))
    for payer in thing.payers:
        card = cards.get(payer.customer_class)
        if thing.version_id is not None and card is None:
            yield Reason("no_price", None, NO_CLASS)
        elif card is not None and payer.currency not in (None, card.currency):
            values = {"currency": card.currency, "fund": payer.currency}
            yield Reason("other_currency", None, OTHER_CURRENCY, values, N_("Name another fund."))


def price(thing: ToPrice, cards: Mapping[str, Card]) -> Priced:
    """Lines and shares; cards: by customer class, those of the version that binds it.

    Raises Unpriced, with every piece that is missing.
    """
    lacking = list(missing(thing, cards))
    priced: dict[str, Sequence[Line]] = {}
    for customer_class in dict.fromkeys(payer.customer_class for payer in thing.payers):
        if card := cards.get(customer_class):
            try:
                priced[customer_class] = lines_of(card, thing.use, thing.wall)
            except Unpriced as unpriced:
                lacking += unpriced.reasons
    if lacking:
        raise Unpriced(list({reason.code: reason for reason in lacking}.values()))
    currency = next(iter(cards[payer.customer_class].currency for payer in thing.payers))
    bearers = [Bearer(payer.percent, payer.customer_class) for payer in thing.payers]
    ceiling = None if thing.ceiling_units is None else Money.from_units(thing.ceiling_units, currency)
    shared = share_out(bearers, priced, currency, thing.programmes, ceiling)
    return Priced(
        shared, tuple(share_of(part, thing.payers, thing.institution_id) for part in shared.parts), currency
    )


def share_of(part: Part, payers: Sequence[Payer], creditor_id: int) -> Share:
    """A part with who bears it, and how: what a programme pays, it pays for the first payer.

    What the creditor's own programme pays moves within the institution, whoever it is paid for: nothing is taxed.
    """
    payer = payers[part.place or 0]
    taxed = payer.institution_id != creditor_id
    if part.role != PAYER:
        return Share(part, CLAIM, taxed and part.programme_owner_id != creditor_id, payer)
    return Share(part, route_of(payer, creditor_id), taxed, payer)


def route_of(payer: Payer, creditor_id: int) -> str:
    """How a payer pays: within the institution, from what was paid ahead, or on account."""
    if payer.fund_kind == "wallet":
        return PREPAID
    internal = payer.fund_id is not None and payer.institution_id == creditor_id
    return INTERNAL if internal else RECEIVABLE
