"""What the database itself refuses of funds, holds and the ledger, written to directly as anybody could."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.funds.ledger_models import ClosedMonth, LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund, FundHold, FundPayment
from instruments.funds.programme_models import ProgrammeHold, ProgrammeRow
from instruments.people.models import Institution
from tests.world import LONG_AGO, World


class Books:
    """The books of one institution: a grant of 100.00, and the income of a lab, written to without any act."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.house: Institution = self.lab.institution
        self.grant: Fund = world.fund(self.house, budget_units=10_000)
        self.spent: LedgerAccount = world.account(self.grant)
        self.income: LedgerAccount = world.account(
            kind="lab_income", institution_id=self.house.id, lab_id=self.lab.id
        )
        self._keys = 0

    def transfer(self, **values: Any) -> int:
        """30.00 from the grant to the lab, unless the values say something else; its number."""
        self._keys += 1
        values = {
            "debit_id": self.spent.id, "credit_id": self.income.id, "amount_units": 3_000, "currency": "CNY",
            "institution_id": self.house.id, "posted_at": LONG_AGO, "month": "2026-11", "kind": "charge",
            "thing_kind": "charge", "thing_id": 1, "key": f"test:{self._keys}",
        } | values  # fmt: skip
        return self._put(LedgerTransfer, values)

    def hold(self, **values: Any) -> int:
        """50.00 of the grant, for reservation 1, unless the values say something else; its number."""
        values = {
            "fund_id": self.grant.id, "thing_kind": "reservation", "thing_id": 1, "amount_units": 5_000,
            "made_at": LONG_AGO,
        } | values  # fmt: skip
        return self._put(FundHold, values)

    def payment(self, **values: Any) -> int:
        """A payment into the fund of the values, of 80.00 from account A."""
        values = {
            "amount_units": 8_000, "bank_account": "A", "happened_on": date(2026, 11, 1),
            "transfer_id": self.transfer(), "recorded_at": LONG_AGO,
        } | values  # fmt: skip
        return self._put(FundPayment, values)

    def _put(self, model: Any, values: dict[str, Any]) -> int:
        number = db.session.execute(insert(model).values(**values).returning(model.id)).scalar_one()
        db.session.commit()
        return int(number)

    def change(self, statement: str, **values: Any) -> None:
        """Any statement at all."""
        db.session.execute(text(statement), values)
        db.session.commit()


@pytest.fixture
def books(world: World) -> Books:
    """The books of one institution."""
    return Books(world)


def refused(name: str, act: Callable[[], object]) -> None:
    """The act is refused by the rule of this name."""
    with pytest.raises(IntegrityError, match=name):
        act()
    db.session.rollback()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"amount_units": 0}, "ck_ledger_transfer_amount"),
        ({"amount_units": -5}, "ck_ledger_transfer_amount"),
        ({"month": "2026-13"}, "ck_ledger_transfer_month"),
        ({"month": "26-11"}, "ck_ledger_transfer_month"),
        ({"kind": "opening"}, "ck_ledger_transfer_opening_reason"),
        ({"currency": "EUR"}, "(?i)foreign key"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(books: Books, values: dict[str, Any], name: str) -> None:
    refused(name, lambda: books.transfer(**values))


def test_a_transfer_stays_within_one_currency_and_the_books_of_one_institution(books: Books) -> None:
    other = books.world.institution()
    theirs = books.world.account(kind="bank_clearing", institution_id=other.id)
    euros = books.world.account(kind="bank_clearing", institution_id=books.house.id, currency="EUR")
    refused("(?i)foreign key", lambda: books.transfer(credit_id=theirs.id))
    refused("(?i)foreign key", lambda: books.transfer(credit_id=theirs.id, institution_id=other.id))
    refused("(?i)foreign key", lambda: books.transfer(credit_id=euros.id))
    refused("two_accounts", lambda: books.transfer(credit_id=books.spent.id))


def test_what_is_in_the_books_never_changes_and_never_vanishes(books: Books) -> None:
    number = books.transfer()
    refused("unchanged", lambda: books.change("UPDATE ledger_transfer SET amount_units = 1"))
    refused("unchanged", lambda: books.change("UPDATE ledger_transfer SET reason = 'x'"))
    refused("kept", lambda: books.change("DELETE FROM ledger_transfer WHERE id = :id", id=number))
    refused("unchanged", lambda: books.change("UPDATE ledger_account SET kind = 'waiver', lab_id = NULL"))
    refused("kept", lambda: books.change("DELETE FROM ledger_account"))
    if db.engine.dialect.name == "postgresql":
        refused("books_kept", lambda: books.change("TRUNCATE ledger_transfer CASCADE"))


def test_sums_are_counted_by_the_database_alone(books: Books) -> None:
    books.transfer()
    refused("ledger_sum", lambda: books.change("UPDATE ledger_sum SET debits = 0, credits = 0"))
    refused("ledger_sum", lambda: books.change("UPDATE ledger_sum SET month = '2026-10'"))
    refused("ledger_sum", lambda: books.change("DELETE FROM ledger_sum"))
    if db.engine.dialect.name == "postgresql":
        refused("ledger_sum", lambda: books.change("UPDATE ledger_sum SET debits = debits + 1"))
        more = "INSERT INTO ledger_sum (account_id, month, kind, debits) VALUES (:id, '2026-10', 'charge', 1)"
        refused("ledger_sum", lambda: books.change(more, id=books.income.id))
    books.transfer()
    sums = db.session.execute(text("SELECT account_id, debits, credits FROM ledger_sum ORDER BY account_id"))
    assert [tuple(row) for row in sums] == sorted([(books.spent.id, 6_000, 0), (books.income.id, 0, 6_000)])


def test_the_same_transfer_is_posted_once(books: Books) -> None:
    books.transfer(key="charge:12:share:1")
    refused("key", lambda: books.transfer(key="charge:12:share:1"))


def test_a_reversal_is_the_mirror_image_once(books: Books) -> None:
    first = books.transfer()
    mirror = {"debit_id": books.income.id, "credit_id": books.spent.id, "reverses_id": first}
    refused("mirror", lambda: books.transfer(reverses_id=first))
    refused("mirror", lambda: books.transfer(**{**mirror, "amount_units": 2_999}))
    second = books.transfer(**mirror)
    refused("reverses_id", lambda: books.transfer(**mirror))
    refused("mirror", lambda: books.transfer(reverses_id=second))


def test_nothing_is_posted_into_a_closed_month(books: Books) -> None:
    books.transfer(month="2026-11")
    db.session.add(ClosedMonth(institution_id=books.house.id, month="2026-11", closed_at=LONG_AGO))
    db.session.commit()
    refused("month_open", lambda: books.transfer(month="2026-11"))
    books.transfer(month="2026-12")
    refused("closed_month_unchanged", lambda: books.change("UPDATE closed_month SET month = '2026-10'"))
    refused("closed_month_kept", lambda: books.change("DELETE FROM closed_month"))


def test_a_hold_is_resolved_once_and_one_waits_for_each_thing(books: Books) -> None:
    number = books.hold()
    refused("fund_hold", lambda: books.hold(amount_units=1))
    books.hold(thing_id=2, amount_units=1)
    resolve = "UPDATE fund_hold SET state = :state, resolved_at = 1 WHERE id = :id"
    refused("resolved_once", lambda: books.change("UPDATE fund_hold SET amount_units = 1"))
    books.change(resolve, state="voided", id=number)
    refused("resolved_once", lambda: books.change(resolve, state="posted", id=number))
    refused("kept", lambda: books.change("DELETE FROM fund_hold"))
    books.hold()


def test_holds_and_spending_never_come_to_more_than_the_budget(books: Books) -> None:
    books.transfer(amount_units=3_000)
    books.hold(thing_id=1, amount_units=5_000)
    refused("within", lambda: books.hold(thing_id=2, amount_units=2_001))
    books.hold(thing_id=2, amount_units=2_000)
    refused("within", lambda: books.hold(thing_id=3, amount_units=1))


def test_a_wallet_holds_what_was_paid_in_and_nothing_more(books: Books) -> None:
    company = books.world.institution(kind="company")
    wallet = books.world.fund(company, creditor=books.house)
    prepaid = books.world.account(wallet)
    bank = books.world.account(kind="bank_clearing", institution_id=books.house.id)
    refused("within", lambda: books.hold(fund_id=wallet.id, amount_units=1))
    books.transfer(debit_id=bank.id, credit_id=prepaid.id, amount_units=8_000, kind="deposit")
    books.hold(fund_id=wallet.id, amount_units=8_000)
    refused("within", lambda: books.hold(fund_id=wallet.id, thing_id=2, amount_units=1))


@pytest.mark.parametrize(
    "change", ["state = 'blocked'", "overdrawn = TRUE", "state = 'closed', closed_at = 1"]
)
def test_a_blocked_fund_holds_nothing_new(books: Books, change: str) -> None:
    books.change("UPDATE fund SET " + change)
    refused("fund_hold_open", books.hold)


def test_what_was_paid_in_goes_back_at_most_once_and_to_the_account_that_paid(books: Books) -> None:
    wallet = books.world.fund(books.world.institution(kind="company"), creditor=books.house)
    paid = books.payment(fund_id=wallet.id)
    back = {"fund_id": wallet.id, "refunds_id": paid}
    refused("(?i)foreign key", lambda: books.payment(**back, bank_account="B", amount_units=1))
    books.payment(**back, amount_units=5_000)
    refused("refund", lambda: books.payment(**back, amount_units=3_001))
    again = books.payment(**back, amount_units=3_000)
    refused("refund", lambda: books.payment(fund_id=wallet.id, refunds_id=again, amount_units=1))


def test_the_books_of_a_fund_are_its_own(books: Books) -> None:
    refused("(?i)foreign key", lambda: books.change("UPDATE fund SET currency = 'EUR'"))
    second = books.world.fund(books.house)
    refused(
        "(?i)foreign key", lambda: books.world.account(second, institution_id=books.world.institution().id)
    )
    refused("whose_books", lambda: books.world.fund(books.house, kind="wallet"))
    refused("wallet_without_budget", lambda: books.world.fund(
        books.world.institution(), creditor=books.house, budget_units=1))  # fmt: skip


def test_a_programme_reserves_then_pays_then_may_take_it_back(books: Books) -> None:
    programme = ProgrammeRow(
        code="V1", name_en="Vouchers", rate=5_000, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    db.session.add(programme)
    db.session.flush()
    row = {"programme_id": programme.id, "payer_institution_id": books.house.id, "thing_kind": "reservation",
           "thing_id": 1, "amount_units": 100, "year": 2026, "made_at": LONG_AGO}  # fmt: skip
    db.session.execute(insert(ProgrammeHold).values(**row))
    db.session.commit()
    refused("programme_hold", lambda: db.session.execute(insert(ProgrammeHold).values(**row)))
    change = "UPDATE programme_hold SET state = :state, resolved_at = 1"
    refused("resolved_once", lambda: books.change(change, state="reversed"))
    refused("resolved_once", lambda: books.change("UPDATE programme_hold SET amount_units = 1"))
    books.change(change, state="committed")
    refused("resolved_once", lambda: books.change(change, state="released"))
    books.change(change, state="reversed")
    refused("resolved_once", lambda: books.change(change, state="committed"))
    refused("kept", lambda: books.change("DELETE FROM programme_hold"))
