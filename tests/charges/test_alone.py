"""One person alone changes a charge by at most the limit, however many entries it takes, whoever makes them, and two at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges import by_hand
from instruments.charges.alone import changed_alone, left_alone
from instruments.charges.dispute_models import ChargingSettings, Dispute
from instruments.charges.disputing import withdraw
from instruments.charges.models import Charge
from instruments.charges.recharging import drop
from instruments.charges.reversing import the_charge
from instruments.charges.waiting_answers import waiting_answer
from instruments.charges.waiting_for import waiting_for
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden
from instruments.money import Money
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from tests.charges.examples import WAITING, charge_all
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_api import asking
from tests.charges.test_by_hand import enter
from tests.charges.test_disputing import answered, raised, state
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World) -> Scene:
    """A house where one person alone may change 20.00 of a charge."""
    found = Scene(world)
    db.session.add(ChargingSettings(institution_id=found.house.id, second_above_units=2_000))
    db.session.commit()
    return found


def waits(number: int) -> bool:
    return bool(db.session.scalar(select(Charge.waits_for_second).where(Charge.id == number)))


@pytest.mark.parametrize(
    ("entries", "waiting"),
    [
        ([("credit", "20.00")], [False]),
        ([("credit", "20.01")], [True]),
        ([("credit", "19.00")] * 4, [False, True, True, True]),
        ([("waiver", "20.00"), ("waiver", "20.00")], [False, True]),
        ([("waiver", "10.00"), ("credit", "10.00"), ("credit", "0.01")], [False, False, True]),
        ([("adjustment", "15.00"), ("credit", "15.00")], [False, True]),
        ([("credit", "30.00"), ("credit", "20.00"), ("credit", "0.01")], [True, False, True]),
    ],
)
def test_the_sum_counts(scene: Scene, entries: list[tuple[str, str]], waiting: list[bool]) -> None:
    charge = scene.charged()
    made = [enter(scene, charge, kind, amount) for kind, amount in entries]
    assert [waits(number) for number in made] == waiting


def test_it_counts_whoever_enters_it(scene: Scene) -> None:
    other = scene.world.person(scene.house)
    scene.world.grant(other, Role.LAB_MANAGER, scene.lab)
    charge = scene.charged()
    assert not waits(enter(scene, charge, "credit", "15.00"))
    assert waits(enter(scene, charge, "credit", "15.00", other))
    assert waits(enter(scene, charge, "write_off", "15.00", scene.finance))


def test_each_charge_has_its_own_sum(scene: Scene) -> None:
    one, two = scene.charged(), scene.charged(start=MORNING + timedelta(days=1))
    assert not waits(enter(scene, one, "credit", "20.00"))
    assert not waits(enter(scene, two, "credit", "20.00"))


def test_what_a_second_person_agreed_to_does_not_count(scene: Scene) -> None:
    charge = scene.charged()
    number, second = enter(scene, charge, "credit", "50.00"), scene.actor(scene.finance)
    perform(lambda: by_hand.approve(second, number, NOW))
    assert changed_alone(charge.id) == 0
    assert not waits(enter(scene, charge, "credit", "20.00"))
    assert waits(enter(scene, charge, "credit", "0.01"))
    assert left_alone(the_charge(charge.id)) == Money.none("CNY")


def test_it_goes_along_to_what_replaces_the_charge(scene: Scene) -> None:
    charge = scene.charged()
    enter(scene, charge, "credit", "12.00")
    again = db.session.get_one(
        Charge, answered(scene, raised(scene, charge), scene.manager, "adjusted", less="5.00")
    )
    # 12.00 stands about the new one, once, and 5.00 was taken off.
    assert changed_alone(again.id) == changed_alone(charge.id) == 1_700
    assert not waits(enter(scene, again, "credit", "3.00"))
    assert waits(enter(scene, again, "credit", "0.01"))


def test_of_two_at_once_one_waits(app: Flask, scene: Scene) -> None:
    charge, people = scene.charged().id, (scene.manager.id, scene.finance.id)
    gate, made = threading.Barrier(2), list[int]()

    def enterer(person_id: int) -> None:
        with app.app_context():
            actor = actor_by_id(person_id, NOW)
            assert actor is not None
            gate.wait()
            amount = Money.from_units(1_500, "CNY")
            made.append(perform(lambda: by_hand.enter(actor, charge, "credit", amount, "Leak", NOW)))

    threads = [threading.Thread(target=enterer, args=[number]) for number in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(waits(number) for number in made) == [False, True]


def test_an_answer_that_takes_off_more_waits_for_a_second_person(scene: Scene) -> None:
    charge = scene.charged()
    number, before = raised(scene, charge), balances()
    assert answered(scene, number, scene.manager, "adjusted", less="20.01", reason="The pump") is None
    waiting = waiting_answer(number)
    assert (waiting.kind, waiting.total_units, waiting.about_id) == ("credit", -2_001, charge.id)
    assert (state(charge), balances()) == ("disputed", before)
    for person in (scene.manager, scene.student):
        actor = scene.actor(person)
        with pytest.raises(Forbidden):
            perform(lambda actor=actor: by_hand.approve(actor, waiting.id, NOW))
    second = scene.actor(scene.finance)
    again = db.session.get_one(Charge, perform(lambda: by_hand.approve(second, waiting.id, NOW)))
    assert (again.total_units, again.corrects_id, again.state) == (9_999, charge.id, "posted")
    assert (again.made_by_id, again.approved_by_id) == (scene.manager.id, scene.finance.id)
    kept = db.session.get_one(Dispute, number)
    assert (kept.state, kept.answer, kept.decided_by_id, kept.result_id) == (
        "adjusted", "The pump", scene.manager.id, again.id,
    )  # fmt: skip
    assert waiting_answer(number) is None
    # What two agreed to does not count.
    assert changed_alone(again.id) == 0


def test_what_was_changed_before_counts_for_an_answer_too(scene: Scene) -> None:
    charge = scene.charged()
    enter(scene, charge, "credit", "15.00")
    number = raised(scene, charge)
    answered(scene, number, scene.manager, "adjusted", less="5.01")
    assert waiting_answer(number) is not None
    # Another answer takes its place: within what is left it stands at once.
    assert answered(scene, number, scene.manager, "adjusted", less="5.00") is not None
    assert waiting_answer(number) is None


def test_who_raised_it_is_no_second_person_and_what_is_refused_leaves_it_open(scene: Scene) -> None:
    charge = scene.charged()
    number = raised(scene, charge, scene.finance)
    answered(scene, number, scene.manager, "adjusted", less="100.00")
    waiting = waiting_answer(number)
    own = scene.actor(scene.finance)
    with pytest.raises(Forbidden):
        perform(lambda: by_hand.approve(own, waiting.id, NOW))
    assert waiting_for(own).seconds == ()
    other = scene.world.person(scene.house)
    scene.world.grant(other, Role.LAB_MANAGER, scene.lab)
    second = scene.actor(other)
    assert (waiting_for(second).seconds, waiting_for(second).disputes) == ((waiting.id,), ())
    perform(lambda: by_hand.refuse(second, waiting.id, "Too much", NOW))
    assert (state(charge), waiting_answer(number)) == ("disputed", None)
    assert waiting_for(second).disputes == (charge.id,)
    answered(scene, number, scene.manager, "adjusted", less="100.00")
    perform(lambda: withdraw(own, number, None, NOW))
    assert (state(charge), waiting_answer(number)) == ("posted", None)


def test_the_payer_sees_that_the_answer_waits(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    number = raised(scene, charge)
    form = {"dispute": str(number), "decision": "adjusted", "less": "50.00", "reason": "The pump"}
    one = f"/charges/{charge.id}"
    sign_in(client, scene.manager).post(f"{one}/answer", data=form)
    assert "and waits for a second person." in client.get(one).text
    waiting = waiting_answer(number).id
    page = sign_in(client, scene.student).get(one).text
    assert "An answer that takes off CNY 50.00 waits for a second person." in page
    assert f'href="/charges/{waiting}"' in page
    assert client.get(f"/charges/{waiting}").status_code == 200
    assert client.post(f"/charges/{waiting}/approve").status_code == 403
    done = sign_in(client, scene.finance).post(f"/charges/{waiting}/approve")
    result = db.session.scalar(select(Dispute.result_id))
    assert (done.status_code, done.location) == (303, f"/charges/{result}")


def test_programs_are_told_that_the_answer_waits(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    raised(scene, charge)
    lab, second = asking(scene, client, scene.manager), asking(scene, client, scene.finance)
    _, _, tag = lab("GET", f"/charges/{charge.id}")
    wanted = {"decision": "adjusted", "less": "50.00", "reason": "The pump"}
    status, told, _ = lab("POST", f"/charges/{charge.id}/answer", wanted, tag)
    waiting = told["disputes"][0]["waiting_id"]
    assert (status, told["state"], told["disputes"][0]["state"]) == (200, "disputed", "open")
    assert lab("POST", f"/charges/{charge.id}/answer", wanted, tag)[0] == 412
    _, told, tag = second("GET", f"/charges/{waiting}")
    assert told["waits_for_second"]
    status, told, _ = second("POST", f"/charges/{waiting}/approve", None, tag)
    assert (status, told["corrects_id"], told["amount"]) == (200, charge.id, "70.00")


def test_a_draft_that_is_not_to_be_charged_goes_with_the_answer_that_waits(scene: Scene) -> None:
    use = scene.use(scene.reservation(), **WAITING)
    charge_all()
    charge = db.session.scalars(select(Charge).where(Charge.use_id == use.id)).one()
    number = raised(scene, charge)
    answered(scene, number, scene.manager, "adjusted", less="50.00")
    one = charge.id
    perform(lambda: drop(one, NOW))
    assert db.session.scalars(select(Charge)).all() == []
