"""What programmes bear of a reservation: those that were chosen, as they are for whoever pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from instruments.errors import N_, Reason
from instruments.funds.programmes import Standing, not_together
from instruments.funds.sharing import Terms
from instruments.funds.subsidizing import Offer, Payer, offers, reserved_for
from instruments.money import Money
from instruments.people.customer import Payer as Customer
from instruments.reservations.bookable import Bookable
from instruments.reservations.who_asks import Asking

THING = "reservation"


@dataclass(frozen=True, slots=True)
class Subsidies:
    """The programmes that were chosen, in their order; payer: for whom they pay; missing: chosen, but not open."""

    payer: Payer
    accepted_on: date
    chosen: tuple[Offer, ...] = ()
    missing: tuple[int, ...] = ()

    @property
    def terms(self) -> list[Terms]:
        """What they pay by: those that do pay here."""
        return [Terms(each.id, each.terms, each.standing) for each in self.chosen if not each.why_not]

    def objections(self) -> Iterator[Reason]:
        """Every reason why they do not pay, or not together."""
        for _ in self.missing:
            yield no_programme()
        reasons = [reason for each in self.chosen for reason in each.why_not]
        together = not_together([each.terms for each in self.chosen])
        for reason in (*reasons, *together):
            yield Reason(reason.code, "programmes", reason.message, reason.values, reason.remedy)


def no_programme() -> Reason:
    """That a programme that was chosen is none that could bear anything."""
    return Reason("no_programme", "programmes", N_("There is no such programme, or it is not open now."))


def open_programmes(
    asking: Asking, thing: Bookable, customer: Customer, accepted_on: date, currency: str
) -> Sequence[Offer]:
    """Every programme that is open then, as it is for this customer and instrument. Three statements, one without any.

    What a reservation that is being changed has reserved already counts as if it had not been.
    """
    codes = frozenset({thing.class_code} if thing.class_code else ())
    found = offers(payer_of(asking, customer), thing.institution_id, codes, accepted_on, currency)
    own = reserved_for((THING, asking.apart_from), currency) if found and asking.apart_from else {}
    return [_without(each, own[each.id]) if each.id in own else each for each in found]


def _without(offer: Offer, taken: Money) -> Offer:
    standing = Standing(offer.standing.in_the_year - taken, offer.standing.in_all - taken)
    return Offer(offer.id, offer.terms, standing, offer.why_not)


def payer_of(asking: Asking, customer: Customer) -> Payer:
    """The customer as programmes know whom they pay for."""
    alone = None if customer.institution_id is not None else asking.user.person_id
    return Payer(customer.institution_id, alone, customer.kind or "individual")


def chosen_subsidies(
    asking: Asking, thing: Bookable, customer: Customer, accepted_on: date, currency: str
) -> Subsidies:
    """Those that whoever books has chosen; nothing is asked where none was."""
    wanted = asking.payment.programmes
    payer = payer_of(asking, customer)
    if not wanted:
        return Subsidies(payer, accepted_on)
    known = {each.id: each for each in open_programmes(asking, thing, customer, accepted_on, currency)}
    chosen = tuple(known[number] for number in wanted if number in known)
    missing = tuple(number for number in wanted if number not in known)
    return Subsidies(payer, accepted_on, chosen, missing)
