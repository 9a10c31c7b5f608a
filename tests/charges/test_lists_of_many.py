"""Lists of statements and funds ask and note in as many statements for many rows as for a few."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import close, mixed
from tests.conftest import Statements
from tests.world import World, bearer, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def asked(client: FlaskClient, address: str, statements: Statements, **more: Any) -> tuple[int, int]:
    """How many statements an address takes once it is warm, and how many looks it notes."""
    looks = select(func.count()).where(JournalEntry.deed == "money.looked_at")
    assert client.get(address, **more).status_code == 200
    before = db.session.execute(looks).scalar_one()
    db.session.rollback()
    statements.clear()
    client.get(address, **more)
    count = len(statements)
    after = db.session.execute(looks).scalar_one()
    db.session.rollback()
    return count, after - before


def test_statements_of_an_institution(scene: Scene, client: FlaskClient, statements: Statements) -> None:
    mixed(scene, 3)
    close(scene)
    headers = bearer(scene.world.token(scene.finance, "money:read"))
    address = f"/api/v1/statements?institution_id={scene.house.id}&limit="
    one, three = (asked(client, f"{address}{limit}", statements, headers=headers) for limit in (1, 3))
    assert one == three and three[1] == 1


def test_statements_of_many_creditors(
    scene: Scene, world: World, client: FlaskClient, statements: Statements
) -> None:
    """A finance office that several institutions bill: each creditor is noted, all of them at once."""
    home, counts = world.institution(), []
    finance = world.person(home)
    world.grant(finance, Role.FINANCE_OFFICER, home)
    grant = scene.fund(world.group(home, world.person(home)), budget_units=1_000_000)
    sign_in(client, finance)
    for house in (scene, Scene(world), Scene(world)):
        house.charged(payers=[(grant, "100", "partner")])
        close(house)
        counts.append(asked(client, "/statements", statements))
    assert [looks for _, looks in counts] == [1, 2, 3]
    assert len({asked_for for asked_for, _ in counts}) == 1


def test_funds_that_are_not_ones_own(scene: Scene, client: FlaskClient, statements: Statements) -> None:
    headers = bearer(scene.world.token(scene.finance, "money:read"))
    few = asked(client, "/api/v1/funds", statements, headers=headers)
    for number in range(4):
        scene.fund(scene.group, code=f"G-{number}")
    many = asked(client, "/api/v1/funds", statements, headers=headers)
    assert (many[0], many[1] - few[1]) == (few[0], 4)
