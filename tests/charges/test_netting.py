"""Settlement between institutions: gross, unless both finance offices accept to net; then balanced in both books, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.charges import disputing
from instruments.charges.closing.giving_back import Back, refund, unmatch
from instruments.charges.closing.netting import accepting
from instruments.charges.closing.netting.accepting import accept, decline, lapse_if_changed, withdraw
from instruments.charges.closing.netting.owing import Position, positions
from instruments.charges.closing.netting.proposing import propose
from instruments.charges.closing.netting.shares import netted
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.standing import standings
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotFound, Refusal
from instruments.journal.models import JournalEntry
from instruments.money import Money
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_both_books import in_books
from tests.charges.test_closing import DAY, close
from tests.charges.two_houses import TwoHouses, proposal
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def houses(world: World, now: Any) -> TwoHouses:
    return TwoHouses(world)


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as caught:
        perform(act)
    return [reason.code for reason in caught.value.reasons]


def accepted(number: int, scene: Scene) -> str:
    return perform(partial(accept, number, scene.house.id, NOW, scene.finance.id))


# --- How much -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ([], [], (0, [], [])),
        ([100], [], (0, [0], [])),
        ([100], [100], (100, [100], [100])),
        ([60, 60, 60], [100], (100, [60, 40, 0], [100])),
        ([1], [5, 5], (1, [1], [1, 0])),
    ],
)
def test_what_is_netted(one: list[int], two: list[int], expected: Any) -> None:
    assert netted(one, two) == expected


@given(st.lists(st.integers(1, 10**9), max_size=6), st.lists(st.integers(1, 10**9), max_size=6))
def test_both_sides_come_to_the_same(one: list[int], two: list[int]) -> None:
    most, by_one, by_two = netted(one, two)
    assert sum(by_one) == sum(by_two) == most == min(sum(one), sum(two))
    assert all(0 <= takes <= left for left, takes in zip(one + two, by_one + by_two, strict=True))


# --- Refused --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_proposed(houses: TwoHouses, world: World) -> None:
    one, two, stranger = houses.one, houses.two, world.institution()

    def wanted(other: int, currency: str = "CNY") -> Callable[[], object]:
        return partial(propose, one.house.id, other, currency, True, NOW, one.finance.id)

    assert codes(wanted(one.house.id)) == ["itself"]
    assert codes(wanted(999_999)) == ["no_institution"]
    assert codes(wanted(stranger.id)) == ["nothing"]
    assert codes(wanted(two.house.id, "EUR")) == ["nothing"]
    houses.propose()
    assert codes(wanted(two.house.id)) == ["proposed", "nothing"]


def test_who_answers_what(houses: TwoHouses, world: World) -> None:
    one, two, stranger = houses.one, houses.two, world.institution()
    number = houses.propose()
    mine = (number, one.house.id, "Not now.", NOW, one.finance.id)
    theirs = (number, two.house.id, "", NOW, two.finance.id)
    assert codes(partial(decline, *mine)) == ["own"]
    assert codes(partial(decline, *theirs)) == ["no_reason"]
    assert codes(partial(withdraw, *theirs)) == ["not_own"]
    assert codes(partial(withdraw, number, one.house.id, "x" * 501, NOW, one.finance.id)) == ["too_long"]
    assert codes(partial(accept, number, two.house.id, NOW, one.finance.id)) == ["same_person"]
    for deed in (accept, lambda *args: decline(*args[:2], "x", *args[2:])):
        with pytest.raises(NotFound):
            perform(partial(deed, number, stranger.id, NOW, one.finance.id))
    perform(partial(withdraw, *mine))
    assert proposal(number).state == "withdrawn"
    assert codes(partial(accept, number, two.house.id, NOW, two.finance.id)) == ["withdrawn"]
    assert codes(partial(decline, number, two.house.id, "No.", NOW, two.finance.id)) == ["withdrawn"]


# --- Proposed, accepted, executed -----------------------------------------------------------------------------------


def test_gross_until_both_accept(houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    assert positions(one.house.id) == [Position(two.house.id, "CNY", 90_000, 36_000, 36_000)]
    before = balances()
    number = houses.propose(accepts=False)
    assert proposal(number).state == "proposed"
    assert accepted(number, one) == accepted(number, one) == "accepted_by_one"
    assert balances() == before
    assert positions(one.house.id) == [Position(two.house.id, "CNY", 90_000, 36_000, 0)]
    assert accepted(number, two) == accepted(number, two) == "accepted"
    row = proposal(number)
    assert (row.one_owes_units, row.two_owes_units, row.netted_units) == (36_000, 90_000, 36_000)
    after = balances()
    changes = {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}
    assert {key[:2]: units for key, units in changes.items() if units} == {
        ("payable", one.house.id): 36_000, ("receivable", one.house.id): -36_000,
        ("payable", two.house.id): 36_000, ("receivable", two.house.id): -36_000,
    }  # fmt: skip
    assert [standings([each])[each.id].left for each in houses.statements(one)] == [18_000, 36_000]
    assert [standings([each])[each.id].left for each in houses.statements(two)] == [0]
    assert positions(one.house.id) == [Position(two.house.id, "CNY", 54_000, 0, 0)]


def test_what_no_fund_of_these_books_bore_is_not_netted_out_of_what_is_owed(world: World, now: Any) -> None:
    one, two = Scene(world), Scene(world)
    monthly = one.fund(one.house, kind="credit", creditor=two.house, budget_units=10_000_000)
    for day, (at, fund) in enumerate(((one, two.grant), (one, two.grant), (two, monthly), (two, one.grant))):
        at.use(at.reservation(MORNING + day * DAY, payers=[(fund, "100", "partner")]))
        at.charge()
    for each in (one, two):
        close(each)
    db.session.rollback()
    assert in_books(one.house.id) == {
        "fund": 18_000, "payable": -18_000, "receivable": 36_000, "lab_income": -36_000,
    }  # fmt: skip
    number = perform(partial(propose, one.house.id, two.house.id, "CNY", True, NOW, one.finance.id))
    assert accepted(number, two) == "accepted"
    # Of the 360.00 that one owed it owed 180.00 in these books; the rest went as if it had come in and been paid on.
    assert in_books(one.house.id) == {"fund": 18_000, "bank_clearing": 18_000, "lab_income": -36_000}
    theirs = in_books(two.house.id)
    assert (theirs.get("payable", 0), theirs.get("receivable", 0)) == (0, 0) and "bank_clearing" not in theirs


def test_both_are_told(houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    number = houses.propose()
    accepted(number, two)
    db.session.rollback()
    entry = JournalEntry
    rows = db.session.execute(
        select(entry.deed, entry.institution_id, entry.detail)
        .where(entry.thing_kind == "settlement")
        .order_by(entry.id)
    ).all()
    told = [(row.deed, row.institution_id, row.detail["told_ids"]) for row in rows]
    assert told == [
        ("settlement.proposed", one.house.id, []),
        ("settlement.proposed", two.house.id, [two.finance.id]),
        ("settlement.accepted", one.house.id, []),
        ("settlement.accepted", two.house.id, []),
        ("settlement.netted", one.house.id, [one.finance.id]),
        ("settlement.netted", two.house.id, []),
    ]


def test_declined_the_statements_are_free_again(houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    number = houses.propose()
    perform(partial(decline, number, two.house.id, "We pay by bank.", NOW, two.finance.id))
    row = proposal(number)
    assert (row.state, row.reason, row.closed_by_id) == ("declined", "We pay by bank.", two.finance.id)
    again = houses.propose(by=two)
    assert again != number and accepted(again, one) == "accepted"


# --- A statement changes meanwhile ----------------------------------------------------------------------------------


def paid_meanwhile(houses: TwoHouses) -> None:
    row = houses.statements(houses.one)[0]
    came = Received(Money.from_units(100, "CNY"), date(2027, 2, 10), "6222 1", "B1")
    perform(partial(pay, row.id, came, NOW, houses.one.finance.id))


def charge_of(houses: TwoHouses) -> int:
    row = houses.statements(houses.two)[0]
    asked = text("SELECT charge_id FROM statement_line WHERE statement_id = :id AND position = 1")
    return int(db.session.execute(asked, {"id": row.id}).scalar_one())


def disputed_meanwhile(houses: TwoHouses) -> int:
    actor = houses.one.actor(houses.one.finance)
    return perform(partial(disputing.dispute, actor, charge_of(houses), "Not ours.", None, NOW))


def corrected_meanwhile(houses: TwoHouses) -> None:
    case, manager = disputed_meanwhile(houses), houses.two.actor(houses.two.manager)
    less = Money.from_units(5_000, "CNY")
    perform(partial(disputing.answer, manager, case, "adjusted", "It was down.", less, None, NOW))


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [(paid_meanwhile, "paid"), (disputed_meanwhile, "disputed"), (corrected_meanwhile, "reversed")],
)
def test_it_lapses_and_nothing_is_netted(houses: TwoHouses, meanwhile: Any, why: str) -> None:
    number = houses.propose()
    assert not perform(partial(lapse_if_changed, number, NOW))
    meanwhile(houses)
    before = balances()
    assert codes(partial(accept, number, houses.two.house.id, NOW, houses.two.finance.id)) == ["lapsed"]
    assert perform(partial(lapse_if_changed, number, NOW))
    assert not perform(partial(lapse_if_changed, number, NOW))
    row = proposal(number)
    assert (row.state, row.lapsed_because) == ("lapsed", why) and row.lapsed_over_id is not None
    assert accepting.open_proposals() == [] and balances() == before
    assert codes(partial(accept, number, houses.two.house.id, NOW, houses.two.finance.id)) == ["lapsed"]
    # What was corrected before is known, and may be netted as it stands.
    if why == "reversed":
        assert accepted(houses.propose(), houses.two) == "accepted"


# --- It stays -------------------------------------------------------------------------------------------------------


def test_neither_side_takes_it_back_alone(houses: TwoHouses) -> None:
    accepted(houses.propose(), houses.two)
    match = db.session.scalars(select(PaymentMatch)).first()
    assert match is not None
    finance = houses.one.finance.id
    assert codes(partial(unmatch, match.id, NOW, finance)) == ["netted"]
    back = Back(Money.from_units(1, "CNY"), date(2027, 3, 1), "R")
    assert codes(partial(refund, match.payment_id, back, NOW, finance)) == ["netted"]


OPEN_ONES = [
    "UPDATE settlement_proposal SET netted_units = 1",
    "UPDATE settlement_proposal SET one_owes_units = one_owes_units + 1",
    "UPDATE settlement_proposal SET state = 'declined', closed_at = 1",
    "UPDATE settlement_proposal SET state = 'accepted', closed_at = 1",
    "UPDATE settlement_proposal SET one_accepted_by_id = NULL, one_accepted_at = NULL, state = 'proposed'",
    "UPDATE settlement_proposal SET two_accepted_by_id = one_accepted_by_id, two_accepted_at = 1, state = 'accepted',"
    " closed_at = 1",
    "DELETE FROM settlement_proposal",
    "DELETE FROM settlement_statement",
    "UPDATE settlement_statement SET netted_units = 1",
    "INSERT INTO settlement_proposal (one_id, two_id, currency, one_owes_units, two_owes_units, netted_units,"
    " proposed_for_id, proposed_by_id, proposed_at) SELECT one_id, two_id, currency, 1, 1, 1, one_id, proposed_by_id, 1"
    " FROM settlement_proposal",
    "INSERT INTO payment (creditor_id, kind, payer_institution_id, currency, amount_units, received_on, proposal_id, key,"
    " recorded_at) SELECT one_id, 'netting', two_id, currency, netted_units, '2027-03-01', id, 'x', 1"
    " FROM settlement_proposal",
]
CLOSED_ONES = [
    "UPDATE settlement_proposal SET reason = 'x'",
    "UPDATE settlement_statement SET live = true",
    "UPDATE payment_match SET undone_at = 1",
    "INSERT INTO payment (creditor_id, kind, payer_institution_id, currency, amount_units, received_on, proposal_id, key,"
    " recorded_at) SELECT one_id, 'netting', two_id, currency, netted_units, '2027-03-01', id, 'x', 1"
    " FROM settlement_proposal",
]


# Everything that an open one names, in another that is open too.
IN_TWO = [
    "INSERT INTO settlement_proposal (one_id, two_id, currency, one_owes_units, two_owes_units, netted_units,"
    " proposed_for_id, proposed_by_id, proposed_at) SELECT one_id, two_id, 'EUR', 1, 1, 1, one_id, proposed_by_id, 1"
    " FROM settlement_proposal",
    "INSERT INTO settlement_statement SELECT (SELECT max(id) FROM settlement_proposal), statement_id, left_units,"
    " netted_units, reversed_lines, true FROM settlement_statement WHERE live",
]


def refused_by_the_database(statements: list[str]) -> list[str]:
    """Those of the statements that the database refuses, each tried alone."""
    found = []
    for statement in statements:
        try:
            db.session.execute(text(statement))
        except IntegrityError:
            found.append(statement)
        db.session.rollback()
    return found


def test_the_database_refuses(houses: TwoHouses) -> None:
    number = houses.propose()
    assert refused_by_the_database(OPEN_ONES) == OPEN_ONES
    db.session.execute(text(IN_TWO[0]))
    with pytest.raises(IntegrityError):
        db.session.execute(text(IN_TWO[1]))
    db.session.rollback()
    accepted(number, houses.two)
    assert refused_by_the_database(CLOSED_ONES) == CLOSED_ONES


# --- At once --------------------------------------------------------------------------------------------------------


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[object]:
    """What each of these deeds comes to when all begin together: its result, or the code of its refusal."""
    gate, outcomes = threading.Barrier(len(acts)), list[object]()
    db.session.commit()

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                outcomes.append(perform(act))
            except Refusal as refusal:
                outcomes.append(refusal.reasons[0].code)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_both_accept_at_once(houses: TwoHouses, app: Flask) -> None:
    number = houses.propose(accepts=False)
    scenes = (houses.one, houses.two, houses.one, houses.two)
    acts = [partial(accept, number, each.house.id, NOW, each.finance.id) for each in scenes]
    outcomes = at_once(app, acts)
    assert len(outcomes) == 4 and set(outcomes) == {"accepted_by_one", "accepted"}
    db.session.rollback()
    assert len(db.session.scalars(select(Payment)).all()) == 2
    assert sum(balances().values()) == 0


def test_paid_and_accepted_at_once(houses: TwoHouses, app: Flask) -> None:
    number = houses.propose()
    row, scene = houses.statements(houses.one)[0], houses.two
    came = Received(Money.from_units(100, "CNY"), date(2027, 2, 10), "6222 1", "B1")
    outcomes = at_once(
        app,
        [
            partial(accept, number, scene.house.id, NOW, scene.finance.id),
            partial(pay, row.id, came, NOW, houses.one.finance.id),
        ],
    )
    assert {"accepted", "lapsed"} & set(outcomes)
    left = standings([houses.statements(houses.one)[0]])[row.id].left
    assert left == (54_000 - 100 - (36_000 if "accepted" in outcomes else 0))


def test_both_propose_at_once(houses: TwoHouses, app: Flask) -> None:
    one, two = houses.one, houses.two
    outcomes = at_once(
        app,
        [
            partial(propose, one.house.id, two.house.id, "CNY", True, NOW, one.finance.id),
            partial(propose, two.house.id, one.house.id, "CNY", True, NOW, two.finance.id),
        ],
    )
    assert "proposed" in outcomes and accepting.open_proposals() == [
        each for each in outcomes if each != "proposed"
    ]
