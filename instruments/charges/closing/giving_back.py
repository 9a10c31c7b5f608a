"""Take back that a payment pays a statement, and record what went back to the account that paid: finance alone.

Back goes what is over of a payment, or what a statement owes back because its charges were corrected after they were paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, false, insert, or_, select, update

from instruments.charges.closing.over import left_to_refund
from instruments.charges.closing.parts import Parts, keep_parts, parts_of
from instruments.charges.closing.payer_accounts import (
    PAYER,
    books_of,
    credit_account,
    on_account,
    other_payer,
    post_in_books_of_payer,
    post_payment,
)
from instruments.charges.closing.paying import key_of, no_day, recorded_already
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import NETTING, REFUND, SET_OFF, Payment, PaymentMatch
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, together
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import AccountKey, open_month, reverse
from instruments.funds.ledger_models import LedgerTransfer
from instruments.journal.record import record
from instruments.money import Money

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def unmatch(match_id: int, now: datetime, actor_id: int) -> None:
    """Take back that a payment pays a statement, inside a deed: money stays on the payer's account, a credit is owed back."""
    row = _the_match(match_id)
    payment = db.session.get_one(Payment, row.payment_id)
    lock_books(books_of(payment))
    if payment.kind == NETTING:
        raise Refusal([_netted()])
    if _the_match(match_id).undone_at is not None:
        raise Refusal([Reason("undone", None, N_("This was taken back already."))])
    db.session.execute(
        update(_MATCH).where(_MATCH.c.id == match_id).values(undone_at=now, undone_by_id=actor_id)
    )
    transfer = _TRANSFER.c
    # What is set off was posted for both at once.
    of_credit = and_(*_of(transfer, "payment", payment.id)) if payment.kind == SET_OFF else false()
    stored: dict[int, list[int]] = {}
    for each in db.session.execute(
        select(transfer.id, transfer.institution_id)
        .where(or_(and_(*_of(transfer, "payment_match", match_id)), of_credit))
        .order_by(transfer.id)
    ):
        stored.setdefault(each.institution_id, []).append(each.id)
    for books, numbers in sorted(stored.items()):
        month = open_month(books, f"{payment.received_on:%Y-%m}")
        reverse(numbers, "unmatched", now, month, actor_id)
    told = {"statement_id": row.statement_id, "units": row.amount_units}
    if payment.kind == SET_OFF:
        told["credit_id"] = payment.statement_id
    record(
        now=now, actor_id=actor_id, thing=("payment", payment.id), institution_id=payment.creditor_id, detail=told,
        deed="payment.set_off_undone" if payment.kind == SET_OFF else "payment.unmatched",
    )  # fmt: skip


def _of(transfer: Any, kind: str, number: int) -> tuple[Any, Any]:
    return transfer.thing_kind == kind, transfer.thing_id == number


def _netted() -> Reason:
    """Both sides settled it, so neither takes it back alone."""
    remedy = N_("Correct what is wrong with the charge: it comes on a later statement.")
    return Reason("netted", None, N_("It was netted, as both finance offices accepted."), {}, remedy)


def _the_match(match_id: int) -> Any:
    row = db.session.execute(select(_MATCH).where(_MATCH.c.id == match_id)).first()
    if row is None:
        raise NotFound([Reason("no_match", None, N_("There is no such payment."))])
    return row


@dataclass(frozen=True, slots=True)
class Back:
    """What went back: how much, on which day, under which reference; settles_id: of a statement that owes it back."""

    amount: Money
    day: date
    reference: str
    settles_id: int | None = None


def refund(payment_id: int, back: Back, now: datetime, actor_id: int, already: Sequence[Reason] = ()) -> int:
    """Record that so much went back to the account that paid, inside a deed; the number of the refund.

    Raises Refusal with every reason: more is asked than is over, or than the statement owes back.
    """
    row = db.session.get_one(Payment, payment_id)
    lock_books(books_of(row))
    if row.kind == NETTING:
        raise Refusal([_netted()])
    said = " ".join(back.reference.split())[:120]
    key = key_of(f"refund:{payment_id}:{back.day.isoformat()}:{said}:{back.amount.units}")
    settles = None if back.settles_id is None else db.session.get_one(Statement, back.settles_id)
    found = [
        *no_day(row.creditor_id, back.day, now),
        *recorded_already(key),
        *_not_given_back(row, back, settles),
    ]
    if not said:
        found.append(
            Reason("no_reference", "reference", N_("Copy the bank’s reference, so that it is recorded once."))
        )
    if reasons := together(already, found):
        raise Refusal(reasons)
    stands_on = row.statement_id if settles is None else settles.id
    values = {name: getattr(row, name) for name in PAYER} | {
        "creditor_id": row.creditor_id, "kind": REFUND, "currency": row.currency, "amount_units": back.amount.units,
        "received_on": back.day, "bank_account": row.bank_account, "reference": said, "refunds_id": payment_id,
        "statement_id": stands_on, "settles_credit": settles is not None,
        "key": key, "recorded_by_id": actor_id, "recorded_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PAYMENT).values(values).returning(_PAYMENT.c.id)).scalar_one())
    _post(number, settles if settles is not None else row, back, now, actor_id, settles is not None)
    record(
        now=now, actor_id=actor_id, deed="payment.refunded", thing=("payment", payment_id),
        institution_id=row.creditor_id,
        detail={"units": back.amount.units, "currency": row.currency, "statement_id": stands_on}
        | {name: getattr(row, name) for name in PAYER},
    )  # fmt: skip
    return number


def _not_given_back(row: Payment, back: Back, settles: Statement | None) -> Iterator[Reason]:
    if row.kind == REFUND:
        yield Reason("is_refund", None, N_("A refund is not given back."))
    if row.kind == SET_OFF:
        remedy = N_("Take it back, and refund what the statement owes back then.")
        yield Reason("is_set_off", None, N_("Nothing came in with what was set off."), {}, remedy)
    if back.day < row.received_on:
        yield Reason("before_payment", "day", N_("The payment came only later than this day."))
    if settles is not None and (other_payer(settles, row) or settles.due_units >= 0):
        yield Reason("owes_nothing", "settles_id", N_("This statement owes nothing back to who paid."))
        return
    left, sentence = left_to_refund(row.id, settles is not None), N_("At most %(left)s of it is over.")
    if settles is not None:
        owed = -standings([settles])[settles.id].left
        left, sentence = min(left, owed), N_("At most %(left)s can go back to this account.")
    if back.amount.currency != row.currency or back.amount.units > left:
        yield Reason("too_much", "amount", sentence, {"left": Money.from_units(max(left, 0), row.currency)})


def _post(number: int, row: Any, back: Back, now: datetime, actor_id: int, is_credit: bool) -> None:
    """From bank clearing to what the payer owes; what a statement owes back stands on the accounts of its credits."""
    clearing, left = AccountKey("bank_clearing", row.creditor_id, row.currency), back.amount.units
    parts = parts_of(row, left) if is_credit else Parts((), 0)
    keep_parts(parts, payment_id=number)
    funds = [fund_id for fund_id, _ in parts.funds]
    lock(funds)
    for fund_id, units in parts.funds:
        account = credit_account(row, fund_id)
        post_payment(account, clearing, units, ("payment", number), back.day, now, actor_id, f":{fund_id}")
        left -= units
    if left:
        post_payment(on_account(row), clearing, left, ("payment", number), back.day, now, actor_id)
    settle([], funds, now, actor_id)
    if is_credit:
        post_in_books_of_payer(row, parts.home, ("payment", number), back.day, now, actor_id)
