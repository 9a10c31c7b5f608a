"""What a lab took off a charge when it answered a dispute: it stays off when the charge is entered again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instruments.charges.correcting import lines_of_charge, remade
from instruments.charges.pricing import Payer, Priced
from instruments.charges.writing import Draft
from instruments.errors import N_, Reason
from instruments.funds.sharing import ClassLine, Terms, lessened
from instruments.money import Money, total


def without_what_was_taken_off(
    row: Any, made: Draft, priced: Priced, payers: Sequence[tuple[Payer, int]], programmes: Sequence[Terms]
) -> Draft:
    """What a charge (its row) now comes to, less what was taken off of it before; payers: each with its weight."""
    taken_off = _taken_off(row)
    if not taken_off.amount:
        return made
    lines = [*priced.shared.lines, *_less(priced, taken_off)]
    other = remade(row, lines, payers, programmes)
    return Draft({**made.values, **other.values}, other.lines, other.shares)


def is_adjusted(each: ClassLine) -> bool:
    """Whether a line is what was taken off."""
    return any(reason.code == "adjusted" for reason in each.line.why)


def _taken_off(row: Any) -> Money:
    lines = lines_of_charge(row.id, row.currency)
    return -total((each.line.amount for each in lines if is_adjusted(each)), row.currency)


def _less(priced: Priced, taken_off: Money) -> Sequence[ClassLine]:
    why = (Reason("adjusted", None, N_("Taken off before: %(less)s"), {"less": taken_off}),)
    less = min(taken_off.units, priced.shared.total.units)
    if not less:
        return ()
    return list(lessened(priced.shared.lines, Money.from_units(less, priced.currency), why))
