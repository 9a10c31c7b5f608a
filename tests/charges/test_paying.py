"""Payments: recorded once, matched within what is due, over-payments kept and given back to the account that paid."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.charges.closing.giving_back import Back, refund, unmatch
from instruments.charges.closing.over import over
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.money import Money
from tests.charges.scene import Scene, balances
from tests.charges.test_closing import DAY, close, mixed
from tests.conftest import NOW
from tests.world import World, sign_in

ON = date(2027, 2, 10)


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def bill(scene: Scene) -> Statement:
    """The statement of the company: 400.00 due, on a credit in the house's books."""
    mixed(scene, 3)
    close(scene)
    db.session.rollback()
    return db.session.scalars(select(Statement).order_by(Statement.number.desc())).first()  # type: ignore[return-value]  # there are three


def paid(scene: Scene, row: Statement, units: int, reference: str = "B1") -> int:
    came = Received(Money.from_units(units, "CNY"), ON, "6222 1", reference)
    return perform(partial(pay, row.id, came, NOW, scene.finance.id))


def back(scene: Scene, payment_id: int, units: int, day: date = ON, settles: Statement | None = None) -> Any:
    went = Back(Money.from_units(units, "CNY"), day, f"R{units}", settles.id if settles else None)
    return partial(refund, payment_id, went, NOW, scene.finance.id)


def codes(act: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        perform(act)
    return [reason.code for reason in caught.value.reasons]


def test_what_is_refused(scene: Scene) -> None:
    row = bill(scene)
    own = db.session.scalars(select(Statement).order_by(Statement.number)).first()
    assert own is not None
    wrong = Received(Money.from_units(100, "EUR"), ON, " ", "")
    assert codes(partial(pay, own.id, wrong, NOW, scene.finance.id)) == [
        "no_account", "no_reference", "currency", "nothing_due",
    ]  # fmt: skip
    paid(scene, row, 10_000)
    came = Received(Money.from_units(10_000, "CNY"), ON, "6222  1", "B1")
    assert codes(partial(pay, row.id, came, NOW, scene.finance.id)) == ["recorded"]


def test_part_payments_until_it_is_paid_and_what_is_over_goes_back(scene: Scene) -> None:
    row = bill(scene)
    before = balances()
    paid(scene, row, 30_000)
    assert standings([row])[row.id].left == 10_000
    number = paid(scene, row, 25_000, "B2")
    assert (standings([row])[row.id].left, over(number)) == (0, 15_000)
    assert codes(back(scene, number, 15_001)) == ["too_much"]
    assert codes(back(scene, number, 15_000, ON - timedelta(days=1))) == ["before_payment"]
    perform(back(scene, number, 15_000))
    assert over(number) == 0
    after = balances()
    house = scene.house.id
    assert after["bank_clearing", house, None] == 40_000
    assert (
        sum(units for (kind, books, _), units in before.items() if (kind, books) == ("receivable", house))
        - sum(units for (kind, books, _), units in after.items() if (kind, books) == ("receivable", house))
        == 40_000
    )
    assert sum(after.values()) == 0


def test_taken_back_it_is_open_again(scene: Scene) -> None:
    row = bill(scene)
    before = balances()
    number = paid(scene, row, 40_000)
    match = db.session.scalars(select(PaymentMatch.id).where(PaymentMatch.payment_id == number)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    assert (standings([row])[row.id].left, over(number)) == (40_000, 40_000)
    assert codes(partial(unmatch, match, NOW, scene.finance.id)) == ["undone"]
    perform(back(scene, number, 40_000))
    assert balances() == before


def test_overdue_is_what_is_late_and_not_in_dispute(scene: Scene) -> None:
    row = bill(scene)
    late = row.due_on + DAY
    assert standings([row])[row.id].overdue(row.due_on) == 0
    assert standings([row])[row.id].overdue(late) == 40_000
    line = db.session.execute(
        text("SELECT charge_id FROM statement_line WHERE statement_id = :id"), {"id": row.id}
    )
    db.session.execute(text("UPDATE charge SET state = 'disputed' WHERE id = :id"), {"id": line.scalar_one()})
    assert standings([row])[row.id].overdue(late) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payment SET amount_units = 1",
        "DELETE FROM payment",
        "DELETE FROM payment_match",
        "UPDATE payment_match SET amount_units = 1",
        "INSERT INTO payment_match (payment_id, statement_id, amount_units, matched_at)"
        " SELECT payment_id, statement_id, 1, matched_at FROM payment_match",
        "INSERT INTO payment_match (payment_id, statement_id, amount_units, matched_at)"
        " SELECT m.payment_id, s.id, 1, m.matched_at FROM payment_match AS m JOIN statement AS s ON s.number = 1",
        "INSERT INTO payment (creditor_id, kind, payer_institution_id, currency, amount_units, received_on, bank_account,"
        " refunds_id, key, recorded_at) SELECT creditor_id, 'refund', payer_institution_id, currency, 1, received_on,"
        " bank_account, id, 'x', recorded_at FROM payment",
    ],
)
def test_the_database_refuses(scene: Scene, statement: str) -> None:
    paid(scene, bill(scene), 40_000)
    with pytest.raises(IntegrityError):
        db.session.execute(text(statement))
    db.session.rollback()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=4))
def test_whatever_comes_in_adds_up(scene: Scene, sums: list[int]) -> None:
    row = db.session.scalars(select(Statement).order_by(Statement.number.desc())).first() or bill(scene)
    count = len(db.session.scalars(select(Payment.id)).all())
    already = standings([row])[row.id].paid
    numbers = [paid(scene, row, units, f"H{count + place}") for place, units in enumerate(sums)]
    now_paid = standings([row])[row.id].paid
    assert now_paid == min(40_000, already + sum(sums))
    assert now_paid - already + sum(map(over, numbers)) == sum(sums)
    assert sum(balances().values()) == 0


def test_finance_records_on_the_page(client: FlaskClient, scene: Scene) -> None:
    row = bill(scene)
    address = f"/statements/{row.id}/payments"
    said = {"amount": "150.00", "day": "2027-02-10", "bank_account": "6222 1", "reference": "P1"}
    for person in (scene.student, scene.head, scene.manager):
        assert sign_in(client, person).post(address, data=said).status_code == 404
    sign_in(client, scene.finance)
    assert client.post(address, data={"amount": "x"}).status_code == 422
    assert client.post(address, data=said).status_code == 303
    assert client.post(address, data=said).status_code == 422
    page = client.get(f"/statements/{row.id}").get_data(as_text=True)
    assert "250.00" in page and "6222 1" in page
    match = db.session.scalars(select(PaymentMatch.id)).one()
    assert client.post(f"/statements/{row.id}/payments/{match}/undo").status_code == 303
