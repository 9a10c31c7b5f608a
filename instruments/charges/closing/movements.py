"""What came in for a statement, pays it, and went back, row by row: for pages, papers and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, func, or_, select

from instruments.charges.closing.over import back_of, over_of, stands
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PAYMENT, REFUND, SET_OFF, Payment, PaymentMatch
from instruments.database import db

A_FEW = 50


def movements_of(statement_id: int) -> Sequence[Row[Any]]:
    """Payments that came in for a statement or pay it, and refunds and credits set off that stand on it, by day. One statement.

    Rows (payment_id, kind, match_id, day, bank_account, reference, proposal_id, received, pays, over): of a payment that came
    in for another statement, received is only what pays this one, and its rest is shown on the other. A refund's sum is its
    `received`, and so is that of a credit. recorded_for: the statement it came in for. gives_back: it lessens what this one
    owes back. Of what is set off, other_id, other_year, other_number and other_group_id are of the statement on the other
    side, and match_id is the match of either.
    """
    payment, match, other = Payment, PaymentMatch, Statement
    own = payment.statement_id == statement_id
    of_credit = own & (payment.kind == SET_OFF)
    set_off = payment.kind == SET_OFF
    asked = (
        select(
            payment.id.label("payment_id"), payment.kind, match.id.label("match_id"),
            payment.received_on.label("day"), payment.bank_account, payment.reference, payment.proposal_id,
            payment.statement_id.label("recorded_for"), payment.settles_credit,
            case((own, payment.amount_units), else_=match.amount_units).label("received"),
            case((of_credit, 0), else_=func.coalesce(match.amount_units, 0)).label("pays"),
            case((own & (payment.kind == PAYMENT), over_of(payment)), else_=0).label("over"),
            ((payment.kind == REFUND) | of_credit).label("gives_back"),
            other.id.label("other_id"), other.year.label("other_year"), other.number.label("other_number"),
            other.payer_group_id.label("other_group_id"),
        )
        .outerjoin(
            match,
            (match.payment_id == payment.id) & ((match.statement_id == statement_id) | of_credit) & match.undone_at.is_(None),
        )
        .outerjoin(other, set_off & (other.id == case((own, match.statement_id), else_=payment.statement_id)))
        .where(or_(own, payment.id.in_(_paying(statement_id))), stands(payment))
        .order_by(payment.received_on, payment.id)
    )  # fmt: skip
    return db.session.execute(asked).all()


def _paying(statement_id: int) -> Any:
    match = PaymentMatch
    return select(match.payment_id).where(match.statement_id == statement_id, match.undone_at.is_(None))


def of_payer(row: Any) -> list[Any]:
    """The conditions that a payment is of the payer of a statement, to the same institution and in its currency."""
    payment = Payment
    return [
        payment.creditor_id == row.creditor_id,
        payment.currency == row.currency,
        payment.payer_institution_id.is_not_distinct_from(row.payer_institution_id),
        payment.payer_person_id.is_not_distinct_from(row.payer_person_id),
        payment.programme_id.is_not_distinct_from(row.programme_id),
    ]


def on_account_of(row: Any) -> Sequence[Row[Any]]:
    """Payments of the payer of a statement of which something is over, the oldest first.

    Rows (id, day, bank_account, reference, over).
    """
    payment = Payment
    left = over_of(payment)
    asked = (
        select(payment.id, payment.received_on.label("day"), payment.bank_account, payment.reference, left.label("over"))
        .where(*of_payer(row), payment.kind == PAYMENT, left > 0)
        .order_by(payment.received_on, payment.id)
        .limit(A_FEW)
    )  # fmt: skip
    return db.session.execute(asked).all()


def accounts_that_paid(row: Any) -> Sequence[Row[Any]]:
    """Payments to whose account what a statement owes back can go, the newest first: rows as `on_account_of`, over: how much."""
    payment = Payment
    left = payment.amount_units - back_of(payment, False) - back_of(payment, True)
    asked = (
        select(payment.id, payment.received_on.label("day"), payment.bank_account, payment.reference, left.label("over"))
        .where(*of_payer(row), payment.kind == PAYMENT, left > 0)
        .order_by(payment.received_on.desc(), payment.id.desc())
        .limit(A_FEW)
    )  # fmt: skip
    return db.session.execute(asked).all()
