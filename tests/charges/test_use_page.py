"""The page of a use leads to its charge, or says what it lacks to have one."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.models import Charge
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.payment import from_fund
from instruments.usage.confirming import confirm
from instruments.usage.facts import Customer, Run, UseFacts
from instruments.usage.finishing import finish
from instruments.usage.running import record_run
from instruments.usage.walking_up import walk_up
from tests.charges.scene import HOUR, MORNING, Scene
from tests.charges.test_by_hand import enter
from tests.usage.desk import done
from tests.world import World, bearer, sign_in

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


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("administrator", False),
        ("institution_manager", True),
        ("auditor", True),
        ("finance", True),
        ("manager", True),
        ("operator", True),
        ("head", True),
        ("student", True),
    ],
)
def test_who_reads_which_fund_pays_a_run(scene: Scene, client: FlaskClient, who: str, sees: bool) -> None:
    span = ((int(MORNING.timestamp()), int((MORNING + HOUR).timestamp())),)
    served = Customer(person_id=scene.student.id, group_id=scene.group.id, fund_id=scene.grant.id, samples=1)
    run = Run(scene.instrument.id, span, (served,), UseFacts(mode="self"))
    number = done(record_run, scene.actor(scene.manager), run, LATER)
    scene.charge(LATER)
    (charge,) = db.session.scalars(select(Charge)).all()
    enter(scene, charge, "credit", "7.77")
    person = reader(scene, who)
    page = sign_in(client, person).get(f"/uses/{number}").text
    assert (scene.grant.name_en in page) == sees
    # Staff reads what a correction takes along; the student their own bill.
    assert ("7.77" in page) == (who in ("institution_manager", "manager", "operator", "student"))
    headers = bearer(scene.world.token(person, "usage:read"))
    for address in (f"/usage/{number}", "/usage"):
        told = client.get(f"/api/v1{address}", headers=headers).json
        (customer,) = told.get("items", [told])[0]["customers"]
        seen = (scene.grant.id, "own_institution") if sees else (None, None)
        assert (customer["fund_id"], customer["customer_class"]) == seen
        assert customer["person_id"] == scene.student.id


def reader(scene: Scene, who: str) -> Person:
    """Who reads: somebody of the scene, or a new holder of a role."""
    held = {
        "administrator": (Role.PLATFORM_ADMINISTRATOR, None),
        "institution_manager": (Role.INSTITUTION_MANAGER, scene.house),
        "auditor": (Role.AUDITOR, scene.house),
        "operator": (Role.LAB_OPERATOR, scene.lab),
    }.get(who)
    if held is None:
        return getattr(scene, who)
    person = scene.world.person(scene.house)
    scene.world.grant(person, *held)
    return person
