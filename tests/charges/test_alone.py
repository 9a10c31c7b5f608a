"""One person alone changes a charge by at most the limit, however many entries it takes, whoever makes them, and two at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.charges import by_hand
from instruments.charges.alone import changed_alone, left_alone
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.models import Charge
from instruments.charges.reversing import the_charge
from instruments.database import db
from instruments.database.transactions import perform
from instruments.money import Money
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from tests.charges.scene import MORNING, Scene
from tests.charges.test_by_hand import enter
from tests.charges.test_disputing import answered, raised
from tests.conftest import NOW
from tests.world import World


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
