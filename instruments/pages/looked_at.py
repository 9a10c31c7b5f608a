"""Whose money was looked at: what an entry says of a statement, an account, a fund or a charge, read from what was looked at.

Entries keep only which thing it was. Whose it is does not change afterwards, and is told of entries of any age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, case, select

from instruments.charges.closing_models import Statement
from instruments.charges.invoice_models import Invoice
from instruments.charges.models import Charge
from instruments.charges.payment_models import Payment
from instruments.charges.settlement_models import SettlementProposal
from instruments.database import db
from instruments.funds.ledger_models import LedgerAccount
from instruments.funds.models import Fund
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.models import Reservation

LOOKED = "money.looked_at"
# By kind, its number and the columns that say whose it is, under the names of details of entries.
WHOSE: Mapping[str, Sequence[Any]] = {
    "statement": (
        Statement.id, Statement.payer_group_id, Statement.payer_institution_id, Statement.payer_person_id, Statement.programme_id,
        Statement.month,
    ),
    "fund": (Fund.id, Fund.group_id, Fund.owner_institution_id.label("institution_id")),
    "account": (
        LedgerAccount.id, LedgerAccount.fund_id, LedgerAccount.lab_id, LedgerAccount.payer_institution_id,
        LedgerAccount.payer_person_id, LedgerAccount.programme_id,
    ),
    "charge": (Charge.id, Charge.user_id, Charge.group_id, Charge.instrument_id),
    "reservation": (Reservation.id, Reservation.user_id, Reservation.instrument_id),
    "payment": (Payment.id, Payment.payer_institution_id, Payment.payer_person_id, Payment.programme_id),
    "formal_quote": (FormalQuote.id, FormalQuote.payer_institution_id, FormalQuote.payer_person_id, FormalQuote.instrument_id),
    "invoice": (Invoice.id, Invoice.statement_id,),
}  # fmt: skip
WITH = "settlement with"


def looks_told(rows: Sequence[Any], institution_id: int) -> list[Mapping[str, Any]]:
    """The detail of each entry of an institution's journal, of looks at money with whose it was. One statement for each kind."""
    numbers: dict[str, set[int]] = {}
    for row in rows:
        if row.deed == LOOKED:
            numbers.setdefault(row.thing_kind, set()).add(row.thing_id)
    whose = {
        (kind, each["id"]): each
        for kind, ids in numbers.items()
        for each in _whose(kind, ids, institution_id)
    }
    return [
        _with_whom(row.detail) | _plain(whose.get((row.thing_kind, row.thing_id), {}))
        if row.deed == LOOKED
        else row.detail
        for row in rows
    ]


def _whose(kind: str, ids: set[int], institution_id: int) -> Sequence[Mapping[str, Any]]:
    if kind == "settlement":
        return _rows(_netted_with(institution_id).where(SettlementProposal.id.in_(ids)))
    if kind not in WHOSE:
        return ()
    return _rows(select(*WHOSE[kind]).where(WHOSE[kind][0].in_(ids)))


def _netted_with(institution_id: int) -> Select[Any]:
    """The other of the two."""
    one = SettlementProposal
    return select(one.id, case((one.one_id == institution_id, one.two_id), else_=one.one_id).label("with_id"))


def _rows(asked: Select[Any]) -> Sequence[Mapping[str, Any]]:
    return db.session.execute(asked).mappings().all()


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "id" and value is not None}


def _with_whom(detail: Mapping[str, Any]) -> dict[str, Any]:
    """With whom was settled is a number behind what was looked at."""
    what, _, number = str(detail.get("what", "")).rpartition(" ")
    return {**detail, "with_id": int(number)} if what == WITH and number.isdecimal() else dict(detail)
