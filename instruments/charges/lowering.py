"""Charge less than was charged: a reversal and a new entry, linked, with who and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.charges.correcting import lines_of_charge, payers_of_charge, remade
from instruments.charges.entered import carried_along
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.recharging import enter_again
from instruments.charges.reversing import the_charge
from instruments.charges.states import DRAFT
from instruments.charges.subsidies import terms_of_charge
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds.sharing import lessened
from instruments.money import Money

_CHARGE: Any = Charge.__table__
ADJUSTED = N_("Less by %(less)s: %(reason)s")


def lower(
    charge_id: int, less: Money, reason: str, now: datetime, actor_id: int, second_id: int | None = None
) -> int:
    """Charge so much less, inside a deed that holds the lock of the institution; the number of the entry that replaces it.

    second_id: who agreed to it as the second person, which is kept with that entry.
    What is a draft is posted first, so that both stand in the books. Raises Refusal with every reason.
    """
    row = the_charge(charge_id)
    if reasons := list(too_much(row, less)):
        raise Refusal(reasons)
    if row.state == DRAFT:
        post_charges([charge_id], now, actor_id)
    lines = lines_of_charge(charge_id, row.currency)
    why = (Reason("adjusted", None, ADJUSTED, {"less": less, "reason": reason}),)
    terms = terms_of_charge(charge_id)
    made = remade(row, [*lines, *lessened(lines, less, why)], payers_of_charge(charge_id), terms)
    number = enter_again(charge_id, made, reason, now, actor_id)
    if second_id is not None:
        db.session.execute(update(_CHARGE).where(_CHARGE.c.id == number).values(approved_by_id=second_id))
    post_charges([number], now, actor_id)
    carried_along([number], now)
    return number


def too_much(row: Any, less: Money) -> Iterator[Reason]:
    """Every reason why so much cannot be taken off a charge (its row)."""
    if less.currency != row.currency:
        sentence = N_("It is charged in %(currency)s.")
        yield Reason("other_currency", "less", sentence, {"currency": row.currency})
    elif less.amount <= 0:
        yield Reason("no_amount", "less", N_("Enter an amount above zero."))
    elif less.units > row.total_units:
        most = Money.from_units(row.total_units, row.currency)
        yield Reason(
            "too_much", "less", N_("It comes to %(most)s, so at most that much less."), {"most": most}
        )
