"""Refunds stand on the statement they belong to: received, given back and what is open add up, on page and in every file."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.charges import by_hand
from instruments.charges.closing.giving_back import unmatch
from instruments.charges.closing.movements import movements_of
from instruments.charges.closing.over import over
from instruments.charges.closing.paying import pay_from_account
from instruments.charges.closing.standing import standings, sums_of
from instruments.charges.closing_models import Statement
from instruments.charges.models import Charge
from instruments.charges.payment_models import PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.money import Money
from instruments.people.models import Institution, Person
from instruments.people.rights import Role
from tests.charges.scene import Scene, balances
from tests.charges.test_closing import close
from tests.charges.test_paying import ON, back, bill, codes, paid
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def credited(scene: Scene, row: Statement, units: int = 10_000) -> Statement:
    """So much of what a statement bills is credited, and comes on the next, which owes it back."""
    line = text("SELECT charge_id FROM statement_line WHERE statement_id = :id")
    charge = db.session.execute(line, {"id": row.id}).scalar_one()
    amount, actor = Money.from_units(units, "CNY"), scene.actor(scene.manager)
    perform(partial(by_hand.enter, actor, charge, "credit", amount, "It was down.", NOW))
    close(scene, "2027-03")
    db.session.rollback()
    return db.session.scalars(select(Statement).where(Statement.month == "2027-03")).one()


def figures(row: Statement) -> tuple[int, ...]:
    at = standings([row])[row.id]
    assert at.due - at.received + at.elsewhere + at.given_back + at.on_account == at.left
    return at.received, at.elsewhere, at.given_back, at.on_account, at.left


def boss_of(scene: Scene, row: Statement) -> Person:
    home = db.session.get_one(Institution, row.payer_institution_id)
    boss = scene.world.person(home)
    scene.world.grant(boss, Role.COMPANY_MANAGER, home)
    return boss


# --- Refused --------------------------------------------------------------------------------------------------------


def test_what_a_statement_does_not_owe_does_not_go_back(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 40_000)
    assert codes(back(scene, number, 1, settles=row)) == ["owes_nothing"]
    later = credited(scene, row)
    assert codes(back(scene, number, 10_001, settles=later)) == ["too_much"]
    assert codes(back(scene, number, 1)) == ["too_much"]
    perform(back(scene, number, 10_000, settles=later))
    assert codes(back(scene, number, 1, settles=later)) == ["too_much"]


@pytest.mark.parametrize(
    "more",
    [
        "id, 1, statement_id, false",  # what is over went back already
        "id, 10000, (SELECT max(id) FROM statement), true",  # more than the statement owes
        "id, 1, statement_id, true",  # a statement that owes nothing
    ],
)
def test_the_database_refuses_what_was_given_back_already(scene: Scene, more: str) -> None:
    row = bill(scene)
    number = paid(scene, row, 40_000)
    perform(back(scene, number, 5_000, settles=credited(scene, row)))
    with pytest.raises(IntegrityError):
        db.session.execute(
            text(
                "INSERT INTO payment (creditor_id, kind, payer_institution_id, currency, received_on, bank_account, key,"
                " recorded_at, refunds_id, amount_units, statement_id, settles_credit) SELECT creditor_id, 'refund',"
                f" payer_institution_id, currency, received_on, bank_account, 'x', recorded_at, {more} FROM payment"
                " WHERE kind = 'payment'"
            )
        )
    db.session.rollback()


def test_a_payment_of_another_payer_stands_on_no_statement(scene: Scene) -> None:
    paid(scene, bill(scene), 40_000)
    with pytest.raises(IntegrityError):
        db.session.execute(
            text(
                "INSERT INTO payment (creditor_id, kind, payer_institution_id, currency, received_on, bank_account, key,"
                " recorded_at, amount_units, statement_id) SELECT creditor_id, 'payment', payer_institution_id, currency,"
                " received_on, bank_account, 'x', recorded_at, 1, (SELECT min(id) FROM statement) FROM payment"
            )
        )
    db.session.rollback()


# --- It adds up -----------------------------------------------------------------------------------------------------


def test_what_is_over_and_goes_back_stands_on_its_statement(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 55_000)
    assert figures(row) == (55_000, 0, 0, 15_000, 0)
    perform(back(scene, number, 10_000))
    assert figures(row) == (55_000, 0, 10_000, 5_000, 0)
    kinds = [(each.kind, each.received, each.pays, each.over) for each in movements_of(row.id)]
    assert kinds == [("payment", 55_000, 40_000, 5_000), ("refund", 10_000, 0, 0)]


def test_taken_off_and_given_back_it_is_open_and_says_so(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 40_000)
    match = db.session.scalars(select(PaymentMatch.id)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    perform(back(scene, number, 40_000))
    assert figures(row) == (40_000, 0, 40_000, 0, 40_000)
    assert [each.kind for each in movements_of(row.id)] == ["payment", "refund"]


def test_what_a_statement_owes_back_goes_back_to_the_account_that_paid(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 40_000)
    later = credited(scene, row)
    before = balances()
    assert (later.due_units, figures(later)) == (-10_000, (0, 0, 0, 0, -10_000))
    perform(back(scene, number, 4_000, settles=later))
    perform(back(scene, number, 6_000, settles=later))
    assert figures(later) == (0, 0, 10_000, 0, 0)
    assert figures(row) == (40_000, 0, 0, 0, 0)
    assert [(each.kind, each.received) for each in movements_of(later.id)] == [
        ("refund", 4_000), ("refund", 6_000),
    ]  # fmt: skip
    # The credit stood on the company's account in the house's books, and is gone from it.
    after, house = balances(), scene.house.id
    changed = {key[0] for key in {*before, *after} if before.get(key) != after.get(key)}
    assert changed == {"receivable", "bank_clearing"}
    assert after["bank_clearing", house, None] == 30_000
    assert not [key for key in after if key[0] == "receivable" and key[2]]
    (sums,) = sums_of(Statement.closing_id == later.closing_id)
    assert (sums.due, sums.paid, sums.given_back, sums.left) == (-10_000, 0, 10_000, 0)


def test_never_more_goes_back_than_came_in(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 40_000)
    perform(back(scene, number, 10_000, settles=credited(scene, row)))
    match = db.session.scalars(select(PaymentMatch.id)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    assert over(number) == 40_000
    assert codes(back(scene, number, 30_001)) == ["too_much"]
    perform(back(scene, number, 30_000))


def test_what_is_over_pays_another_statement(scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 55_000)
    company = db.session.get_one(Charge, movable(row)).reservation_id
    assert company is not None
    assert codes(partial(pay_from_account, number, row.id, NOW, scene.finance.id)) == ["nothing_due"]
    match = db.session.scalars(select(PaymentMatch.id)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    assert perform(partial(pay_from_account, number, row.id, NOW, scene.finance.id)) == 40_000
    assert figures(row) == (55_000, 0, 0, 15_000, 0)
    assert sum(balances().values()) == 0


def movable(row: Statement) -> int:
    line = text("SELECT charge_id FROM statement_line WHERE statement_id = :id")
    return int(db.session.execute(line, {"id": row.id}).scalar_one())


# --- Seen -----------------------------------------------------------------------------------------------------------


def test_payer_and_finance_see_it_on_the_page_and_in_every_file(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    row = bill(scene)
    address = f"/statements/{row.id}"
    bare = {kind: fetched(client, scene.finance, f"{address}.{kind}") for kind in ("pdf", "xlsx", "csv")}
    perform(back(scene, paid(scene, row, 55_000), 10_000, date(2027, 2, 12)))
    for person in (boss_of(scene, row), scene.finance):
        page = fetched(client, person, address).decode()
        for said in (
            "Refunded",
            "100.00",
            "12 Feb",
            "to 6222 1",
            "On account, pays nothing yet",
            "Still to pay",
        ):
            assert said in page, said
        for kind, before in bare.items():
            first, second = (fetched(client, person, f"{address}.{kind}") for _ in range(2))
            assert first == second != before, kind
    chinese = fetched(client, scene.finance, f"{address}?lang=zh").decode()
    assert "已退款" in chinese and "尚待支付" in chinese


def fetched(client: FlaskClient, person: Person, address: str) -> bytes:
    sign_in(client, person)
    found = client.get(address)
    assert found.status_code == 200
    return found.data


def test_both_columns_of_the_table_come_to_what_is_left(client: FlaskClient, scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 30_000)
    perform(partial(unmatch, db.session.scalars(select(PaymentMatch.id)).one(), NOW, scene.finance.id))
    perform(back(scene, number, 10_000))
    own = db.session.scalars(select(Statement).order_by(Statement.number)).first()
    assert own is not None and own.internal_units
    for each, left in ((row, "400.00"), (own, "0.00")):
        body = fetched(client, scene.finance, f"/statements/{each.id}.csv?lang=en").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(body)))
        both = [
            Decimal(line[name] or 0) for line in rows for name in ("You pay", "Settled (−) or refunded (+)")
        ]
        assert sum(both) == Decimal(left) == Decimal(rows[-1]["Remaining"])


def test_finance_records_refunds_on_the_page(client: FlaskClient, world: World, scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 55_000)
    address = f"/statements/{row.id}"
    said = {"payment_id": str(number), "amount": "150.00", "day": "2027-02-12", "reference": "R1"}
    for person in (scene.student, scene.head, scene.manager):
        assert sign_in(client, person).post(f"{address}/refunds", data=said).status_code == 404
        assert client.post(f"{address}/payments/{number}/match").status_code == 404
    sign_in(client, boss_of(scene, row))
    assert client.post(f"{address}/refunds", data=said).status_code == 404
    sign_in(client, scene.finance)
    refused = client.post(f"{address}/refunds", data=said | {"amount": "x", "reference": ""})
    assert refused.status_code == 422 and f"refund-amount-{number}" in refused.get_data(as_text=True)
    assert client.post(f"{address}/refunds", data=said | {"payment_id": "999999999"}).status_code == 404
    assert client.post(f"{address}/refunds", data=said).status_code == 303
    later = credited(scene, row)
    page = fetched(client, scene.finance, f"/statements/{later.id}").decode()
    assert "at most CNY 400.00" in page and "Owed back" in page
    refund = said | {"amount": "100.00", "reference": "R2", "day": ON.isoformat()}
    assert client.post(f"/statements/{later.id}/refunds", data=refund | {"day": ""}).status_code == 422
    assert client.post(f"/statements/{later.id}/refunds", data=refund).status_code == 303
    page = fetched(client, scene.finance, f"/statements/{later.id}").decode()
    assert "Refunded" in page and "to 6222 1" in page
    assert client.post(f"{address}/payments/{number}/match").status_code == 422
