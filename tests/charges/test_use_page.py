"""The page of a use leads to its charge, or says what it lacks to have one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.charges.models import Charge
from instruments.database import db
from instruments.reservations.payment import from_fund
from instruments.usage.confirming import confirm
from instruments.usage.facts import UseFacts
from instruments.usage.finishing import finish
from instruments.usage.walking_up import walk_up
from tests.charges.scene import HOUR, MORNING, Scene
from tests.usage.desk import done
from tests.world import World, sign_in

LATER = MORNING + 8 * HOUR


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world).with_walk_ups()


@pytest.mark.parametrize("fund", [True, False])
def test_the_page_of_a_use_leads_to_its_charge_or_says_what_is_missing(
    scene: Scene, client, fund: bool
) -> None:
    student = scene.actor(scene.student)
    payer = [from_fund(scene.grant.id)] if fund else []
    number = done(walk_up, student, scene.instrument.id, MORNING + HOUR, None, MORNING, *payer)
    done(finish, student, number, None, MORNING + HOUR)
    done(confirm, scene.actor(scene.manager), number, UseFacts(), None, LATER)
    scene.charge(LATER)
    for person, staff in ((scene.student, False), (scene.manager, True), (scene.partner()[0], None)):
        page = sign_in(client, person).get(f"/uses/{number}").text
        charge = db.session.scalars(select(Charge.id)).first()
        assert (f'href="/charges/{charge}"' in page) == (fund and staff is not None)
        assert ("Why CNY 60.00" in page) == (fund and staff is False)
        assert (f'href="/labs/{scene.lab.id}/charges/missing"' in page) == (not fund and staff is True)
        assert ("The lab sees to it." in page) == (not fund and staff is False)
