"""Compare charges with the books: what payers owe there is what their shares say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select

from instruments.charges.models import Charge, ChargeShare
from instruments.database import db
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.sharing import LATER

_CHARGE: Any = Charge.__table__
_SHARE: Any = ChargeShare.__table__
_TRANSFER: Any = LedgerTransfer.__table__
_ACCOUNT: Any = LedgerAccount.__table__
OF_PAYERS = ("fund", "receivable", "prepaid", "programme_claim")


def differences() -> list[str]:
    """A sentence for each charge whose entries in the creditor's books do not come to its shares. Two statements.

    A reversed charge and its reversal are weighed together: the entries of the reversal bear the number of the charge.
    """
    shares, entries = _shares(), _entries()
    return [
        f"charge {number}: its shares come to {shares.get(number, 0)}, its entries to {entries.get(number, 0)}"
        for number in sorted({*shares, *entries})
        if shares.get(number, 0) != entries.get(number, 0)
    ]


def _shares() -> dict[int, int]:
    number = func.coalesce(_CHARGE.c.reverses_id, _CHARGE.c.id)
    rows = db.session.execute(
        select(number, func.sum(_SHARE.c.amount_units))
        .join(_SHARE, _SHARE.c.charge_id == _CHARGE.c.id)
        .where(_CHARGE.c.posted_at.is_not(None), _SHARE.c.role != LATER)
        .group_by(number)
    )
    return {one: int(units) for one, units in rows}


def _entries() -> dict[int, int]:
    """What stands on the payers' side of the creditor's books, by charge."""
    found: dict[int, int] = {}
    for side, sign in (("debit_id", 1), ("credit_id", -1)):
        signed = case(
            (_TRANSFER.c.institution_id == _CHARGE.c.institution_id, _TRANSFER.c.amount_units), else_=0
        )
        rows = db.session.execute(
            select(_TRANSFER.c.thing_id, func.sum(signed))
            .join(_ACCOUNT, _ACCOUNT.c.id == _TRANSFER.c[side])
            .join(_CHARGE, _CHARGE.c.id == _TRANSFER.c.thing_id)
            .where(_TRANSFER.c.thing_kind == "charge", _ACCOUNT.c.kind.in_(OF_PAYERS))
            .group_by(_TRANSFER.c.thing_id)
        )
        for number, units in rows:
            found[number] = found.get(number, 0) + sign * int(units)
    return found
