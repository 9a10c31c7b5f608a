"""Who sees which statements, and statements with what is open on them, read for pages and programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Text, cast, false, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.models import Charge, ChargeLine
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.charges.sight import FINANCE, OF_GROUP, OF_PAYER, scopes
from instruments.charges.states import DISPUTED
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution
from instruments.people.rights import Actor, Role

_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_CHARGE: Any = Charge.__table__
_CHARGE_LINE: Any = ChargeLine.__table__
_MATCH: Any = PaymentMatch.__table__
A_PAGE = 50
LONGEST_NUMBER = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the sum due was paid, and what of it is in dispute, in minor units."""

    due: int
    paid: int
    disputed: int
    due_on: date

    @property
    def left(self) -> int:
        """What is still to be paid; below zero where it is owed back."""
        return self.due - self.paid

    def overdue(self, today: date) -> int:
        """What is late on a day: what is in dispute is not."""
        return max(self.left - self.disputed, 0) if today > self.due_on else 0


class Sums(NamedTuple):
    """What statements come to in a currency, in minor units."""

    currency: str
    total: int
    due: int
    paid: int


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition that a statement may be seen: as its payer, or as the finance of the institution it is from."""
    one = _STATEMENT.c
    seen = or_(
        one.payer_person_id == actor.person_id,
        one.payer_group_id.in_(scopes(actor, *OF_GROUP)),
        one.payer_institution_id.in_(scopes(actor, *OF_PAYER)),
        one.creditor_id.in_(scopes(actor, *FINANCE)),
    )
    return one.issued.is_(True) & seen


def mine(actor: Actor) -> ColumnElement[bool]:
    """The condition that somebody pays a statement: themselves, their group, their company or institution."""
    one = _STATEMENT.c
    payer = or_(
        one.payer_person_id == actor.person_id,
        one.payer_group_id.in_(scopes(actor, *OF_GROUP)),
        one.payer_institution_id.in_(scopes(actor, *OF_PAYER))
        & (one.payer_institution_id != one.creditor_id),
    )
    return one.issued.is_(True) & payer


def is_own(actor: Actor, row: Any) -> bool:
    """Whether it is the actor's own money: such a look is not noted."""
    return (
        row.payer_person_id == actor.person_id
        or row.payer_group_id in scopes(actor, *OF_GROUP)
        or row.payer_institution_id in scopes(actor, Role.COMPANY_MANAGER)
    )


def the_statement(actor: Actor, statement_id: int) -> Statement:
    """A statement that the actor may see; NotFound as for none where they may not."""
    asked = select(Statement).where(_STATEMENT.c.id == statement_id, visible(actor))
    found = db.session.execute(asked).scalar()
    if found is None:
        raise NotFound([Reason("no_statement", None, N_("There is no such statement."))])
    return found


def standings(rows: Collection[Any]) -> dict[int, Standing]:
    """How far these statements are paid. Two statements, however many there are."""
    numbers = [row.id for row in rows]
    match, line = _MATCH.c, _LINE.c
    paid = _sums(
        select(match.statement_id, func.sum(match.amount_units))
        .where(match.statement_id.in_(numbers), match.undone_at.is_(None))
        .group_by(match.statement_id)
    )
    disputed = _sums(
            select(line.statement_id, func.sum(line.amount_units))
            .join(_CHARGE, _CHARGE.c.id == line.charge_id)
            .where(
                line.statement_id.in_(numbers), _CHARGE.c.state == DISPUTED, line.amount_units > 0,
                line.route.in_(("receivable", "claim")),
            )
            .group_by(line.statement_id)
    )  # fmt: skip
    return {
        row.id: Standing(row.due_units, paid.get(row.id, 0), disputed.get(row.id, 0), row.due_on)
        for row in rows
    }


def _sums(asked: Any) -> dict[Any, int]:
    return {number: int(units) for number, units in db.session.execute(asked)}


def listed(where: ColumnElement[bool], before: tuple[str, int] | None, limit: int) -> Sequence[Row[Any]]:
    """Statements, newest month first, with the names of who writes them; before: (month, id) of the last one seen."""
    one = _STATEMENT.c
    asked = (
        select(_STATEMENT, Institution.name_en.label("creditor_en"), Institution.name_zh.label("creditor_zh"))
        .join(Institution, Institution.id == one.creditor_id)
        .where(where)
        .order_by(one.month.desc(), one.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(tuple_(one.month, one.id) < before)
    return db.session.execute(asked).all()


def fitting(words: str, with_left: bool) -> ColumnElement[bool]:
    """The condition that a statement fits what is looked for: its number, or its payer's name; with something left to pay."""
    one, match = _STATEMENT.c, _MATCH.c
    found: ColumnElement[bool] = true()
    if words:
        year, _, number = words.partition("-")
        named = cast(one.payer, Text).icontains(words, autoescape=True)
        found = named | (
            (one.year == int(year)) & (one.number == int(number))
            if _is_number(year) and _is_number(number)
            else one.number == int(words)
            if _is_number(words)
            else false()
        )
    if with_left:
        paid = select(func.coalesce(func.sum(match.amount_units), 0)).where(
            match.statement_id == one.id, match.undone_at.is_(None)
        )
        found &= one.due_units > paid.scalar_subquery()
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


def sums_of(closing_id: int) -> list[Sums]:
    """What the statements of a month come to, by currency. Two statements."""
    one, match = _STATEMENT.c, _MATCH.c
    paid = _sums(
        select(one.currency, func.sum(match.amount_units))
        .join(_STATEMENT, one.id == match.statement_id)
        .where(one.closing_id == closing_id, match.undone_at.is_(None))
        .group_by(one.currency)
    )
    rows = db.session.execute(
        select(one.currency, func.sum(one.total_units), func.sum(one.due_units))
        .where(one.closing_id == closing_id)
        .group_by(one.currency)
        .order_by(one.currency)
    )
    return [Sums(row[0], int(row[1]), int(row[2]), paid.get(row[0], 0)) for row in rows]


def lines_of(statement_id: int, after: int = 0, limit: int | None = None) -> Sequence[Row[Any]]:
    """The lines of a statement in their order, with the state of each charge as it now is."""
    asked = (
        select(_LINE, _CHARGE.c.state, _CHARGE.c.month.label("posted_in"))
        .join(_CHARGE, _CHARGE.c.id == _LINE.c.charge_id)
        .where(_LINE.c.statement_id == statement_id, _LINE.c.position > after)
        .order_by(_LINE.c.position)
        .limit(limit)
    )
    return db.session.execute(asked).all()


def chains(charge_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """By charge, the lines that say why it costs that. One statement."""
    line = _CHARGE_LINE.c
    asked = select(_CHARGE_LINE).where(line.charge_id.in_(charge_ids)).order_by(line.charge_id, line.position)
    found: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(asked):
        found.setdefault(row.charge_id, []).append(row)
    return found


def payments_of(statement_id: int) -> Sequence[Row[Any]]:
    """What pays a statement: rows (id, payment_id, amount_units, received_on, bank_account, reference, proposal_id, over)."""
    match, payment = _MATCH.c, Payment
    each = aliased(PaymentMatch)
    used = select(func.coalesce(func.sum(each.amount_units), 0)).where(
        each.payment_id == payment.id, each.undone_at.is_(None)
    )
    other = aliased(Payment)
    back = select(func.coalesce(func.sum(other.amount_units), 0)).where(other.refunds_id == payment.id)
    asked = (
        select(
            match.id, match.payment_id, match.amount_units, payment.received_on, payment.bank_account, payment.reference,
            payment.proposal_id,
            (payment.amount_units - used.correlate(payment).scalar_subquery()
             - back.correlate(payment).scalar_subquery()).label("over"),
        )
        .join(payment, payment.id == match.payment_id)
        .where(match.statement_id == statement_id, match.undone_at.is_(None))
        .order_by(payment.received_on, match.id)
    )  # fmt: skip
    return db.session.execute(asked).all()
