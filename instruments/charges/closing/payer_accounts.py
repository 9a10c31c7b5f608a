"""On which accounts what a payer pays or gets back is posted: its credits in the creditor's own books, else what it owes.

An institution that pays keeps books of its own. What a fund of them bore is owed there (payable) since the charge was posted; so
far as a payment settles that, it leaves the bank there too, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from instruments.charges.closing.over import stands
from instruments.charges.closing_models import StatementLine
from instruments.charges.payment_models import Payment
from instruments.database import db
from instruments.funds.ledger import AccountKey, Transfer, accounts, open_month, post
from instruments.funds.models import Fund

_LINE: Any = StatementLine.__table__
PAYER = ("payer_institution_id", "payer_person_id", "programme_id")


def parts_of(row: Any, begin: int, takes: int, books: int | None = None) -> Iterator[tuple[int, int]]:
    """Which funds so much settles, after what was settled before: (fund, minor units), by fund.

    Those of the creditor's own books, its credits, unless other books are named. Of a statement that owes something back,
    those on which it stands.
    """
    line, sign = _LINE.c, -1 if row.due_units < 0 else 1
    own = Fund.institution_id == (row.creditor_id if books is None else books)
    asked = (
        select(line.fund_id, own, func.sum(line.amount_units))
        .outerjoin(Fund, Fund.id == line.fund_id)
        .where(line.statement_id == row.id, line.route == "receivable")
        .group_by(line.fund_id, own)
        .order_by(line.fund_id)
    )
    end, place = begin + takes, 0
    for fund_id, is_own, units in db.session.execute(asked).all():
        last = place + max(sign * int(units), 0)
        part = min(last, end) - max(place, begin)
        place = last
        if fund_id is not None and is_own and part > 0:
            yield fund_id, part


def given_back_before(row: Any, refund_id: int) -> int:
    """What earlier refunds gave back of what a statement owes, and what was set off, in minor units."""
    one = Payment
    before = select(func.coalesce(func.sum(one.amount_units), 0)).where(
        one.statement_id == row.id, one.settles_credit, one.id != refund_id, stands(one)
    )
    return int(db.session.execute(before).scalar_one())


def books_of(row: Any) -> list[int]:
    """In whose books a payment of a statement is posted, or of another payment of its payer: both are locked, ascending."""
    payer = row.payer_institution_id
    return sorted({row.creditor_id} if payer is None else {row.creditor_id, payer})


def post_in_books_of_payer(
    row: Any, begin: int, units: int, thing: tuple[str, int], day: date, now: datetime, actor_id: int
) -> None:
    """Post in the payer's own books what a payment settles there of a statement, or what goes back of one that owes it back."""
    home = row.payer_institution_id
    if home is None or home == row.creditor_id:
        return
    settled = sum(part for _, part in parts_of(row, begin, units, home))
    if settled:
        owing = AccountKey("payable", home, row.currency, payer_institution_id=row.creditor_id)
        bank = AccountKey("bank_clearing", home, row.currency)
        debit, credit = (owing, bank) if row.due_units > 0 else (bank, owing)
        post_payment(debit, credit, settled, thing, day, now, actor_id, ":payer")


def credit_account(row: Any, fund_id: int) -> AccountKey:
    """The account of a credit of the payer in the creditor's own books."""
    books = (row.creditor_id, row.currency)
    return AccountKey("receivable", *books, fund_id=fund_id, payer_institution_id=row.payer_institution_id)


def other_payer(one: Any, two: Any) -> bool:
    """Whether two rows (statements, payments) are of different payers, institutions or currencies."""
    return any(getattr(one, name) != getattr(two, name) for name in ("creditor_id", "currency", *PAYER))


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
