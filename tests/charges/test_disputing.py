"""Disputes: raised by who uses or pays, answered by the lab, or after its silence by the institution; adjusted by a new entry."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from instruments.charges.dispute_models import Dispute
from instruments.charges.disputing import answer, dispute, escalate, overdue, withdraw
from instruments.charges.models import Charge, ChargeLine
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, NotFound, Refusal
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import Scene, balances
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture
def charge(scene: Scene) -> Charge:
    return scene.charged()


def raised(
    scene: Scene, charge: Charge, by: Person | None = None, reason: str = "Too long", line: int | None = None
) -> int:
    actor, number = scene.actor(by or scene.student), charge.id
    return perform(lambda: dispute(actor, number, reason, line, NOW))


def answered(scene: Scene, number: int, by: Person, decision: str = "upheld", **values: Any) -> int | None:
    actor, less = scene.actor(by), values.get("less")
    money = None if less is None else Money(Decimal(less), "CNY")
    return perform(lambda: answer(actor, number, decision, values.get("reason", "Because"), money, None, NOW))


def codes(refusal: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def state(charge: Charge) -> str:
    db.session.refresh(charge)
    return charge.state


def test_upheld_it_stands_as_it_was(scene: Scene, charge: Charge) -> None:
    before = balances()
    number = raised(scene, charge)
    assert state(charge) == "disputed"
    assert answered(scene, number, scene.manager) is None
    assert (state(charge), balances()) == ("posted", before)


def test_adjusted_it_is_entered_again_at_less(scene: Scene, charge: Charge) -> None:
    number = raised(scene, charge, line=0)
    result = answered(scene, number, scene.manager, "adjusted", less="20.00", reason="The pump was slow")
    again = db.session.get(Charge, result)
    assert (state(charge), again.total_units, again.corrects_id) == ("reversed", 10_000, charge.id)
    assert (again.state, again.reason, again.made_by_id) == ("posted", "The pump was slow", scene.manager.id)
    assert balances()["fund", scene.house.id, scene.grant.id] == 10_000
    kept = db.session.get(Dispute, number)
    assert (kept.state, kept.result_id, kept.answer) == ("adjusted", result, "The pump was slow")
    assert scene.charge() == []  # what the lab took off stands as long as the use does
    line = db.session.scalars(select(ChargeLine.amount_units).where(ChargeLine.charge_id == result)).all()
    assert line == [12_000, -2_000]


def test_the_head_of_the_group_and_the_finance_of_the_payer_dispute_too(scene: Scene, charge: Charge) -> None:
    for person in (scene.head, scene.finance):
        number = raised(scene, charge, person)
        actor = scene.actor(person)
        perform(lambda number=number, actor=actor: withdraw(actor, number, None, NOW))
    assert state(charge) == "posted"


def test_a_stranger_sees_no_such_charge_and_the_lab_does_not_dispute_its_own(
    scene: Scene, charge: Charge
) -> None:
    with pytest.raises(NotFound):
        raised(scene, charge, scene.world.person())
    with pytest.raises(NotFound):
        raised(scene, charge, scene.partner()[0])
    with pytest.raises(Forbidden):
        raised(scene, charge, scene.manager)


def test_every_reason_why_not(scene: Scene, charge: Charge) -> None:
    charge.disputable_until = date(2027, 2, 20)
    db.session.commit()
    with pytest.raises(Refusal) as refusal:
        raised(scene, charge, reason=" ", line=7)
    assert codes(refusal) == ["no_reason", "too_late", "no_line"]
    charge.disputable_until = date(2027, 3, 1)
    db.session.commit()
    raised(scene, charge)
    with pytest.raises(Refusal) as refusal:
        raised(scene, charge)
    assert codes(refusal) == ["disputed"]


def test_every_reason_why_it_is_not_answered(scene: Scene, charge: Charge) -> None:
    number = raised(scene, charge)
    for decision, values, expected in (
        ("maybe", {"reason": ""}, ["no_reason", "unknown_decision"]),
        ("adjusted", {}, ["no_amount"]),
        ("adjusted", {"less": "0.00"}, ["no_amount"]),
        ("adjusted", {"less": "120.01"}, ["too_much"]),
    ):
        with pytest.raises(Refusal) as refusal:
            answered(scene, number, scene.manager, decision, **values)
        assert codes(refusal) == expected
    answered(scene, number, scene.manager)
    with pytest.raises(Forbidden):
        answered(scene, number, scene.manager)


def test_silence_goes_up_to_the_institution(scene: Scene, charge: Charge) -> None:
    number = raised(scene, charge)
    late = NOW + timedelta(days=14)
    assert (overdue(late - timedelta(seconds=1)), overdue(late)) == ([], [number])
    db.session.rollback()
    assert perform(lambda: escalate(number, late)) == 1
    assert (perform(lambda: escalate(number, late)), overdue(late)) == (0, [])
    with pytest.raises(Forbidden):
        answered(scene, number, scene.manager)
    answered(scene, number, scene.finance)


def test_nobody_answers_what_is_their_own(scene: Scene) -> None:
    scene.world.grant(scene.student, Role.LAB_MANAGER, scene.lab)
    number = raised(scene, scene.charged())
    with pytest.raises(Forbidden):
        answered(scene, number, scene.student)
    other = raised(scene, scene.charged(start=NOW - timedelta(days=3)), scene.finance)
    with pytest.raises(Forbidden):
        answered(scene, other, scene.finance)


def test_it_is_all_in_the_journal(scene: Scene, charge: Charge) -> None:
    answered(scene, raised(scene, charge), scene.manager, "adjusted", less="1.00")
    deeds = db.session.scalars(
        select(JournalEntry.deed).where(JournalEntry.thing_kind == "charge").order_by(JournalEntry.id)
    ).all()
    assert [deed for deed in deeds if not deed.startswith("ledger")] == [
        "charge.posted", "dispute.raised", "charge.reversed", "charge.posted", "dispute.adjusted",
    ]  # fmt: skip
