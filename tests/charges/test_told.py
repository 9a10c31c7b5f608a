"""Who is told of disputes and corrections, in which words."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from instruments.charges.disputing import answer, dispute
from instruments.database import db
from instruments.database.transactions import perform
from instruments.money import Money
from instruments.notices import tasks
from instruments.notices.models import Notice
from tests.charges.scene import Scene
from tests.conftest import NOW
from tests.world import World


def test_the_lab_is_asked_and_the_person_told(world: World, now: object) -> None:
    scene = Scene(world)
    charge = scene.charged().id
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    number = perform(lambda: dispute(student, charge, "Too long", None, NOW))
    less = Money(Decimal("20.00"), "CNY")
    perform(lambda: answer(manager, number, "adjusted", "The pump", less, None, NOW))
    tasks.follow()
    rows = db.session.execute(
        select(Notice.person_id, Notice.kind, Notice.said)
        .where(Notice.thing_kind == "charge")
        .order_by(Notice.id)
    )
    assert sorted(tuple(row) for row in rows) == sorted(
        [
            (scene.manager.id, "charges.dispute", "raised"),
            (scene.student.id, "charges.answered", "adjusted_posted"),
            (scene.student.id, "charges.corrected", "corrected"),
        ]
    )
