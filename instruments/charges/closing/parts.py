"""Which accounts a payment of a statement settles: what each still has open, by what really stands posted there.

It does not hang on the order in which payments came: of several any may be taken back, and the next settles what is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from instruments.charges.closing_models import StatementLine
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.database import db
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund

_ACCOUNT: Any = LedgerAccount.__table__
_FUND: Any = Fund.__table__
_LINE: Any = StatementLine.__table__
_MATCH: Any = PaymentMatch.__table__
_PAYMENT: Any = Payment.__table__
_TRANSFER: Any = LedgerTransfer.__table__


@dataclass(frozen=True, slots=True)
class Parts:
    """Of what is settled: by fund of the creditor's own books, its credits, and what funds in the payer's own books bore.

    Below zero where an account is moved back: what it was credited pays for another of the same statement.
    """

    funds: tuple[tuple[int, int], ...]
    home: int


def parts_of(row: Any, before: int, takes: int) -> Parts:
    """What so much settles of a statement, or gives back of one that owes something back; before: what was settled already."""
    funds, home, rest = _billed(row)
    posted = _posted(row)
    elsewhere = before - sum(posted.values())
    home_before = max(min(elsewhere, max(home, 0)), min(home, 0))
    open_now: list[tuple[int | str, int]] = [
        *((fund_id, units - posted.get(fund_id, 0)) for fund_id, units in sorted(funds.items())),
        ("home", home - home_before),
        ("rest", rest - (elsewhere - home_before)),
    ]
    found = {name: units for name, units in open_now if units < 0}
    left = takes - sum(found.values())
    for name, units in open_now:
        if units > 0:
            found[name] = min(units, left)
            left -= found[name]
    parts = ((fund_id, found.get(fund_id, 0)) for fund_id in sorted(funds))
    return Parts(tuple(each for each in parts if each[1]), found.get("home", 0))


def _billed(row: Any) -> tuple[dict[int, int], int, int]:
    """By fund of the creditor's own books, by funds of the payer's, and by neither: what is due, or owed back."""
    line, sign = _LINE.c, -1 if row.due_units < 0 else 1
    asked = (
        select(line.fund_id, _FUND.c.institution_id, func.sum(line.amount_units))
        .outerjoin(_FUND, _FUND.c.id == line.fund_id)
        .where(line.statement_id == row.id, line.route == "receivable")
        .group_by(line.fund_id, _FUND.c.institution_id)
    )
    funds: dict[int, int] = {}
    home = rest = 0
    for fund_id, books, units in db.session.execute(asked):
        if books == row.creditor_id:
            funds[fund_id] = sign * int(units)
        elif books is not None and books == row.payer_institution_id:
            home += sign * int(units)
        else:
            rest += sign * int(units)
    return funds, home, rest


def _posted(row: Any) -> dict[int, int]:
    """By credit, what payments of the statement settled there; what was taken back has its reversal beside it."""
    transfer, account, match, payment = _TRANSFER.c, _ACCOUNT.c, _MATCH.c, _PAYMENT.c
    if row.due_units < 0:
        sign, kind = 1, "payment"
        things = select(payment.id).where(payment.statement_id == row.id, payment.settles_credit)
    else:
        sign, kind = -1, "payment_match"
        things = select(match.id).where(match.statement_id == row.id)
    found: dict[int, int] = {}
    for side, of_side in ((transfer.debit_id, sign), (transfer.credit_id, -sign)):
        asked = (
            select(account.fund_id, func.sum(transfer.amount_units))
            .join(_ACCOUNT, account.id == side)
            .where(
                transfer.thing_kind == kind, transfer.thing_id.in_(things), account.kind == "receivable",
                account.fund_id.is_not(None), account.institution_id == row.creditor_id,
            )
            .group_by(account.fund_id)
        )  # fmt: skip
        for fund_id, units in db.session.execute(asked):
            found[fund_id] = found.get(fund_id, 0) + of_side * int(units)
    return found
