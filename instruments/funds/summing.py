"""Compare what the database counts of the ledger, by account and month, with the transfers themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from instruments.database import db
from instruments.funds.ledger_models import LedgerSum, LedgerTransfer

_SUM: Any = LedgerSum.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def differences() -> list[str]:
    """A sentence for each account and month whose sums are not those of its transfers. Three statements."""
    one = _SUM.c
    kept = {
        tuple(row[:3]): (int(row.debits), int(row.credits))
        for row in db.session.execute(select(one.account_id, one.month, one.kind, one.debits, one.credits))
    }
    debits, credits = _posted(_TRANSFER.c.debit_id), _posted(_TRANSFER.c.credit_id)
    found = []
    for key in sorted({*kept, *debits, *credits}):
        posted = (debits.get(key, 0), credits.get(key, 0))
        if kept.get(key, (0, 0)) != posted:
            account, month, kind = key
            found.append(
                f"account {account}, {month}, {kind}: {posted} was posted, {kept.get(key, (0, 0))} is counted"
            )
    return found


def _posted(side: Any) -> dict[tuple[Any, ...], int]:
    key = (side, _TRANSFER.c.month, _TRANSFER.c.kind)
    rows = db.session.execute(select(*key, func.sum(_TRANSFER.c.amount_units)).group_by(*key))
    return {tuple(row[:3]): int(row[3]) for row in rows}
