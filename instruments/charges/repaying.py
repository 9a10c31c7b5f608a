"""What a charge comes to where somebody else bears all of it, at the price of that payer's own class; and charging it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.charges import feeing
from instruments.charges.correcting import payers_of_charge
from instruments.charges.drafting import Ready, key_of, of_use, without
from instruments.charges.entered import carried_along
from instruments.charges.gathering import ALL, funds_of, gather, with_fund
from instruments.charges.naming import COLUMNS, FUND, class_on, keep_payer
from instruments.charges.posting import post_charges
from instruments.charges.pricing import Payer, Priced, ToPrice, price
from instruments.charges.recharging import enter_again
from instruments.charges.states import USE
from instruments.charges.taken_off import taken_off_of
from instruments.charges.writing import Draft, rewrite
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds.holding import release
from instruments.funds.sharing import Terms
from instruments.rates.finding import terms_of_many
from instruments.reservations.price_models import ReservationPrice

_PRICE: Any = ReservationPrice.__table__


def payer_for(row: Any, kind: str, number: int) -> Payer:
    """A fund, an institution or a person as who pays a charge (its row), of the class it would have had on that day."""
    customer_class = class_on(kind, number, row.instrument_id, row.service_on, _mode(row))
    if kind == FUND:
        return with_fund(funds_of([number])[number], ALL, customer_class)
    institution, person = (number, None) if COLUMNS[kind] == "payer_institution_id" else (None, number)
    return Payer(ALL, customer_class, institution, person)


def comes_to(row: Any, payer: Payer, now: datetime) -> Draft:
    """What a charge of a use or a fee comes to for this payer alone; what the lab took off of it stays off.

    Raises Refusal where the prices that bound it say nothing for the payer's class or currency.
    """
    off = taken_off_of([row.id]).get(row.id, ())
    if row.kind != USE:
        return feeing.for_payer(row, payer, now, off)
    found = [thing for thing in gather([row.use_id]).things if thing.customer == row.customer]
    if not found:
        raise Refusal([Reason("not_standing", None, N_("The use is not over, or was undone."))])
    thing = replace(found[0], payers=(payer,), programmes=_programmes(row, found[0], payer))
    ready = Ready(thing, _priced(thing, payer))
    return of_use(without(ready, off), key_of(ready))


def charge_to(row: Any, payer: Payer, made: Draft, reason: str, now: datetime, actor_id: int) -> int:
    """Have this payer bear it, inside a deed that holds the lock of its institution; the number of the charge that stands.

    A draft is rewritten; a fee that only waited for its payer is posted. What is posted is reversed and entered again, with
    what was entered by hand about it. A later correction of the use keeps the payer.
    """
    if row.kind == USE:
        named = (
            {"fund_id": payer.fund_id} if payer.fund_id else {"payer_institution_id": payer.institution_id}
        )
        if payer.person_id is not None:
            named = {"payer_person_id": payer.person_id}
        keep_payer(row.use_id, row.customer, named, payer.customer_class, actor_id, now)
    if row.posted_at is not None:
        number = enter_again(row.id, made, reason, now, actor_id)
        post_charges([number], now, actor_id)
        carried_along([number], now)
        return number
    rewrite({row.id: made})
    if row.kind == USE:
        # Nothing is held any more of the fund that does not pay; of the new one it is taken when it is posted.
        release([("reservation", row.reservation_id)] if row.reservation_id else [], now, actor_id)
    else:
        post_charges([row.id], now, actor_id)
    return int(row.id)


def _mode(row: Any) -> str:
    bound = db.session.scalar(select(_PRICE.c.mode).where(_PRICE.c.reservation_id == row.reservation_id))
    if bound is not None or row.use_id is None:
        return str(bound or "self")
    return next((thing.mode for thing in gather([row.use_id]).things), "self")


def _priced(thing: ToPrice, payer: Payer) -> Priced:
    key = (thing.version_id or 0, payer.customer_class, thing.mode)
    return price(thing, {each: terms.card for (_, each, _), terms in terms_of_many({key}).items()})


def _programmes(row: Any, thing: ToPrice, payer: Payer) -> Sequence[Terms]:
    """What programmes bear they bear for the first payer, and for nobody else."""
    first = next((each for each, _ in payers_of_charge(row.id)), None)
    same = first is not None and (first.institution_id, first.person_id) == (
        payer.institution_id,
        payer.person_id,
    )
    return thing.programmes if same else ()
