"""Take back that a payment pays a statement, and give back what was paid too much to the account that paid: finance alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from instruments.charges.closing.paying import (
    PAYER,
    key_of,
    no_day,
    on_account,
    post_payment,
    recorded_already,
)
from instruments.charges.payment_models import NETTING, REFUND, Payment, PaymentMatch
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.ledger import AccountKey, open_month, reverse
from instruments.funds.ledger_models import LedgerTransfer
from instruments.journal.record import record
from instruments.money import Money

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def unmatch(match_id: int, now: datetime, actor_id: int) -> None:
    """Take back that a payment pays a statement, inside a deed; the money stays the payer's, on account."""
    row = _the_match(match_id)
    payment = db.session.get_one(Payment, row.payment_id)
    lock_books([payment.creditor_id])
    if payment.kind == NETTING:
        raise Refusal([_netted()])
    if _the_match(match_id).undone_at is not None:
        raise Refusal([Reason("undone", None, N_("This was taken back already."))])
    db.session.execute(
        update(_MATCH).where(_MATCH.c.id == match_id).values(undone_at=now, undone_by_id=actor_id)
    )
    transfer = _TRANSFER.c
    stored = db.session.scalars(
        select(transfer.id).where(transfer.thing_kind == "payment_match", transfer.thing_id == match_id)
    ).all()
    if stored:
        month = open_month(payment.creditor_id, f"{payment.received_on:%Y-%m}")
        reverse(stored, "unmatched", now, month, actor_id)
    record(
        now=now, actor_id=actor_id, deed="payment.unmatched", thing=("payment", payment.id),
        institution_id=payment.creditor_id, detail={"statement_id": row.statement_id, "units": row.amount_units},
    )  # fmt: skip


def _netted() -> Reason:
    """Both sides settled it, so neither takes it back alone."""
    remedy = N_("Correct what is wrong with the charge: it comes on a later statement.")
    return Reason("netted", None, N_("It was netted, as both finance offices accepted."), {}, remedy)


def _the_match(match_id: int) -> Any:
    row = db.session.execute(select(_MATCH).where(_MATCH.c.id == match_id)).first()
    if row is None:
        raise NotFound([Reason("no_match", None, N_("There is no such payment."))])
    return row


def over(payment_id: int) -> int:
    """What of a payment pays nothing and was not given back, in minor units."""
    match, payment = _MATCH.c, _PAYMENT.c
    used = select(func.coalesce(func.sum(match.amount_units), 0)).where(
        match.payment_id == payment_id, match.undone_at.is_(None)
    )
    back = select(func.coalesce(func.sum(payment.amount_units), 0)).where(payment.refunds_id == payment_id)
    row = db.session.get_one(Payment, payment_id)
    return (
        row.amount_units
        - int(db.session.execute(used).scalar_one())
        - int(db.session.execute(back).scalar_one())
    )


def refund(payment_id: int, amount: Money, day: date, reference: str, now: datetime, actor_id: int) -> int:
    """Record that so much went back to the account that paid, inside a deed; the number of the refund.

    Raises Refusal where more is asked than is over.
    """
    row = db.session.get_one(Payment, payment_id)
    lock_books([row.creditor_id])
    left, said = over(payment_id), " ".join(reference.split())[:120]
    key = key_of(f"refund:{payment_id}:{day.isoformat()}:{said}:{amount.units}")
    reasons = [*no_day(row.creditor_id, day, now), *recorded_already(key)]
    if row.kind == NETTING:
        raise Refusal([_netted()])
    if row.kind == REFUND:
        reasons.append(Reason("is_refund", None, N_("A refund is not given back.")))
    if day < row.received_on:
        reasons.append(Reason("before_payment", "day", N_("The payment came only later than this day.")))
    if amount.currency != row.currency or amount.units > left:
        sentence = N_("At most %(left)s of it is over.")
        reasons.append(
            Reason("too_much", "amount", sentence, {"left": Money.from_units(max(left, 0), row.currency)})
        )
    if not said:
        reasons.append(
            Reason("no_reference", "reference", N_("Copy the bank’s reference, so that it is recorded once."))
        )
    if reasons:
        raise Refusal(reasons)
    values = {name: getattr(row, name) for name in PAYER} | {
        "creditor_id": row.creditor_id, "kind": REFUND, "currency": row.currency, "amount_units": amount.units,
        "received_on": day, "bank_account": row.bank_account, "reference": said, "refunds_id": payment_id,
        "key": key, "recorded_by_id": actor_id, "recorded_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PAYMENT).values(values).returning(_PAYMENT.c.id)).scalar_one())
    clearing = AccountKey("bank_clearing", row.creditor_id, row.currency)
    post_payment(on_account(row), clearing, amount.units, ("payment", number), day, now, actor_id)
    record(
        now=now, actor_id=actor_id, deed="payment.refunded", thing=("payment", payment_id),
        institution_id=row.creditor_id,
        detail={"units": amount.units, "currency": row.currency} | {name: getattr(row, name) for name in PAYER},
    )  # fmt: skip
    return number
