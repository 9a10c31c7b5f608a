"""What a form offers to whoever books: the price of what is typed, the funds that could pay it, modes and add-ons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from instruments.errors import Reason
from instruments.funds.choosing import Choice, funds_for
from instruments.funds.holding import held_for
from instruments.funds.knowing import chargeable
from instruments.funds.objecting import SUMS, Place
from instruments.funds.objecting import Wish as FundWish
from instruments.funds.subsidizing import Offer as Programme
from instruments.money import Money
from instruments.people.customer import CustomerClass
from instruments.rates.card import COUNTED_UNITS, Rate
from instruments.rates.finding import Offer, modes_of, terms_at
from instruments.rates.pricing import Unpriced
from instruments.rates.terms import SELF
from instruments.reservations.bookable import Bookable
from instruments.reservations.paying.binding import quotation_that_binds
from instruments.reservations.paying.payable import THING, against_funds, date_of_acceptance
from instruments.reservations.paying.quotation import Quotation, parties_of, quotation
from instruments.reservations.paying.subsidies import open_programmes
from instruments.reservations.paying.usual import usual_fund
from instruments.reservations.payment import Payment, from_fund, objections
from instruments.reservations.scene import Wish, in_sight
from instruments.reservations.who_asks import Asking
from instruments.timespan import instant

# In which currency a fund is asked while no price says so: then no fund is refused for its own.
UNKNOWN = "XXX"


class Terms(NamedTuple):
    """By what is counted: which version, as which class, in which mode and currency (None: of no price); modes: all that
    have a price; add_ons."""

    version_id: int | None
    customer: CustomerClass
    mode: str
    modes: tuple[str, ...]
    add_ons: tuple[Rate, ...]
    currency: str | None


@dataclass(frozen=True, slots=True)
class Offered:
    """The price of what is typed, or what of it has none, and all that can be chosen.

    payment: as typed, or with the usual fund. programmes: all that are open, each with why it does not pay
    here. against: why it cannot be paid so. wish: None where no time is
    chosen yet. held: what is held of each fund for the same reservation already, in minor units.
    """

    wish: Wish | None
    payment: Payment
    choices: Sequence[Choice]
    terms: Terms
    found: Quotation | None = None
    missing: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()
    held: Mapping[int, int] = field(default_factory=dict)
    programmes: Sequence[Programme] = ()

    def left_after(self, fund_id: int) -> Money | None:
        """What is left of a chosen fund when it has paid; None where nothing says how much there is."""
        left = {choice.fund.id: choice.left for choice in self.choices}.get(fund_id)
        shares = {share.fund_id: share.amount for share in self.found.shares} if self.found else {}
        share = shares.get(fund_id)
        if left is None or share is None or share.currency != left.currency:
            return left
        return left + left.from_units(self.held.get(fund_id, 0), left.currency) - share


def offered(
    asking: Asking, thing: Bookable, wish: Wish | None, now: datetime, *, choose: bool, rather: str = ""
) -> Offered:
    """What to offer for a wish. choose: where no fund is named, take the one that is usual; rather: the number of one
    that is taken unless it pays nothing of this kind. One that lacks only money is not left for another: what is missing is said.

    A constant number of statements. A fund that the user may not charge is left out, as if it were not there.
    """
    moment = int(now.timestamp())
    sensible = wish if wish and wish.start < wish.end and in_sight(wish, moment) else None
    own = set(chargeable(asking.user))
    if not asking.payment.fund_ids <= own:
        asking = replace(asking, payment=replace(asking.payment, parts=()))
    found, missing = _priced(asking, thing, sensible, now)
    held = _held(asking.apart_from)
    choices = _choices(asking, thing, sensible or Wish(moment, moment), found, held) if own else ()
    usual = _usual(asking, choices, rather) if choose and not asking.payment.parts else None
    if usual is not None:
        payment = replace(asking.payment, parts=from_fund(usual).parts)
        asking = replace(asking, payment=payment)
        found, missing = _priced(asking, thing, sensible, now)
    against = tuple(objections(asking.payment))
    if not against and found is not None and sensible is not None:
        against = tuple(against_funds(asking, thing, sensible, found))
    terms = _terms(asking, thing, sensible or Wish(moment, moment), found)
    programmes = _programmes(asking, thing, terms.currency, now)
    return Offered(sensible, asking.payment, choices, terms, found, missing, against, held, programmes)


def _usual(asking: Asking, choices: Sequence[Choice], rather: str) -> int | None:
    """The fund that is chosen where nobody chose one; rather: as in `offered`."""
    able, short, unfit = [], [], []
    for choice in choices:
        lacks = {reason.code for reason in choice.why_not}
        (able if not lacks else short if lacks <= set(SUMS) else unfit).append(choice.fund.id)
    kept = next((each for each in (*able, *short) if str(each) == rather), None)
    return kept or usual_fund(asking.user.person_id, able, short, unfit)


def _programmes(asking: Asking, thing: Bookable, currency: str | None, now: datetime) -> Sequence[Programme]:
    """For whoever is named first, as a chosen one would pay."""
    if currency is None:
        return ()
    accepted_on = date_of_acceptance(thing, int(now.timestamp()))
    return open_programmes(asking, thing, parties_of(asking)[0].payer, accepted_on, currency)


def _priced(
    asking: Asking, thing: Bookable, wish: Wish | None, now: datetime
) -> tuple[Quotation | None, tuple[Reason, ...]]:
    if wish is None or list(objections(asking.payment)):
        return None, ()
    try:
        if asking.apart_from:
            return quotation_that_binds(asking, thing, asking.apart_from, wish, now), ()
        return quotation(asking, thing, wish, date_of_acceptance(thing, int(now.timestamp()))), ()
    except Unpriced as unpriced:
        return None, tuple(unpriced.reasons)


def _held(reservation_id: int) -> dict[int, int]:
    if not reservation_id:
        return {}
    return {row.fund_id: row.amount_units for row in held_for([(THING, reservation_id)])}


def _choices(
    asking: Asking, thing: Bookable, wish: Wish, found: Quotation | None, held: Mapping[int, int]
) -> Sequence[Choice]:
    day = instant(wish.start).astimezone(thing.calendar.zone).date()
    place = Place(
        thing.institution_id, thing.lab_id, frozenset({thing.class_code} if thing.class_code else ())
    )
    # What one that holds for the same thing already lacks is known only when it is held anew.
    currency = found.total.currency if found else UNKNOWN
    lines = frozenset(each.line.kind for each in found.shared.lines) if found else frozenset()
    listed = funds_for(asking.user, FundWish(place, day, currency, found and found.total, lines))
    passed = () if found else ("fund_currency",)
    return [
        replace(choice, why_not=_apart(choice.why_not, (*passed, *(SUMS if choice.fund.id in held else ()))))
        for choice in listed
    ]


def _apart(reasons: Sequence[Reason], codes: Collection[str]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.code not in codes)


def _terms(asking: Asking, thing: Bookable, wish: Wish, found: Quotation | None) -> Terms:
    """Of whoever is named first."""
    if found is not None:
        terms, customer = found.quote.terms, found.customer
        return Terms(
            terms.version_id,
            customer,
            terms.mode,
            modes_of(terms.version_id, customer.key),
            terms.card.of(*COUNTED_UNITS),
            found.total.currency,
        )
    mode = asking.payment.mode or SELF
    offer: Offer = terms_at({thing.id: instant(wish.start)}, parties_of(asking)[0].payer, mode)[thing.id]
    modes = modes_of(offer.version_id, offer.customer.key) if offer.version_id else ()
    add_ons = offer.terms.card.of(*COUNTED_UNITS) if offer.terms else ()
    currency = offer.terms.card.currency if offer.terms else None
    return Terms(offer.version_id, offer.customer, mode, modes, add_ons, currency)
