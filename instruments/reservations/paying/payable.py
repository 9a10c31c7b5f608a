"""Whether those who are named can pay for a wish: a condition like any other, before the lock and again under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds import holding
from instruments.funds.holding import Wanted, hold_objections
from instruments.funds.knowing import with_right
from instruments.funds.models import Fund
from instruments.funds.objecting import Place, no_such_fund, without_sums
from instruments.funds.objecting import Wish as FundWish
from instruments.funds.whose import may_see
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable
from instruments.reservations.limits import WHEN_BOOKED
from instruments.reservations.paying.quotation import Quotation, quotation
from instruments.reservations.payment import objections
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import instant

THING = "reservation"


def payable(asking: Asking, thing: Bookable, wish: Wish, now: int) -> Iterator[Reason]:
    """Against a wish that its payers cannot pay for, or that needs one and names none.

    Asks the database nothing where nobody is named and nobody has to be.
    """
    wrong = [*objections(asking.payment), *not_theirs(asking)]
    asked_later = asking.apart_from or asking.payment.later
    needed = thing.rules_at(wish.start).payer_named == WHEN_BOOKED and not asked_later
    said = asking.payment.parts or asking.payment.programmes
    if wrong or not (said or needed and thing.has_card):
        yield from wrong
        return
    try:
        found = quotation(asking, thing, wish, date_of_acceptance(thing, now))
    except Unpriced:
        # What has no price is never taken for nothing: it waits for the lab, whoever pays.
        return
    if found.subsidies is not None:
        yield from found.subsidies.objections()
    yield from against_funds(asking, thing, wish, found)
    if needed and not asking.payment.parts and found.total:
        sentence = N_("This costs %(price)s, and nobody is named who pays.")
        yield Reason("payer_needed", "fund_id", sentence, {"price": found.total}, N_("Choose a fund."))


def not_theirs(asking: Asking) -> Iterator[Reason]:
    """Against funds that the user may not charge, before anything is priced: the class of a payer tells whose money it is.

    What holds for the same reservation already is known, and is weighed with everything else.
    """
    named = asking.payment.fund_ids
    if named and (strange := named - with_right(asking.user, named)) and strange - _held(asking.apart_from):
        yield no_such_fund()


def _held(reservation_id: int) -> set[int]:
    rows = holding.held_for([(THING, reservation_id)]) if reservation_id else ()
    return {row.fund_id for row in rows}


def date_of_acceptance(thing: Bookable, now: int) -> date:
    """The date on the lab's wall on which something is booked at a moment."""
    return instant(now).astimezone(thing.calendar.zone).date()


def against_funds(asking: Asking, thing: Bookable, wish: Wish, found: Quotation) -> Iterator[Reason]:
    """Against the funds that are named to pay it; nothing where nobody is. What is left of a fund is told to whoever may
    know it, and not to others who book for its user."""
    if not asking.payment.parts:
        return
    reasons = list(hold_objections(holds_of(asking, thing, wish, found)))
    may_know = asking.actor.person_id == asking.user.person_id or _may_see_all(asking)
    for reason in reasons:
        yield reason if may_know else without_sums(reason)


def _may_see_all(asking: Asking) -> bool:
    funds = (db.session.get(Fund, number) for number in asking.payment.fund_ids)
    return all(fund is not None and may_see(asking.actor, fund) for fund in funds)


def holds_of(
    asking: Asking, thing: Bookable, wish: Wish, found: Quotation, reservation_id: int = 0
) -> Sequence[Wanted]:
    """What is to be held of each fund that is named, for its share of the price, in place of what is held now."""
    number = reservation_id or asking.apart_from
    held = {row.fund_id: row.amount_units for row in holding.held_for([(THING, number)])} if number else {}
    day = instant(wish.start).astimezone(thing.calendar.zone).date()
    classes = frozenset({thing.class_code} if thing.class_code else ())
    lines = frozenset(each.line.kind for each in found.shared.lines)
    place = Place(thing.institution_id, thing.lab_id, classes)
    return [
        Wanted(
            share.fund_id,
            (THING, number),
            asking.user,
            FundWish(
                place,
                day,
                found.total.currency,
                share.amount,
                lines,
                held.get(share.fund_id, 0),
                is_new=share.fund_id not in held,
            ),
        )
        for share in found.shares
        if share.fund_id is not None
    ]
