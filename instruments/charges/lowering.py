"""Charge less than was charged: of what is posted a reversal and a new entry, linked; a draft comes to less, and stays one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update

from instruments.charges.correcting import lines_of_charge, payers_of_charge, remade
from instruments.charges.entered import carried_along
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.recharging import enter_again
from instruments.charges.reversing import the_charge
from instruments.charges.subsidies import terms_of_charge, terms_of_draft
from instruments.charges.taken_off import TakenOff, taken_off_of, without
from instruments.charges.writing import rewrite
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.money import Money
from instruments.rates.lines import sum_of

_CHARGE: Any = Charge.__table__


class Disputed(NamedTuple):
    """What a dispute is about: the whole charge, or one line by its place and kind; left: what can be taken off."""

    left: Money
    position: int | None = None
    kind: str = ""


def disputed(row: Any, position: int | None) -> Disputed:
    """What is left of a charge (its row), or of one of its lines after what was taken off of that, or of its kind, before.

    A line that adds nothing to the charge is told from the whole by nothing that could be taken off: it stands for the whole.
    """
    whole = Money.from_units(row.total_units, row.currency)
    lines = lines_of_charge(row.id, row.currency)
    if (
        position is None
        or not 0 <= position < len(lines)
        or (line := lines[position].line).amount.amount <= 0
    ):
        return Disputed(whole)
    before = sum(
        each.units
        for each in taken_off_of([row.id]).get(row.id, ())
        if (each.position, each.kind) == (position, line.kind)
    )
    of_kind = sum_of((each.line for each in lines), row.currency, line.kind)
    left = min(line.amount - Money.from_units(before, row.currency), of_kind, whole)
    return Disputed(max(left, Money.none(row.currency)), position, line.kind)


def lower(
    row: Any, about: Disputed, less: Money, reason: str, now: datetime, actor_id: int,
    second_id: int | None = None,
) -> int:  # fmt: skip
    """Charge so much less for a charge (its row, which nobody disputes any more), inside a deed that holds the lock of the
    institution; the number of the charge that stands.

    What is posted is reversed and entered again; second_id: who agreed to it, which is kept with that entry. A draft is
    rewritten: it is posted when its use is confirmed. Raises Refusal with every reason.
    """
    if reasons := list(too_much(row, about, less)):
        raise Refusal(reasons)
    row = the_charge(row.id)
    terms = terms_of_draft(row) if row.posted_at is None else terms_of_charge(row.id)
    lines = without(
        lines_of_charge(row.id, row.currency), [TakenOff(less.units, reason, about.kind)], row.currency
    )
    made = remade(row, lines, payers_of_charge(row.id), terms)
    if row.posted_at is None:
        rewrite({row.id: made})
        return int(row.id)
    number = enter_again(row.id, made, reason, now, actor_id)
    if second_id is not None:
        db.session.execute(update(_CHARGE).where(_CHARGE.c.id == number).values(approved_by_id=second_id))
    post_charges([number], now, actor_id)
    carried_along([number], now)
    return number


def too_much(row: Any, about: Disputed, less: Money) -> Iterator[Reason]:
    """Every reason why so much cannot be taken off a charge (its row), or off the line that is disputed."""
    if less.currency != row.currency:
        sentence = N_("It is charged in %(currency)s.")
        yield Reason("other_currency", "less", sentence, {"currency": row.currency})
    elif less.amount <= 0:
        yield Reason("no_amount", "less", N_("Enter an amount above zero."))
    elif less > about.left and about.position is not None:
        sentence = N_("Line %(number)s comes to %(most)s, so at most that much less.")
        yield Reason("too_much", "less", sentence, {"number": about.position + 1, "most": about.left})
    elif less > about.left:
        yield Reason(
            "too_much", "less", N_("It comes to %(most)s, so at most that much less."), {"most": about.left}
        )
