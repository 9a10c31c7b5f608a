"""How far statements are paid: what came in for them, pays them or others, went back, and what is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from instruments.charges.closing.over import stands
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.models import Charge
from instruments.charges.payment_models import PAYMENT, REFUND, SET_OFF, Payment, PaymentMatch
from instruments.charges.states import DISPUTED
from instruments.database import db

_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_CHARGE: Any = Charge.__table__
_MATCH: Any = PaymentMatch.__table__
_PAYMENT: Any = Payment.__table__


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the sum due was paid, what of it is in dispute, and what came in and went back, in minor units.

    received: for this statement in all; of it elsewhere pays other statements, and on_account nothing. given_back: what
    went back to the account that paid. set_off: of what it owes back what pays other statements, or below zero what of
    theirs pays it. due − received + elsewhere + given_back + on_account + set_off is left.
    """

    due: int
    paid: int
    disputed: int
    due_on: date
    received: int = 0
    elsewhere: int = 0
    given_back: int = 0
    on_account: int = 0
    set_off: int = 0

    @property
    def left(self) -> int:
        """What is still to be paid; below zero where it is owed back."""
        return self.due - self.received + self.elsewhere + self.given_back + self.on_account + self.set_off

    def overdue(self, today: date) -> int:
        """What is late on a day: what is in dispute is not."""
        return max(self.left - self.disputed, 0) if today > self.due_on else 0


class Sums(NamedTuple):
    """What statements come to in a currency, in minor units; given_back: of what some of them owed back, what is set off too."""

    currency: str
    total: int
    due: int
    paid: int
    given_back: int

    @property
    def left(self) -> int:
        """What is still to be paid on all of them."""
        return self.due - self.paid + self.given_back


def standings(rows: Collection[Any]) -> dict[int, Standing]:
    """How far these statements are paid. Four statements, however many there are."""
    numbers = [row.id for row in rows]
    line = _LINE.c
    disputed = _sums(
            select(line.statement_id, func.sum(line.amount_units))
            .join(_CHARGE, _CHARGE.c.id == line.charge_id)
            .where(
                line.statement_id.in_(numbers), _CHARGE.c.state == DISPUTED, line.amount_units > 0,
                line.route.in_(("receivable", "claim")),
            )
            .group_by(line.statement_id)
    )  # fmt: skip
    moved = _moved(numbers)
    return {
        row.id: Standing(row.due_units, disputed=disputed.get(row.id, 0), due_on=row.due_on, **moved[row.id])
        for row in rows
    }


def disputed_back(statement_id: int) -> int:
    """What is in dispute of what a statement owes back, in minor units."""
    line = _LINE.c
    asked = (
        select(func.coalesce(func.sum(-line.amount_units), 0))
        .join(_CHARGE, _CHARGE.c.id == line.charge_id)
        .where(line.statement_id == statement_id, _CHARGE.c.state == DISPUTED, line.amount_units < 0)
    )
    return int(db.session.execute(asked).scalar_one())


def _moved(numbers: Collection[int]) -> dict[int, dict[str, int]]:
    """By statement, what came in for it, pays it and others, went back, or pays nothing yet."""
    match, payment = _MATCH.c, _PAYMENT.c
    own = case((payment.statement_id == match.statement_id, match.amount_units), else_=0)
    of_credit = case((payment.kind == SET_OFF, match.amount_units), else_=0)
    paying = db.session.execute(
        select(match.statement_id, func.sum(match.amount_units), func.sum(own), func.sum(of_credit))
        .join(_PAYMENT, payment.id == match.payment_id)
        .where(match.statement_id.in_(numbers), match.undone_at.is_(None))
        .group_by(match.statement_id)
    )
    paid = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in paying}
    pays_others = db.session.execute(
        select(payment.statement_id, func.sum(match.amount_units), func.sum(of_credit))
        .join(_MATCH, match.payment_id == payment.id)
        .where(
            payment.statement_id.in_(numbers), match.statement_id != payment.statement_id, match.undone_at.is_(None)
        )
        .group_by(payment.statement_id)
    )  # fmt: skip
    others = {row[0]: (int(row[1]), int(row[2])) for row in pays_others}
    asked = select(payment.statement_id, payment.kind, payment.settles_credit, func.sum(payment.amount_units))
    came = {
        row[:3]: int(row[3])
        for row in db.session.execute(
            asked.where(payment.statement_id.in_(numbers)).group_by(
                payment.statement_id, payment.kind, payment.settles_credit
            )
        )
    }
    return {
        number: _one(number, paid.get(number, (0, 0, 0)), others.get(number, (0, 0)), came)
        for number in numbers
    }


def _one(
    number: int, paid: tuple[int, int, int], others: tuple[int, int], came: Mapping[Any, int]
) -> dict[str, int]:
    """paid: what pays it, of that what came in for it, and what is set off; others: what of its own pays others, and of that
    what it owes back."""
    (pays, own, by_credits), (of_all, of_credit) = paid, others
    received, back = came.get((number, PAYMENT, False), 0), came.get((number, REFUND, False), 0)
    elsewhere = of_all - of_credit
    return {
        "paid": pays,
        "received": received + pays - own - by_credits,
        "elsewhere": elsewhere,
        "given_back": back + came.get((number, REFUND, True), 0),
        "on_account": received - own - elsewhere - back,
        "set_off": of_credit - by_credits,
    }


def _sums(asked: Any) -> dict[Any, int]:
    return {number: int(units) for number, units in db.session.execute(asked)}


def sums_of(which: ColumnElement[bool]) -> list[Sums]:
    """What statements come to, by currency. Three statements."""
    one, match = _STATEMENT.c, _MATCH.c
    paid = _sums(
        select(one.currency, func.sum(match.amount_units))
        .join(_STATEMENT, one.id == match.statement_id)
        .where(which, match.undone_at.is_(None))
        .group_by(one.currency)
    )
    back = _sums(
        select(one.currency, func.sum(Payment.amount_units))
        .join(_STATEMENT, one.id == Payment.statement_id)
        .where(which, Payment.settles_credit, stands(Payment))
        .group_by(one.currency)
    )
    rows = db.session.execute(
        select(one.currency, func.sum(one.total_units), func.sum(one.due_units))
        .where(which)
        .group_by(one.currency)
        .order_by(one.currency)
    )
    return [Sums(row[0], int(row[1]), int(row[2]), paid.get(row[0], 0), back.get(row[0], 0)) for row in rows]
