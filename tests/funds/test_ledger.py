"""The ledger: accounts, posting, reversing, what stands where; and what is true whatever is posted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import hypothesis
import pytest
from flask import Flask
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotFound, Refusal
from instruments.funds import books, ledger
from instruments.funds.ledger import Account, AccountKey, Transfer
from instruments.funds.ledger_models import ClosedMonth, LedgerTransfer
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
KINDS = ("bank_clearing", "waiver", "write_off", "output_tax", "opening")
# Which account is debited and which credited (by their places in KINDS, never the same), and how much.
POSTINGS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(1, 10**12)).map(
        lambda it: (it[0], (it[0] + it[1]) % 5, it[2])
    ),
    max_size=12,
)


@pytest.fixture
def accounts(world: World) -> list[Account]:
    """Five accounts of one institution."""
    house = world.institution()
    keys = [AccountKey(kind, house.id, "CNY") for kind in KINDS]
    found = perform(lambda: ledger.accounts(keys))
    return [found[key] for key in keys]


def transfers(
    accounts: Sequence[Account], postings: Sequence[tuple[int, int, int]], name: str = "x"
) -> list[Transfer]:
    return [
        Transfer(accounts[debit], accounts[credit], units, "adjustment", ("test", 1), f"{name}:{number}")
        for number, (debit, credit, units) in enumerate(postings)
    ]


def standing(accounts: Sequence[Account]) -> list[int]:
    found = books.balances([account.id for account in accounts])
    return [found[account.id] for account in accounts]


several = hypothesis.settings(
    max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)


@several
@hypothesis.given(postings=POSTINGS)
def test_whatever_is_posted_adds_up_to_zero(
    accounts: list[Account], postings: list[tuple[int, int, int]]
) -> None:
    ledger.post(transfers(accounts, postings), NOW, "2027-03")
    found = standing(accounts)
    lines = books.trial_balance(accounts[0].institution_id, "2027-03")
    expected = [
        sum(units for debit, _, units in postings if debit == place)
        - sum(units for _, credit, units in postings if credit == place)
        for place in range(len(KINDS))
    ]
    db.session.rollback()
    assert (found, sum(found)) == (expected, 0)
    assert sum(line.debits for line in lines) == sum(line.credits for line in lines)
    assert sum(line.after for line in lines) == 0


@several
@hypothesis.given(before=POSTINGS, postings=POSTINGS)
def test_reversing_restores_what_stood_before(
    accounts: list[Account], before: list[tuple[int, int, int]], postings: list[tuple[int, int, int]]
) -> None:
    ledger.post(transfers(accounts, before, "before"), NOW, "2027-03")
    first = standing(accounts)
    ledger.post(transfers(accounts, postings, "after"), NOW, "2027-03")
    numbers = db.session.scalars(select(LedgerTransfer.id).where(LedgerTransfer.key.like("after:%"))).all()
    ledger.reverse(numbers, "Wrong", NOW, "2027-04")
    found = standing(accounts)
    db.session.rollback()
    assert found == first


@several
@hypothesis.given(postings=POSTINGS, data=st.data())
def test_the_order_of_postings_does_not_matter(
    accounts: list[Account], postings: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(postings))
    found = []
    for each in (postings, shuffled):
        ledger.post(transfers(accounts, each), NOW, "2027-03")
        found.append(standing(accounts))
        db.session.rollback()
    assert found[0] == found[1]


def test_an_account_is_made_once(world: World) -> None:
    house, lab = world.institution(), world.lab()
    keys = [
        AccountKey("bank_clearing", house.id, "CNY"),
        AccountKey("lab_income", house.id, "CNY", lab_id=lab.id),
    ]
    assert perform(lambda: ledger.accounts(keys)) == perform(lambda: ledger.accounts(keys))


def test_posting_twice_is_refused_and_told_beforehand(accounts: list[Account]) -> None:
    posting = transfers(accounts, [(0, 1, 5)])
    perform(lambda: ledger.post(posting, NOW, "2027-03"))
    assert ledger.posted(["x:0", "x:1"]) == {"x:0"}
    with pytest.raises(IntegrityError):
        perform(lambda: ledger.post(posting, NOW, "2027-03"))
    assert standing(accounts)[0] == 5


def test_a_reversal_says_why_and_is_made_once(accounts: list[Account]) -> None:
    perform(lambda: ledger.post(transfers(accounts, [(0, 1, 5), (1, 2, 7)]), NOW, "2027-03"))
    first, second = db.session.scalars(select(LedgerTransfer.id).order_by(LedgerTransfer.id)).all()
    perform(lambda: ledger.reverse([first], "Twice", NOW, "2027-04", None))
    with pytest.raises(Refusal) as refused:
        perform(lambda: ledger.reverse([first, second], "Twice", NOW, "2027-04", None))
    assert [reason.code for reason in refused.value.reasons] == ["reversed"]
    mirror = books.history(accounts[0].id)[0]
    assert (mirror.reason, mirror.units, mirror.reverses_id, mirror.month) == ("Twice", -5, first, "2027-04")
    with pytest.raises(Refusal):
        perform(lambda: ledger.reverse([mirror.id], "Back", NOW, "2027-04", None))
    with pytest.raises(NotFound):
        perform(lambda: ledger.reverse([999999999], "No", NOW, "2027-04", None))


def test_the_history_of_an_account_is_read_page_by_page(accounts: list[Account]) -> None:
    perform(lambda: ledger.post(transfers(accounts, [(0, 1, 5), (2, 0, 3), (1, 2, 9)]), NOW, "2027-03"))
    first = books.history(accounts[0].id, most=1)
    second = books.history(accounts[0].id, before=first[-1].id, most=5)
    assert [(each.units, each.other_id) for each in (*first, *second)] == [
        (-3, accounts[2].id), (5, accounts[1].id),
    ]  # fmt: skip


def test_the_trial_balance_brings_forward_what_was_posted_before(accounts: list[Account]) -> None:
    for month, units in (("2027-02", 10), ("2027-03", 4), ("2027-04", 1)):
        posting = transfers(accounts, [(0, 1, units)], month)
        perform(lambda: ledger.post(posting, NOW, month))  # noqa: B023 - done before the next turn
    lines = {line.kind: line for line in books.trial_balance(accounts[0].institution_id, "2027-03")}
    bank = lines["bank_clearing"]
    assert (bank.before, bank.debits, bank.credits, bank.after) == (10, 4, 0, 14)
    assert lines["waiver"].after == -14


def test_the_next_open_month_is_found_over_the_end_of_a_year(accounts: list[Account]) -> None:
    house = accounts[0].institution_id
    for month in ("2026-12", "2027-01", "2027-03"):
        db.session.add(ClosedMonth(institution_id=house, month=month, closed_at=NOW))
    db.session.commit()
    assert ledger.open_month(house, "2026-12") == "2027-02"
    assert ledger.open_month(house, "2027-02") == "2027-02"
    assert ledger.open_month(house, "2027-03") == "2027-04"


def test_a_month_of_a_moment_is_that_of_the_wall() -> None:
    assert ledger.month_of(datetime(2027, 2, 28, 17, tzinfo=UTC), "Asia/Shanghai") == "2027-03"


def test_whoever_closes_a_month_waits_for_those_who_post_into_it(app: Flask, accounts: list[Account]) -> None:
    house, posting = accounts[0].institution_id, transfers(accounts, [(0, 1, 5)])
    begun, closed = threading.Event(), threading.Event()

    def close() -> None:
        with app.app_context():
            begun.wait(30)
            perform(lambda: db.session.add(ClosedMonth(institution_id=house, month="2027-03", closed_at=NOW)))
            closed.set()
            db.session.remove()

    closer = threading.Thread(target=close)
    closer.start()

    def post_slowly() -> bool:
        ledger.post(posting, NOW, "2027-03")
        begun.set()
        return closed.wait(0.3)

    assert perform(post_slowly) is False
    closer.join(30)
    assert closed.is_set()
    with pytest.raises(IntegrityError, match="month_open"):
        perform(lambda: ledger.post(transfers(accounts, [(0, 1, 5)], "late"), NOW, "2027-03"))
