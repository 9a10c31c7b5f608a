"""What labs took off charges when they answered disputes: it stays off whenever a charge is drafted or entered again.

A dispute keeps what its answer took off. It counts for the draft that it is about, and for whatever replaces what it is about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.charges.dispute_models import Dispute
from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge
from instruments.charges.pricing import Priced, ToPrice, share_of
from instruments.charges.states import NAMES
from instruments.errors import N_, Reason
from instruments.funds.sharing import PAYER, ClassLine, lessened, shared_again
from instruments.funds.words import LINES
from instruments.money import Money, total

_CHARGE: Any = Charge.__table__
_DISPUTE: Any = Dispute.__table__
WHOLE = N_("Less by %(less)s: %(reason)s")
OF_LINE = N_("%(line)s, less by %(less)s: %(reason)s")
# As lines said it that were written when a charge was entered again, before each kept its own reason.
BEFORE = N_("Taken off before: %(less)s")


class TakenOff(NamedTuple):
    """So many minor units, why, and off which kind of line first; of no kind: off the whole. position: which line it was."""

    units: int
    reason: str
    kind: str = ""
    position: int | None = None


def taken_off_of(charge_ids: Collection[int]) -> dict[int, list[TakenOff]]:
    """What is taken off each of these charges; those of which nothing is are left out. Few statements, however many they are."""
    heirs = {number: [number] for number in charge_ids}
    found: dict[int, list[TakenOff]] = {}
    for row in _answers(_with_replaced(heirs)):
        # What an answer took off a posted charge is off what replaced it, not off that one itself.
        for number in heirs[row.charge_id]:
            if number != row.charge_id or row.result_id == number:
                each = TakenOff(row.less_units, row.answer, row.line_kind, row.position)
                found.setdefault(number, []).append(each)
    return found


def answers_that_count(charge_id: int) -> list[int]:
    """The numbers of the disputes whose answers took something off a charge, in order."""
    heirs = {charge_id: [charge_id]}
    return [
        row.id
        for row in _answers(_with_replaced(heirs))
        if row.charge_id != charge_id or row.result_id == charge_id
    ]


def _with_replaced(heirs: dict[int, list[int]]) -> dict[int, list[int]]:
    """Put what these charges replace, and what that replaced, beside them, each with those that stand in its place."""
    charge, new = _CHARGE.c, list(heirs)
    while new:
        asked = select(charge.id, charge.corrects_id).where(charge.corrects_id.is_not(None))
        rows = rows_among(asked, charge.id, new)
        for row in rows:
            heirs.setdefault(row.corrects_id, []).extend(heirs[row.id])
        new = [row.corrects_id for row in rows]
    return heirs


def _answers(charge_ids: Collection[int]) -> Sequence[Any]:
    said = _DISPUTE.c
    asked = select(
        said.id, said.charge_id, said.result_id, said.less_units, said.line_kind, said.position, said.answer
    )
    return rows_among(asked.where(said.less_units.is_not(None)).order_by(said.id), said.charge_id, charge_ids)


def without(lines: Sequence[ClassLine], taken_off: Sequence[TakenOff], currency: str) -> list[ClassLine]:
    """Lines, and after them what was taken off of these, one after the other, never more than there is."""
    found = list(lines)
    for each in taken_off:
        left = total((one.line.amount for one in found), currency)
        less = Money.from_units(min(each.units, left.units), currency)
        if less.amount > 0:
            found += lessened(found, less, (why(less, each.reason, each.kind),), each.kind)
    return found


def priced_without(thing: ToPrice, priced: Priced, taken_off: Sequence[TakenOff]) -> Priced:
    """What a use comes to, less what was taken off of its charge; the original terms of programmes apply to what is left."""
    if not taken_off:
        return priced
    lines = without(priced.shared.lines, taken_off, priced.currency)
    payers = [share.part.amount.units for share in priced.shares if share.part.role == PAYER]
    weights = [Fraction(units) for units in payers]
    if not any(weights):
        weights = [Fraction(payer.percent) for payer in thing.payers]
    shared = shared_again(lines, weights, priced.currency, thing.programmes)
    shares = tuple(share_of(part, thing.payers, thing.institution_id) for part in shared.parts)
    return Priced(shared, shares, priced.currency)


def why(less: Money, reason: str, kind: str = "") -> Reason:
    """The sentence of a line that takes something off, by its code."""
    values = {"less": less, "reason": reason}
    if not kind:
        return Reason("adjusted", None, WHOLE, values)
    return Reason("adjusted", None, OF_LINE, {**values, "line": kind_of_line(kind)})


def kind_of_line(kind: str) -> Reason:
    """What a kind of line is called, to be said in the reader's language."""
    return Reason("line", None, LINES.get(kind) or NAMES.get(kind, kind))
