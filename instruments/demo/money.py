"""The books of the demonstration: opening balances of its funds, and what companies have paid into their wallets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from instruments.database import db
from instruments.demo.generator.funds import Money
from instruments.funds import ledger
from instruments.funds.ledger import AccountKey, Transfer
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.models import Fund, FundPayment
from instruments.funds.paying_in import account_key
from instruments.funds.watching import watch

REASON = "Brought in from the books before. / 由原账目转入。"


def keep_books(made: Money, now: datetime) -> None:
    """Post what the funds begin with, inside the deed that loads the world, as finance would."""
    month = ledger.month_of(now, "Asia/Shanghai")
    funds = {fund.id: fund for fund in db.session.scalars(select(Fund))}
    keys = {number: account_key(fund) for number, fund in funds.items()}
    against = {
        number: AccountKey("opening", fund.institution_id, fund.currency) for number, fund in funds.items()
    }
    banks = {
        number: AccountKey("bank_clearing", fund.institution_id, fund.currency)
        for number, fund in funds.items()
        if fund.kind == "wallet"
    }
    found = ledger.accounts([*keys.values(), *against.values(), *banks.values()])
    opening = [
        Transfer(found[keys[number]], found[against[number]], units, "opening", ("account", found[keys[number]].id),
                 f"opening:{found[keys[number]].id}:1", reason=REASON)
        for number, units in made.taken.items()
        if units
    ]  # fmt: skip
    deposits = [
        Transfer(found[banks[number]], found[keys[number]], units, "deposit", ("fund", number),
                 f"deposit:{number}:{reference}")
        for number, units, _, reference, _ in made.paid_in
    ]  # fmt: skip
    ledger.post([*opening, *deposits], now, month)
    _payments(made, now)
    watch(list(funds), now)


def _payments(made: Money, now: datetime) -> None:
    transfer = LedgerTransfer
    numbers = {
        row.key: row.id
        for row in db.session.execute(select(transfer.id, transfer.key).where(transfer.kind == "deposit"))
    }
    rows = [
        {
            "fund_id": number, "amount_units": units, "bank_account": account, "reference": reference,
            "happened_on": day, "transfer_id": numbers[f"deposit:{number}:{reference}"], "recorded_at": now,
        }
        for number, units, account, reference, day in made.paid_in
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(FundPayment.__table__), rows)
