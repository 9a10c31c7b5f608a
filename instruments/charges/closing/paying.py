"""Record what came in for statements, and let it pay them: finance alone.

In the books a payment goes from the payer's receivable to bank clearing when it is recorded; where a statement holds a
credit, its match moves the sum on to the account of that fund. What funds in the payer's own books bore of a statement leaves
the bank in those books with the same match.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select

from instruments.charges.closing.over import over
from instruments.charges.closing.parts import keep_parts, parts_of
from instruments.charges.closing.payer_accounts import (
    PAYER,
    books_of,
    credit_account,
    on_account,
    other_payer,
    post_in_books_of_payer,
    post_payment,
)
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PAYMENT, Payment, PaymentMatch
from instruments.charges.settings import lock_books
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, together
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import AccountKey
from instruments.journal.record import record
from instruments.money import Money

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_STATEMENT: Any = Statement.__table__
LONGEST_KEY = 120
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Received:
    """What came in: how much, on which day, from which account, under which reference of the bank."""

    amount: Money
    day: date
    bank_account: str
    reference: str


def pay(
    statement_id: int, came: Received, now: datetime, actor_id: int, already: Sequence[Reason] = ()
) -> int:
    """Record a payment for a statement, inside a deed; its number.

    It pays this statement, then the payer's other open ones, the oldest first; what is over stays the payer's. Raises
    Refusal with every reason. A reference of the same day, account and sum is recorded once.
    """
    row = db.session.get_one(Statement, statement_id)
    lock_books(books_of(row))
    account, reference = " ".join(came.bank_account.split()), " ".join(came.reference.split())
    key = key_of(f"{row.creditor_id}:{came.day.isoformat()}:{account}:{reference}:{came.amount.units}")
    found = [*_not_payable(row, came, account, reference, key), *no_day(row.creditor_id, came.day, now)]
    if reasons := together(already, found):
        raise Refusal(reasons)
    values = {name: getattr(row, name) for name in PAYER} | {
        "creditor_id": row.creditor_id, "kind": PAYMENT, "currency": row.currency, "amount_units": came.amount.units,
        "received_on": came.day, "bank_account": account, "reference": reference, "key": key,
        "statement_id": row.id, "recorded_by_id": actor_id, "recorded_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PAYMENT).values(values).returning(_PAYMENT.c.id)).scalar_one())
    books = (row.creditor_id, row.currency)
    post_payment(
        AccountKey("bank_clearing", *books),
        on_account(row),
        came.amount.units,
        ("payment", number),
        came.day,
        now,
        actor_id,
    )
    left = came.amount.units
    left -= match_to(number, row, left, came.day, now, actor_id)
    for each in _others(row) if left else ():
        left -= match_to(number, each, left, came.day, now, actor_id)
    record(
        now=now, actor_id=actor_id, deed="payment.recorded", thing=("payment", number),
        institution_id=row.creditor_id,
        detail={"statement_id": statement_id, "units": came.amount.units, "currency": row.currency, "over": left}
        | {name: getattr(row, name) for name in (*PAYER, "payer_group_id")},
    )  # fmt: skip
    return number


def _not_payable(row: Statement, came: Received, account: str, reference: str, key: str) -> Iterator[Reason]:
    if not account:
        yield Reason(
            "no_account", "bank_account", N_("Name the account that it came from: a refund goes back there.")
        )
    if not reference:
        yield Reason(
            "no_reference", "reference", N_("Copy the bank’s reference, so that it is recorded once.")
        )
    for field, text, most in (("bank_account", account, 80), ("reference", reference, 120)):
        if len(text) > most:
            yield Reason("too_long", field, N_("At most %(most)s characters."), {"most": most})
    if came.amount.currency != row.currency:
        yield Reason("currency", "amount", N_("It is paid in %(currency)s."), {"currency": row.currency})
    if row.due_units <= 0:
        yield Reason("nothing_due", None, N_("Nothing is to be paid on this statement."))
    yield from recorded_already(key)


def recorded_already(key: str) -> Iterator[Reason]:
    """Why a payment of this key is not recorded: it is."""
    if db.session.execute(select(_PAYMENT.c.id).where(_PAYMENT.c.key == key)).first() is not None:
        yield Reason("recorded", "reference", N_("This payment is recorded already."))


def key_of(said: str) -> str:
    """What is the same for the same payment, within the length of its column."""
    return said if len(said) <= LONGEST_KEY else f"{said[:55]}:{hashlib.sha256(said.encode()).hexdigest()}"


def no_day(institution_id: int, day: date, now: datetime) -> Iterator[Reason]:
    """Why nothing was paid on such a day."""
    if day > today_at(institution_id, now):
        yield Reason("to_come", "day", N_("This day is still to come."))
    elif day < FIRST_DAY:
        yield Reason("too_early", "day", N_("Choose a date between 2000 and 2999."))


def _same_payer(row: Any, table: Any) -> Any:
    column = table.c
    same = (column.creditor_id == row.creditor_id) & (column.currency == row.currency)
    for name in PAYER:
        value = getattr(row, name)
        same &= column[name].is_(None) if value is None else column[name] == value
    return same


def _others(row: Statement) -> Sequence[Any]:
    """The payer's other statements with something due, oldest first."""
    one = _STATEMENT.c
    asked = select(_STATEMENT).where(
        _same_payer(row, _STATEMENT), one.issued.is_(True), one.due_units > 0, one.id != row.id
    )
    return db.session.execute(asked.order_by(one.due_on, one.id)).all()


def matched(statement_id: int) -> int:
    """How much of a statement is paid."""
    match = _MATCH.c
    asked = select(func.coalesce(func.sum(match.amount_units), 0)).where(
        match.statement_id == statement_id, match.undone_at.is_(None)
    )
    return int(db.session.execute(asked).scalar_one())


def match_to(
    payment_id: int, row: Any, units: int, day: date, now: datetime, actor_id: int, *, is_netted: bool = False
) -> int:
    """Let at most so much of a payment pay a statement; how much does. is_netted: the payer's own books have it already."""
    takes = min(units, row.due_units - matched(row.id))
    if takes <= 0:
        return 0
    values = {
        "payment_id": payment_id, "statement_id": row.id, "amount_units": takes, "matched_by_id": actor_id,
        "matched_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_MATCH).values(values).returning(_MATCH.c.id)).scalar_one())
    parts = parts_of(row, takes)
    keep_parts(parts, match_id=number)
    funds = [fund_id for fund_id, _ in parts.funds]
    lock(funds)
    for fund_id, part in parts.funds:
        to = credit_account(row, fund_id)
        post_payment(on_account(row), to, part, ("payment_match", number), day, now, actor_id, f":{fund_id}")
    settle([], funds, now, actor_id)
    if not is_netted:
        post_in_books_of_payer(row, parts.home, ("payment_match", number), day, now, actor_id)
    return takes


def pay_from_account(payment_id: int, statement_id: int, now: datetime, actor_id: int) -> int:
    """Let what is over of a payment pay another statement of its payer, inside a deed; how much of it does.

    Raises Refusal where nothing is over, or nothing left to pay.
    """
    row, payment = db.session.get_one(Statement, statement_id), db.session.get_one(Payment, payment_id)
    lock_books(books_of(row))
    left = over(payment_id)
    reasons = []
    if payment.kind != PAYMENT or other_payer(row, payment) or left <= 0:
        reasons.append(Reason("nothing_over", None, N_("Nothing of this payment is over.")))
    if row.due_units <= matched(statement_id):
        reasons.append(Reason("nothing_due", None, N_("Nothing is to be paid on this statement.")))
    if reasons:
        raise Refusal(reasons)
    day = max(payment.received_on, today_at(row.creditor_id, now))
    takes = match_to(payment_id, row, left, day, now, actor_id)
    record(
        now=now, actor_id=actor_id, deed="payment.matched", thing=("payment", payment_id), institution_id=row.creditor_id,
        detail={"statement_id": statement_id, "units": takes, "currency": row.currency},
    )  # fmt: skip
    return takes
