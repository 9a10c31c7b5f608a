"""On which accounts what a payer pays or gets back is posted: its credits in the creditor's own books, else what it owes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from instruments.charges.closing_models import StatementLine
from instruments.charges.payment_models import Payment
from instruments.database import db
from instruments.funds.ledger import AccountKey, Transfer, accounts, open_month, post
from instruments.funds.models import Fund

_PAYMENT: Any = Payment.__table__
_LINE: Any = StatementLine.__table__
PAYER = ("payer_institution_id", "payer_person_id", "programme_id")


def parts_of(row: Any, begin: int, takes: int) -> Iterator[tuple[int, int]]:
    """Which credits of the creditor's own books so much settles, after what was settled before: (fund, minor units), by fund.

    Of a statement that owes something back, those on which it stands.
    """
    line, sign = _LINE.c, -1 if row.due_units < 0 else 1
    own = Fund.institution_id == row.creditor_id
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


def credit_parts(row: Any, refund_id: int, units: int) -> list[tuple[int, int]]:
    """On which credits so much stands that a statement owes back, after earlier refunds of it: (fund, minor units)."""
    one = _PAYMENT.c
    before = select(func.coalesce(func.sum(one.amount_units), 0)).where(
        one.statement_id == row.id, one.settles_credit, one.id != refund_id
    )
    return list(parts_of(row, int(db.session.execute(before).scalar_one()), units))


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
