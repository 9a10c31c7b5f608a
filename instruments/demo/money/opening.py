"""The books of the demonstration as they begin: balances brought in, and what companies have paid into their wallets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.database import db
from instruments.demo.generator.funds import Money
from instruments.demo.generator.months import at, first_day
from instruments.funds import ledger
from instruments.funds.ledger import Account, AccountKey, Transfer
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.models import Fund, FundPayment
from instruments.funds.paying_in import account_key

REASON = "Brought in from the books before. / 由原账目转入。"


class Books:
    """The books of the funds as they begin, and what is paid into wallets day by day."""

    def __init__(self, made: Money, anchor: date) -> None:
        self._made, self._begun = made, first_day(anchor)
        self._left = sorted(made.paid_in, key=lambda paid: (paid[4], paid[0]))
        self._accounts = _Accounts({fund.id: fund for fund in db.session.scalars(select(Fund))})

    def begin(self) -> None:
        """Post what funds had spent or owed before, inside the deed that loads the world, as finance would."""
        found = self._accounts
        opening = [
            Transfer(found.of(number), found.against("opening", number), units, "opening", ("account", found.of(number).id),
                     f"opening:{found.of(number).id}:1", reason=REASON)
            for number, units in self._made.taken.items()
            if units
        ]  # fmt: skip
        ledger.post(opening, at(self._begun), f"{self._begun:%Y-%m}")

    def deposit_until(self, moment: datetime) -> None:
        """Record what came in until a moment and was not recorded yet."""
        while self._left and at(self._left[0][4]) <= moment:
            number, units, account, reference, day = self._left.pop(0)
            found = self._accounts
            deposit = Transfer(found.against("bank_clearing", number), found.of(number), units, "deposit", ("fund", number),
                               f"deposit:{number}:{reference}")  # fmt: skip
            ledger.post([deposit], at(day), f"{day:%Y-%m}")
            _record(number, units, account, reference, day)


class _Accounts:
    """The accounts of funds, and what stands against them in the same books."""

    def __init__(self, funds: dict[int, Fund]) -> None:
        self._own = {number: account_key(fund) for number, fund in funds.items()}
        self._against = {
            (kind, number): AccountKey(kind, fund.institution_id, fund.currency)
            for number, fund in funds.items()
            for kind in _kinds(fund)
        }
        self._found = ledger.accounts([*self._own.values(), *self._against.values()])

    def of(self, number: int) -> Account:
        return self._found[self._own[number]]

    def against(self, kind: str, number: int) -> Account:
        return self._found[self._against[kind, number]]


def _kinds(fund: Fund) -> Iterable[str]:
    return ("opening", "bank_clearing") if fund.kind == "wallet" else ("opening",)


def _record(number: int, units: int, account: str, reference: str, day: date) -> None:
    transfer: Any = LedgerTransfer.__table__
    key = f"deposit:{number}:{reference}"
    row = {
        "fund_id": number, "amount_units": units, "bank_account": account, "reference": reference, "happened_on": day,
        "transfer_id": db.session.scalar(select(transfer.c.id).where(transfer.c.key == key)), "recorded_at": at(day),
    }  # fmt: skip
    db.session.execute(insert(FundPayment.__table__), [row])
