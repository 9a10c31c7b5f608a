"""What of a payment pays nothing and was not given back: it stays the payer's, on account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from instruments.charges.payment_models import SET_OFF, Payment, PaymentMatch
from instruments.database import db


def used_of(payment: Any) -> Any:
    """What of a payment (an entity of a query) pays statements, as an expression."""
    match = aliased(PaymentMatch)
    asked = select(func.coalesce(func.sum(match.amount_units), 0)).where(
        match.payment_id == payment.id, match.undone_at.is_(None)
    )
    return asked.correlate(payment).scalar_subquery()


def back_of(payment: Any, credits: bool) -> Any:
    """What went back to its account, as an expression: of itself, or of what statements owed back (credits)."""
    back = aliased(Payment)
    asked = select(func.coalesce(func.sum(back.amount_units), 0)).where(
        back.refunds_id == payment.id, back.settles_credit.is_(credits)
    )
    return asked.correlate(payment).scalar_subquery()


def stands(payment: Any) -> Any:
    """The condition that it (an entity of a query) was not taken back: what is set off stands as long as its match does."""
    match = aliased(PaymentMatch)
    asked = select(match.id).where(match.payment_id == payment.id, match.undone_at.is_(None))
    return (payment.kind != SET_OFF) | asked.correlate(payment).exists()


def over_of(payment: Any) -> Any:
    """What of it is over, as an expression."""
    return payment.amount_units - used_of(payment) - back_of(payment, credits=False)


def over(payment_id: int) -> int:
    """What of a payment is over, in minor units."""
    return int(db.session.execute(select(over_of(Payment)).where(Payment.id == payment_id)).scalar_one())


def left_to_refund(payment_id: int, settles_credit: bool) -> int:
    """How much can still go back to the account that paid: of what is over, or of what a statement owes back.

    In all it is never more than came in.
    """
    one = Payment
    asked = select(one.amount_units - back_of(one, False) - back_of(one, True), over_of(one))
    whole, unused = db.session.execute(asked.where(one.id == payment_id)).one()
    return int(whole if settles_credit else min(whole, unused))
