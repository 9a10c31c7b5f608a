"""Record what institutions and companies paid: one payment to each creditor for all that was due of a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import orjson

from instruments.charges.closing.paying import key_of
from instruments.database.bulk import insert_rows, next_ids
from instruments.demo.copying import History
from instruments.demo.money.binding import CURRENCY
from instruments.funds import ledger
from instruments.funds.ledger import AccountKey, Transfer

PAYMENT_COLUMNS = (
    "id", "creditor_id", "kind", "payer_institution_id", "currency", "amount_units", "received_on", "bank_account",
    "reference", "key", "recorded_by_id", "recorded_at", "statement_id",
)  # fmt: skip
MATCH_COLUMNS = ("id", "payment_id", "statement_id", "amount_units", "matched_by_id", "matched_at")


class Due(NamedTuple):
    """What an institution owes on a statement; credits: by fund in the creditor's books, what of it stands there; own: what funds
    in the payer's own books bore of it."""

    statement_id: int
    creditor_id: int
    payer_id: int
    units: int
    credits: Mapping[int, int]
    own: int


class Paid(NamedTuple):
    """A payment by its number, and the matches with what each of them pays."""

    number: int
    due: Sequence[tuple[int, Due]]

    @property
    def units(self) -> int:
        """What came in."""
        return sum(due.units for _, due in self.due)

    @property
    def books(self) -> tuple[int, str]:
        """In whose books it is."""
        return self.due[0][1].creditor_id, CURRENCY

    @property
    def payer_id(self) -> int:
        """Who paid."""
        return self.due[0][1].payer_id


def pay(due: Sequence[Due], now: datetime, officers: Mapping[int, int]) -> list[History]:
    """Record that all of it was paid at a moment; what the journal says of it."""
    if not due:
        return []
    paid = _paid(due)
    moment, day = int(now.timestamp()), now.date().isoformat()
    insert_rows("payment", PAYMENT_COLUMNS, (_payment(each, moment, day, officers) for each in paid))
    insert_rows(
        "payment_match",
        MATCH_COLUMNS,
        (
            (match, each.number, one.statement_id, one.units, officers[one.creditor_id], moment)
            for each in paid
            for match, one in each.due
        ),
    )
    named = [entry for each in paid for entry in _named(each)]
    accounts = ledger.accounts({key for debit, credit, *_ in named for key in (debit, credit)})
    ledger.post(
        [Transfer(accounts[debit], accounts[credit], units, "payment", thing, key)
         for debit, credit, units, thing, key in named],
        now, f"{now:%Y-%m}",
    )  # fmt: skip
    return [_told(each, moment, officers) for each in paid]


def _paid(due: Sequence[Due]) -> list[Paid]:
    """One payment for each creditor and payer."""
    ordered = sorted(due, key=_who)
    matches = iter(next_ids("payment_match", len(ordered)))
    groups = [[(next(matches), one) for one in found] for _, found in groupby(ordered, key=_who)]
    return [
        Paid(number, found) for number, found in zip(next_ids("payment", len(groups)), groups, strict=True)
    ]


def _who(due: Due) -> tuple[int, int]:
    return due.creditor_id, due.payer_id


def _payment(each: Paid, moment: int, day: str, officers: Mapping[int, int]) -> tuple[object, ...]:
    creditor, payer = each.books[0], each.payer_id
    account, reference = f"6222 0000 {payer:04d}", f"DEMO-{day[:7]}-{creditor:02d}-{payer:02d}"
    key = key_of(f"{creditor}:{day}:{account}:{reference}:{each.units}")
    return (
        each.number, creditor, "payment", payer, CURRENCY, each.units, day, account, reference, key, officers[creditor],
        moment, each.due[0][1].statement_id,
    )  # fmt: skip


def _named(each: Paid) -> Iterator[tuple[AccountKey, AccountKey, int, tuple[str, int], str]]:
    """Its entries: into the bank, on to the credits that it pays, and out of the bank in the payer's own books."""
    on_account = AccountKey("receivable", *each.books, payer_institution_id=each.payer_id)
    thing = ("payment", each.number)
    yield AccountKey("bank_clearing", *each.books), on_account, each.units, thing, f"payment:{each.number}"
    for match, due in each.due:
        for fund_id, units in due.credits.items():
            to = AccountKey("receivable", *each.books, fund_id=fund_id, payer_institution_id=each.payer_id)
            yield on_account, to, units, ("payment_match", match), f"payment_match:{match}:{fund_id}"
        if due.own > 0:
            owing = AccountKey("payable", each.payer_id, CURRENCY, payer_institution_id=due.creditor_id)
            bank = AccountKey("bank_clearing", each.payer_id, CURRENCY)
            yield owing, bank, due.own, ("payment_match", match), f"payment_match:{match}:payer"


def _told(each: Paid, moment: int, officers: Mapping[int, int]) -> History:
    house = each.books[0]
    detail = {
        "statement_id": each.due[0][1].statement_id, "units": each.units, "currency": CURRENCY, "over": 0,
        "payer_institution_id": each.payer_id, "payer_person_id": None, "programme_id": None, "payer_group_id": None,
    }  # fmt: skip
    number = each.number
    return (
        moment, officers[house], "payment.recorded", "payment", number, house, None, orjson.dumps(detail).decode(),
    )  # fmt: skip
