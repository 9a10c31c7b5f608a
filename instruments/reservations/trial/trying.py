"""Try a time on an instrument as somebody of another circle: how it would be answered, and what it would cost them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.money import Money
from instruments.people.customer import payer_of
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.standing_in import stand_in
from instruments.rates.estimating import Wanted, estimate
from instruments.rates.terms import MODES
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable
from instruments.reservations.judging import judge, wish_of
from instruments.reservations.payment import Payment
from instruments.reservations.who_asks import Asking
from instruments.timespan import Timespan


class Price(NamedTuple):
    """What it would cost in a way of use, without samples and items, and the key of the class that pays so."""

    mode: str
    customer_class: str
    total: Money


class Tried(NamedTuple):
    """How a time would be answered. reasons: all that stands against it; else whether the lab is asked, and the prices."""

    reasons: Sequence[Reason] = ()
    asks: bool = False
    prices: Sequence[Price] = ()


def somebody(actor: Actor | None, who: str, thing: Bookable) -> Actor:
    """Whom `who` names, for whoever sets the rules of this instrument. Raises Refusal."""
    if not may(actor, Action.RULES_EDIT, Scope(thing.institution_id, thing.lab_id)):
        sentence = N_("Only whoever sets the rules of an instrument sees it as others do.")
        raise Refusal([Reason("not_yours", "as", sentence)])
    return stand_in(who, db.session.get_one(Institution, thing.institution_id), [thing.lab_id])


def try_as(asker: Actor, thing: Bookable, start: datetime, end: datetime, now: datetime) -> Tried:
    """What this person would be told who asks for the time. Nothing is written."""
    wish = wish_of(start, end)
    try:
        # Nobody real is looked as, so nobody's funds are asked for.
        judge(wish, thing.id, Asking(asker, asker, payment=Payment(later=True)), now)
    except Refusal as refusal:
        return Tried(tuple(refusal.reasons))
    found = (
        (mode, estimate(thing.id, Timespan(start, end), Wanted(payer_of(asker), mode))) for mode in MODES
    )
    prices = [
        Price(mode, priced.customer.key, priced.quote.total)
        for mode, priced in found
        if priced.quote is not None
    ]
    return Tried(asks=bool(has_to_ask_for(thing, asker, wish)), prices=prices)
