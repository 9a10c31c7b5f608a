"""What came in for a statement, pays it, and went back, row by row: for pages, papers and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, func, or_, select

from instruments.charges.closing.over import back_of, over_of
from instruments.charges.payment_models import NETTING, REFUND, Payment, PaymentMatch
from instruments.database import db

A_FEW = 50


def movements_of(statement_id: int) -> Sequence[Row[Any]]:
    """Payments that came in for a statement or pay it, and refunds that stand on it, by day. One statement.

    Rows (payment_id, kind, match_id, day, bank_account, reference, proposal_id, received, pays, over): of a payment that came
    in for another statement, received is only what pays this one, and its rest is shown on the other. A refund's sum is its
    `received`. recorded_for: the statement it came in for.
    """
    payment, match = Payment, PaymentMatch
    own = payment.statement_id == statement_id
    asked = (
        select(
            payment.id.label("payment_id"), payment.kind, match.id.label("match_id"),
            payment.received_on.label("day"), payment.bank_account, payment.reference, payment.proposal_id,
            payment.statement_id.label("recorded_for"), payment.settles_credit,
            case((own, payment.amount_units), else_=match.amount_units).label("received"),
            func.coalesce(match.amount_units, 0).label("pays"),
            case((own & (payment.kind != REFUND), over_of(payment)), else_=0).label("over"),
        )
        .outerjoin(
            match,
            (match.payment_id == payment.id) & (match.statement_id == statement_id) & match.undone_at.is_(None),
        )
        .where(or_(own, payment.id.in_(_paying(statement_id))))
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
        .where(*of_payer(row), payment.kind.not_in((REFUND, NETTING)), left > 0)
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
        .where(*of_payer(row), payment.kind.not_in((REFUND, NETTING)), left > 0)
        .order_by(payment.received_on.desc(), payment.id.desc())
        .limit(A_FEW)
    )  # fmt: skip
    return db.session.execute(asked).all()
