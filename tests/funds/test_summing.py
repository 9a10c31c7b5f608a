"""What the database counts of the ledger is what was posted, however it was posted; where it is not, it is named."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.demo.guards import aside
from instruments.funds import books, ledger, summing
from instruments.funds.ledger import Account, AccountKey
from instruments.funds.ledger_models import LedgerSum, LedgerTransfer
from tests.conftest import NOW
from tests.funds.test_ledger import KINDS, transfers
from tests.world import World

PAIRS = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 10**9)).filter(
    lambda each: each[0] != each[1]
)
POSTINGS = st.lists(PAIRS, max_size=8)


def made(world: World) -> list[Account]:
    house = world.institution()
    keys = [AccountKey(kind, house.id, "CNY") for kind in KINDS]
    found = perform(lambda: ledger.accounts(keys))
    return [found[key] for key in keys]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(postings=st.lists(POSTINGS, max_size=4))
def test_the_sums_are_those_of_the_transfers(
    world: World, postings: Sequence[Sequence[tuple[int, int, int]]]
) -> None:
    accounts = made(world)
    house = accounts[0].institution_id
    for number, some in enumerate(postings):
        batch = transfers(accounts, some, f"{house}:{number}")
        perform(partial(ledger.post, batch, NOW, f"2027-0{number % 2 + 1}"))
    assert summing.differences() == []
    expected = [0] * len(accounts)
    for debit, credit, units in (each for some in postings for each in some):
        expected[debit] += units
        expected[credit] -= units
    found = books.balances([account.id for account in accounts])
    assert [found[account.id] for account in accounts] == expected
    lines = books.trial_balance(house, "2027-02")
    assert sum(line.before for line in lines) == 0
    assert sum(line.debits for line in lines) == sum(line.credits for line in lines)


def test_a_reversal_and_what_is_not_committed_are_counted_as_they_are(world: World) -> None:
    accounts = made(world)
    perform(lambda: ledger.post(transfers(accounts, [(0, 1, 500), (1, 2, 300)]), NOW, "2027-01"))
    number = db.session.scalars(select(LedgerTransfer.id).order_by(LedgerTransfer.id)).first()
    db.session.rollback()
    perform(lambda: ledger.reverse([number or 0], "It was wrong.", NOW, "2027-02"))
    ledger.post(transfers(accounts, [(3, 4, 9)], "lost"), NOW, "2027-01")
    db.session.rollback()
    assert summing.differences() == []
    assert books.balances([accounts[0].id, accounts[4].id]) == {accounts[0].id: 0, accounts[4].id: 0}
    assert books.months(accounts[0].institution_id) == ["2027-02", "2027-01"]


def test_many_who_post_on_the_same_accounts_are_all_counted(app: Flask, world: World) -> None:
    accounts = made(world)

    def post(name: str) -> None:
        with app.app_context():
            for place in range(5):
                pairs = [(0, 1, 1), (2, 0, 1)] if place % 2 else [(2, 0, 1), (0, 1, 1)]
                batch = transfers(accounts, pairs, f"{name}:{place}")
                perform(partial(ledger.post, batch, NOW, "2027-01"))
            db.session.remove()

    threads = [threading.Thread(target=post, args=(str(each),)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert summing.differences() == []
    assert books.balances([accounts[1].id]) == {accounts[1].id: -20}


def test_a_sum_that_is_wrong_is_named(app: Flask, world: World) -> None:
    accounts = made(world)
    perform(lambda: ledger.post(transfers(accounts, [(0, 1, 500)]), NOW, "2027-01"))
    with deed(), aside(["ledger_sum"]):
        db.session.execute(text("UPDATE ledger_sum SET debits = 499 WHERE debits = 500"))
    assert summing.differences() == [
        f"account {accounts[0].id}, 2027-01, adjustment: (500, 0) was posted, (499, 0) is counted"
    ]
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["charges", "check"])
    assert result.exit_code == 1
    assert "0 charges and 1 sums differ from the books" in result.output
    assert (
        db.session.scalars(select(LedgerSum.debits).where(LedgerSum.account_id == accounts[0].id)).one()
        == 499
    )
