"""Days to object, to dispute and to pay are days on the wall of the institution that bills, wherever who asks lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges import disputing
from instruments.charges.closing.starting import open_for_objections, start
from instruments.charges.closing.tasks import issue
from instruments.charges.closing_models import Statement
from instruments.charges.models import Charge
from instruments.charges.wall import days_at, today_at
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Institution
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import MONTH, mixed, refused
from tests.conftest import NOW
from tests.world import World, sign_in

SECOND = timedelta(seconds=1)
WALLS = [
    # The first moment of 1 April there: after that day of UTC has begun, and long before.
    ("America/Los_Angeles", datetime(2027, 4, 1, 7, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2027, 3, 31, 10, tzinfo=UTC)),
    ("Asia/Shanghai", datetime(2027, 3, 31, 16, tzinfo=UTC)),
]


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def lives_at(scene: Scene, zone: str) -> None:
    scene.house.zone = zone
    db.session.commit()


@pytest.mark.parametrize(("zone", "midnight"), WALLS)
def test_a_charge_is_disputed_until_the_last_second_there(
    scene: Scene, zone: str, midnight: datetime
) -> None:
    lives_at(scene, zone)
    charge = scene.charged()
    issued_at = datetime(2027, 3, 1, 12, tzinfo=UTC)
    issue(perform(partial(start, scene.house.id, MONTH, None, issued_at, None, early=True)))
    due = db.session.scalars(select(Statement.due_on)).one()
    # Issued on 1 or 2 March there, so due on the 31st of March or the day after.
    late = midnight + (due - date(2027, 3, 31))
    act = partial(disputing.dispute, scene.actor(scene.student), charge.id, "Not mine.", None)
    assert refused(partial(act, late)) == ["too_late"]
    perform(partial(act, late - SECOND))
    assert db.session.get_one(Charge, charge.id).state == "disputed"


@pytest.mark.parametrize(("zone", "midnight"), WALLS)
def test_payers_object_until_the_last_second_there(scene: Scene, zone: str, midnight: datetime) -> None:
    lives_at(scene, zone)
    scene.charged()
    opened = midnight - timedelta(days=10)
    until = perform(partial(open_for_objections, scene.house.id, MONTH, None, opened, None))
    assert until == today_at(scene.house.id, opened) + timedelta(days=5)
    over = midnight + ((until + timedelta(days=1)) - date(2027, 4, 1))
    assert refused(partial(start, scene.house.id, MONTH, None, over - SECOND, None)) == ["objecting"]
    perform(partial(start, scene.house.id, MONTH, None, over, None))


def test_each_wall_has_its_own_day(scene: Scene, world: World) -> None:
    far = world.institution(zone="Pacific/Kiritimati")
    moment = datetime(2027, 3, 31, 11, tzinfo=UTC)
    assert days_at({scene.house.id, far.id}, moment) == {
        scene.house.id: date(2027, 3, 31), far.id: date(2027, 4, 1),
    }  # fmt: skip


def test_a_payer_sees_as_late_what_is_late_there(client: FlaskClient, app: Flask, scene: Scene) -> None:
    lives_at(scene, "America/Los_Angeles")
    mixed(scene, 3)
    issue(perform(partial(start, scene.house.id, MONTH, None, NOW + timedelta(hours=12), None, early=True)))
    row = db.session.scalars(select(Statement).order_by(Statement.number.desc())).first()
    assert row is not None and row.due_on == date(2027, 3, 31)
    home = db.session.get_one(Institution, row.payer_institution_id)
    boss = scene.world.person(home)
    scene.world.grant(boss, Role.COMPANY_MANAGER, home)
    sign_in(client, boss)
    # In Shanghai April has begun, there the day on which it is due has not.
    app.config["FROZEN_NOW"] = datetime(2027, 4, 1, 6, 59, tzinfo=UTC)
    assert "Overdue since" not in client.get("/statements").get_data(as_text=True)
    app.config["FROZEN_NOW"] = datetime(2027, 4, 1, 7, tzinfo=UTC)
    assert "Overdue since" in client.get("/statements").get_data(as_text=True)
