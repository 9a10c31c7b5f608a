"""What a statement owes back pays another of the same payer: refused where it must be, in the books of both, and taken back."""

from __future__ import annotations

from datetime import timedelta
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
from instruments.charges.closing.payer_accounts import PAYER
from instruments.charges.closing.paying import pay_from_account
from instruments.charges.closing.setting_off import objections, set_off
from instruments.charges.closing.standing import standings, sums_of
from instruments.charges.closing_models import Statement
from instruments.charges.disputing import dispute
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_both_books import in_books
from tests.charges.test_closing import close
from tests.charges.test_paying import back, codes, paid
from tests.conftest import NOW
from tests.world import World, bearer, refused_at, sign_in

APRIL = MORNING + timedelta(days=59)


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


class Owing:
    """A company that paid 400.00 for February, is owed 100.00 of it back in March, and owes 400.00 for April."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.world = scene.world
        self.company = self.world.institution(kind="company")
        self.fund = scene.fund(self.company, kind="credit", creditor=scene.house, budget_units=10_000_000)
        self.row = self._billed(MORNING, "2027-02")
        self.payment = paid(scene, self.row, 40_000)
        give_credit(scene, self.row, 10_000)
        close(scene, "2027-03")
        self.credit = self.of_month("2027-03")
        self.later = self._billed(APRIL, "2027-04")

    def _billed(self, start: Any, month: str) -> Statement:
        self.scene.charged(start=start, payers=[(self.fund, "100", "company")])
        close(self.scene, month)
        return self.of_month(month)

    def of_month(self, month: str) -> Statement:
        db.session.rollback()
        asked = select(Statement).where(
            Statement.month == month, Statement.payer_institution_id == self.company.id
        )
        return db.session.scalars(asked).one()

    def offset(self, units: int, credit: Statement | None = None, row: Statement | None = None) -> Any:
        numbers = ((credit or self.credit).id, (row or self.later).id)
        return partial(set_off, *numbers, yuan(units), NOW, self.scene.finance.id)

    def undo(self) -> None:
        match = db.session.scalars(
            select(PaymentMatch.id).where(
                PaymentMatch.statement_id == self.later.id, PaymentMatch.undone_at.is_(None)
            )
        ).one()
        perform(partial(unmatch, match, NOW, self.scene.finance.id))

    def boss(self) -> Person:
        found = self.world.person(self.company)
        self.world.grant(found, Role.COMPANY_MANAGER, self.company)
        return found


def charge_of(row: Statement) -> int:
    line = text("SELECT charge_id FROM statement_line WHERE statement_id = :id")
    return int(db.session.execute(line, {"id": row.id}).scalar_one())


def give_credit(scene: Scene, row: Statement, units: int) -> None:
    """So much of what a statement bills is credited, and comes on the next, which owes it back."""
    actor = scene.actor(scene.manager)
    perform(partial(by_hand.enter, actor, charge_of(row), "credit", yuan(units), "It was down.", NOW))


def yuan(units: int) -> Money:
    return Money.from_units(units, "CNY")


def left(row: Statement) -> int:
    return standings([row])[row.id].left


# --- Refused --------------------------------------------------------------------------------------------------------


def test_what_is_refused(scene: Scene) -> None:
    owing = Owing(scene)
    assert codes(owing.offset(10_001)) == ["too_much"]
    assert codes(owing.offset(1, owing.later, owing.credit)) == ["owes_nothing", "nothing_due"]
    assert codes(owing.offset(1, row=owing.row)) == ["nothing_due"]
    assert codes(owing.offset(1, row=owing.credit)) == ["nothing_due"]
    perform(owing.offset(4_000))
    assert codes(owing.offset(6_001)) == ["set_off", "too_much"]
    number = db.session.scalars(select(Payment.id).where(Payment.kind == "set_off")).one()
    assert codes(back(scene, number, 1)) == ["is_set_off", "before_payment", "too_much"]
    assert codes(back(scene, owing.payment, 6_001, settles=owing.credit)) == ["too_much"]
    act = partial(pay_from_account, number, owing.later.id, NOW, scene.finance.id)
    assert codes(act) == ["nothing_over"]


def test_another_payer_and_another_currency(scene: Scene) -> None:
    owing, stranger = Owing(scene), scene.world.institution(kind="company")
    fund = scene.fund(stranger, kind="credit", creditor=scene.house, budget_units=10_000_000)
    scene.charged(start=APRIL + timedelta(days=31), payers=[(fund, "100", "company")])
    close(scene, "2027-05")
    theirs = db.session.scalars(select(Statement).where(Statement.payer_institution_id == stranger.id)).one()
    assert codes(owing.offset(10_001, row=theirs)) == ["other_payer", "too_much"]
    said = {name: getattr(owing.later, name) for name in ("creditor_id", "due_on", *PAYER)}
    foreign = Statement(**said, id=10**9, currency="EUR", due_units=100)
    found = [reason.code for reason in objections(owing.credit, foreign, yuan(1))]
    assert found == ["currency"]


def test_what_is_in_dispute_waits(scene: Scene) -> None:
    owing = Owing(scene)
    boss = scene.actor(owing.boss())
    perform(partial(dispute, boss, charge_of(owing.later), "It was down.", None, NOW))
    assert codes(owing.offset(10_000)) == ["disputed"]


@pytest.mark.parametrize(
    "units",
    [10_001, 6_001],  # more than is owed back; with what is set off, more than is owed back
)
def test_the_database_refuses_more_than_is_owed_back(scene: Scene, units: int) -> None:
    owing = Owing(scene)
    if units == 6_001:
        perform(owing.offset(4_000))
    with pytest.raises(IntegrityError):
        insert_set_off(owing.credit, units)
    db.session.rollback()
    for wrong in (
        "settles_credit = false",
        "statement_id = (SELECT min(id) FROM statement)",  # which owes nothing back
    ):
        with pytest.raises(IntegrityError):
            insert_set_off(owing.credit, 1, wrong)
        db.session.rollback()


def insert_set_off(credit: Statement, units: int, but: str = "") -> None:
    name, _, value = but.partition(" = ")
    values = {
        "creditor_id": "creditor_id", "kind": "'set_off'", "payer_institution_id": "payer_institution_id",
        "currency": "currency", "received_on": "issued_on", "key": "'x'", "recorded_at": "0", "statement_id": "id",
        "amount_units": str(units), "settles_credit": "true",
    }  # fmt: skip
    values |= {name: value} if but else {}
    words = f"INSERT INTO payment ({', '.join(values)}) SELECT {', '.join(values.values())} FROM statement"
    db.session.execute(text(f"{words} WHERE id = :id"), {"id": credit.id})


def test_what_was_taken_back_pays_no_more_than_is_owed_back_then(scene: Scene) -> None:
    owing = Owing(scene)
    number = perform(owing.offset(10_000))
    owing.undo()
    perform(back(scene, owing.payment, 10_000, settles=owing.credit))
    again = "INSERT INTO payment_match (payment_id, statement_id, amount_units, matched_at) VALUES (:one, :two, 10000, 0)"
    with pytest.raises(IntegrityError):
        db.session.execute(text(again), {"one": number, "two": owing.later.id})
    db.session.rollback()


# --- Done -----------------------------------------------------------------------------------------------------------


def test_both_statements_and_the_books_are_right_and_taken_back_all_is_as_before(scene: Scene) -> None:
    owing = Owing(scene)
    before = balances()
    number = perform(owing.offset(10_000))
    assert (left(owing.credit), left(owing.later)) == (0, 30_000)
    at = standings([owing.credit, owing.later])
    assert (at[owing.credit.id].set_off, at[owing.later.id].set_off) == (10_000, -10_000)
    assert (at[owing.later.id].paid, at[owing.later.id].received) == (10_000, 0)
    # Both stand on the account of the same credit: there is nothing to move, and no bank account is touched.
    assert balances() == before and sum(before.values()) == 0
    rows = [movements_of(row.id)[-1] for row in (owing.credit, owing.later)]
    assert [(each.kind, each.received, each.pays, each.over, each.gives_back, each.other_id) for each in rows] == [
        ("set_off", 10_000, 0, 0, True, owing.later.id), ("set_off", 10_000, 10_000, 0, False, owing.credit.id),
    ]  # fmt: skip
    (sums,) = sums_of(Statement.closing_id == owing.credit.closing_id)
    assert (sums.due, sums.given_back, sums.left) == (-10_000, 10_000, 0)
    owing.undo()
    assert (left(owing.credit), left(owing.later), balances()) == (-10_000, 40_000, before)
    assert movements_of(owing.credit.id) == movements_of(owing.later.id) == []
    (sums,) = sums_of(Statement.closing_id == owing.credit.closing_id)
    assert (sums.given_back, sums.left) == (0, -10_000)
    assert codes(partial(unmatch, 1 + match_of(owing.payment), NOW, scene.finance.id)) == ["undone"]
    perform(owing.offset(3_000))
    perform(back(scene, owing.payment, 7_000, settles=owing.credit))
    assert (left(owing.credit), left(owing.later), over(number)) == (0, 37_000, 10_000)
    deeds = db.session.scalars(
        select(JournalEntry.deed).where(JournalEntry.deed.like("payment.set_off%")).order_by(JournalEntry.id)
    )
    assert list(deeds) == ["payment.set_off", "payment.set_off_undone", "payment.set_off"]


def match_of(payment_id: int) -> int:
    return db.session.scalars(select(PaymentMatch.id).where(PaymentMatch.payment_id == payment_id)).one()


def test_from_one_account_to_another_it_moves_in_the_books_of_both(scene: Scene) -> None:
    """A group of a partner is owed 50.00 back, another owes 180.00 that came from its wallet's credit with the house."""
    head, grant = scene.partner()
    home = head.institution
    scene.charged(payers=[(grant, "100", "partner")])
    close(scene)
    db.session.rollback()
    first = db.session.scalars(select(Statement)).one()
    paid(scene, first, 18_000)
    give_credit(scene, first, 5_000)
    terms = scene.fund(home, kind="credit", creditor=scene.house, budget_units=1_000_000)
    scene.charged(start=APRIL, payers=[(terms, "100", "partner")])
    for month in ("2027-03", "2027-04"):
        close(scene, month)
    db.session.rollback()
    credit, row = db.session.scalars(select(Statement).where(Statement.id > first.id).order_by(Statement.id))
    assert in_books(home.id) == {"fund": 13_000, "payable": 5_000, "bank_clearing": -18_000}
    before = balances()
    perform(partial(set_off, credit.id, row.id, yuan(5_000), NOW, scene.finance.id))
    assert (left(credit), left(row)) == (0, 13_000)
    # It owed nothing of the later one in its own books: what it is owed back there came in, as if refunded and paid on.
    assert in_books(home.id) == {"fund": 13_000, "bank_clearing": -13_000}
    after, house = balances(), scene.house.id
    assert after["receivable", house, terms.id] == 13_000
    assert ("receivable", house, None) not in after
    assert after["bank_clearing", house, None] == before["bank_clearing", house, None]
    match = db.session.scalars(select(PaymentMatch.id).order_by(PaymentMatch.id.desc()).limit(1)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    assert (left(credit), left(row), balances()) == (-5_000, 18_000, before)


# --- Seen -----------------------------------------------------------------------------------------------------------


def test_finance_sets_off_on_the_page_of_either(client: FlaskClient, scene: Scene) -> None:
    owing = Owing(scene)
    address, later = f"/statements/{owing.credit.id}/set-off", owing.later
    said = {"statement_id": str(later.id), "amount": "100.00"}
    for person in (scene.student, scene.manager, owing.boss()):
        assert sign_in(client, person).post(address, data=said).status_code == 404
    sign_in(client, scene.finance)
    page = client.get(f"/statements/{owing.credit.id}").text
    assert "Set off against another statement" in page and "2027-0003, April 2027: CNY 400.00" in page
    wrong = client.post(address, data={"amount": "x"})
    assert refused_at(wrong) == ["set-off-amount", "set-off-statement_id"]
    assert refused_at(client.post(address, data=said | {"amount": "100.01"})) == ["set-off-amount"]
    assert client.post(address, data=said | {"statement_id": "999999"}).status_code == 404
    page = client.get(f"/statements/{later.id}").text
    assert "Owed back to this payer" in page and "Set CNY 100.00 off against this statement" in page
    done = client.post(address, data=said | {"from": str(later.id)})
    assert done.headers["Location"].endswith(f"/statements/{later.id}")
    page = client.get(done.headers["Location"]).text
    assert "It is set off" in page and "Paid with what is owed back on another statement" in page
    page = client.get(f"/statements/{owing.credit.id}").text
    assert "Take back: set off against Statement 2027-0003" in page and "Record a refund" not in page
    assert "<span>Set off in full</span>" in page and "<span>Paid</span>" not in page
    assert ">Reference</th>" in page and ">Bank reference</th>" not in page
    for kind in ("pdf", "xlsx", "csv"):
        assert client.get(f"/statements/{owing.credit.id}.{kind}").status_code == 200
    body = client.get(f"/statements/{later.id}.csv?lang=en").data.decode("utf-8-sig")
    assert "Set off" in body and "Statement 2027-0002" in body
    match = db.session.scalars(select(PaymentMatch.id).where(PaymentMatch.statement_id == later.id)).one()
    gone = client.post(f"/statements/{later.id}/payments/{match}/undo", follow_redirects=True)
    assert "It is no longer set off." in gone.text


def test_whoever_is_owed_something_back_is_told_so(scene: Scene) -> None:
    owing = Owing(scene)
    boss = owing.boss()
    tasks.follow()
    told = select(Notice.thing_id, Notice.said).where(
        Notice.person_id == boss.id, Notice.kind == "statement.issued"
    )
    said = {row.thing_id: row.said for row in db.session.execute(told)}
    assert said == {owing.row.id: "due", owing.credit.id: "owed_back", owing.later.id: "due"}


def test_the_payer_sees_it_and_is_told(client: FlaskClient, scene: Scene) -> None:
    owing = Owing(scene)
    boss = owing.boss()
    perform(owing.offset(10_000))
    tasks.follow()
    told = select(Notice.person_id, Notice.thing_id).where(
        Notice.kind == "payment.told", Notice.said == "set_off"
    )
    assert db.session.execute(told).all() == [(boss.id, owing.later.id)]
    sign_in(client, boss)
    page = client.get(f"/statements/{owing.credit.id}").text
    assert f'href="/statements/{owing.later.id}"' in page and "Take back" not in page


def test_programs_set_off_and_take_back(client: FlaskClient, scene: Scene) -> None:
    owing = Owing(scene)
    headers = bearer(scene.world.token(scene.finance, "money:read money:write"))
    address = f"/api/v1/statements/{owing.credit.id}/set-off"
    wrong = client.post(address, headers=headers, json={"statement_id": owing.later.id, "amount": "400.00"})
    assert (wrong.status_code, wrong.json["reasons"][0]["code"]) == (422, "too_much")
    sent = {"statement_id": owing.later.id, "amount": "100.00"}
    assert client.post(address, headers=headers, json=sent | {"statement_id": 10**9}).status_code == 404
    made = client.post(address, headers=headers | {"Idempotency-Key": "k1"}, json=sent)
    assert made.status_code == 201 and made.json["left"] == "0.00" and made.json["items"] == []
    (moved,) = made.json["movements"]
    assert (moved["kind"], moved["amount"], moved["other_statement_id"]) == (
        "set_off",
        "100.00",
        owing.later.id,
    )
    assert client.post(address, headers=headers | {"Idempotency-Key": "k1"}, json=sent).json == made.json
    later = f"/api/v1/statements/{owing.later.id}"
    assert client.get(later, headers=headers).json["set_off"] == "-100.00"
    (item,) = client.get(f"{later}/payments", headers=headers).json["items"]
    undone = client.post(f"{later}/payments/{item['id']}/undo", headers=headers)
    assert (undone.status_code, undone.json["left"]) == (200, "400.00")
    listed = client.get(f"/api/v1/payments?institution_id={scene.house.id}", headers=headers).json["items"]
    assert {(each["kind"], each["over"], each["taken_back"]) for each in listed} == {
        ("set_off", "0.00", True), ("payment", "0.00", False)}  # fmt: skip
