"""On which accounts what a payer pays or gets back is posted: its credits in the creditor's own books, else what it owes.

An institution that pays keeps books of its own. What a fund of them bore is owed there (payable) since the charge was posted; so
far as a payment settles that, it leaves the bank there too, in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from instruments.funds.ledger import AccountKey, Transfer, accounts, open_month, post

PAYER = ("payer_institution_id", "payer_person_id", "programme_id")


def books_of(row: Any) -> list[int]:
    """In whose books a payment of a statement is posted, or of another payment of its payer: both are locked, ascending."""
    payer = row.payer_institution_id
    return sorted({row.creditor_id} if payer is None else {row.creditor_id, payer})


def post_in_books_of_payer(
    row: Any, settled: int, thing: tuple[str, int], day: date, now: datetime, actor_id: int | None, more: str = ""
) -> None:  # fmt: skip
    """Post in the payer's own books what is settled there of a statement, or what goes back of one that owes it back."""
    if settled:
        home = row.payer_institution_id
        owing = AccountKey("payable", home, row.currency, payer_institution_id=row.creditor_id)
        bank = AccountKey("bank_clearing", home, row.currency)
        debit, credit = (owing, bank) if row.due_units > 0 else (bank, owing)
        post_payment(debit, credit, settled, thing, day, now, actor_id, f":payer{more}")


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
    actor_id: int | None, more: str = "",
) -> None:  # fmt: skip
    """Post so much of a payment (thing, with more its key) into the month of the day, or the first open one after it.

    Below zero it goes the other way round.
    """
    known = accounts([debit, credit])
    month = open_month(debit.institution_id, f"{day:%Y-%m}")
    if units < 0:
        debit, credit = credit, debit
    entry = Transfer(
        known[debit], known[credit], abs(units), "payment", thing, f"{thing[0]}:{thing[1]}{more}"
    )
    post([entry], now, month, actor_id)
