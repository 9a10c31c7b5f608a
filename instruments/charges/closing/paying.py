"""Record what came in for statements, let it pay them, take that back, and give back what was paid too much: finance alone.

In the books a payment goes from the payer's receivable to bank clearing when it is recorded; where a statement holds a
credit, its match moves the sum on to the account of that fund.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.payment_models import NETTING, PAYMENT, REFUND, Payment, PaymentMatch
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import AccountKey, Transfer, accounts, open_month, post, reverse
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.models import Fund
from instruments.journal.record import record
from instruments.money import Money

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_TRANSFER: Any = LedgerTransfer.__table__
PAYER = ("payer_institution_id", "payer_person_id", "programme_id")


@dataclass(frozen=True, slots=True)
class Received:
    """What came in: how much, on which day, from which account, under which reference of the bank."""

    amount: Money
    day: date
    bank_account: str
    reference: str


def pay(statement_id: int, came: Received, now: datetime, actor_id: int) -> int:
    """Record a payment for a statement, inside a deed; its number.

    It pays this statement, then the payer's other open ones, the oldest first; what is over stays the payer's. Raises
    Refusal with every reason. A reference of the same day, account and sum is recorded once.
    """
    row = db.session.get_one(Statement, statement_id)
    lock_books([row.creditor_id])
    account, reference = " ".join(came.bank_account.split()), " ".join(came.reference.split())
    key = f"{row.creditor_id}:{came.day.isoformat()}:{account}:{reference}:{came.amount.units}"[:120]
    if reasons := list(_not_payable(row, came, account, reference, key)):
        raise Refusal(reasons)
    values = {name: getattr(row, name) for name in PAYER} | {
        "creditor_id": row.creditor_id, "kind": PAYMENT, "currency": row.currency, "amount_units": came.amount.units,
        "received_on": came.day, "bank_account": account, "reference": reference, "key": key,
        "recorded_by_id": actor_id, "recorded_at": now,
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
    if len(account) > 80 or len(reference) > 120:
        yield Reason("too_long", "reference", N_("At most %(most)s characters."), {"most": 120})
    if came.amount.currency != row.currency:
        yield Reason("currency", "amount", N_("It is paid in %(currency)s."), {"currency": row.currency})
    if row.due_units <= 0:
        yield Reason("nothing_due", None, N_("Nothing is to be paid on this statement."))
    if db.session.execute(select(_PAYMENT.c.id).where(_PAYMENT.c.key == key)).first() is not None:
        yield Reason("recorded", "reference", N_("This payment is recorded already."))


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


def match_to(payment_id: int, row: Any, units: int, day: date, now: datetime, actor_id: int) -> int:
    """Let at most so much of a payment pay a statement; how much does."""
    paid = matched(row.id)
    takes = min(units, row.due_units - paid)
    if takes <= 0:
        return 0
    values = {
        "payment_id": payment_id, "statement_id": row.id, "amount_units": takes, "matched_by_id": actor_id,
        "matched_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_MATCH).values(values).returning(_MATCH.c.id)).scalar_one())
    parts = [each for each in _parts(row, paid, takes) if each[1]]
    funds = sorted(fund_id for fund_id, _ in parts)
    lock(funds)
    for fund_id, part in parts:
        books = (row.creditor_id, row.currency)
        to = AccountKey("receivable", *books, fund_id=fund_id, payer_institution_id=row.payer_institution_id)
        post_payment(on_account(row), to, part, ("payment_match", number), day, now, actor_id, f":{fund_id}")
    settle([], funds, now, actor_id)
    return takes


def _parts(row: Any, paid: int, takes: int) -> Iterator[tuple[int, int]]:
    """Which credits of the creditor's own books so much pays, after what was paid before: (fund, minor units)."""
    line = _LINE.c
    own = Fund.institution_id == row.creditor_id
    asked = (
        select(line.fund_id, own, func.sum(line.amount_units))
        .outerjoin(Fund, Fund.id == line.fund_id)
        .where(line.statement_id == row.id, line.route == "receivable")
        .group_by(line.fund_id, own)
        .order_by(line.fund_id)
    )
    begin, end, place = paid, paid + takes, 0
    for fund_id, is_own, units in db.session.execute(asked).all():
        last = place + max(int(units), 0)
        part = min(last, end) - max(place, begin)
        place = last
        if fund_id is not None and is_own and part > 0:
            yield fund_id, part


def on_account(row: Any) -> AccountKey:
    """The account of what a payer owes without a credit of its own."""
    books = (row.creditor_id, row.currency)
    if row.programme_id is not None:
        return AccountKey("programme_claim", *books, programme_id=row.programme_id)
    return AccountKey(
        "receivable",
        *books,
        payer_institution_id=row.payer_institution_id,
        payer_person_id=row.payer_person_id,
    )


def post_payment(
    debit: AccountKey, credit: AccountKey, units: int, thing: tuple[str, int], day: date, now: datetime,
    actor_id: int, more: str = "",
) -> None:  # fmt: skip
    """Post so much of a payment (thing, with more its key) into the month of the day, or the first open one after it."""
    known = accounts([debit, credit])
    month = open_month(debit.institution_id, f"{day:%Y-%m}")
    entry = Transfer(known[debit], known[credit], units, "payment", thing, f"{thing[0]}:{thing[1]}{more}")
    post([entry], now, month, actor_id)


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
    reasons = []
    if row.kind == NETTING:
        raise Refusal([_netted()])
    if row.kind == REFUND:
        reasons.append(Reason("is_refund", None, N_("A refund is not given back.")))
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
        "key": f"refund:{payment_id}:{day.isoformat()}:{said}"[:120], "recorded_by_id": actor_id, "recorded_at": now,
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
