"""For which company an operator's run was made is told to the owner's own people, in the lists of a lab as on the run's page."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.people.rights import Role
from instruments.usage.kinds import RUN, WAITING
from instruments.usage.models import InstrumentUse, RunCustomer
from tests.rates.pricing_world import keep
from tests.usage.desk import HOUR, NINE, Desk
from tests.world import World, bearer, sign_in

NAMES = ("Sample Optics Ltd", "Coating group", "Zou Yangban")
PARTNER = "Second Institute"


@pytest.fixture
def desk(app: Flask, world: World) -> Desk:
    """A lab whose operator ran an instrument for a company, a group and a person of it, and a partner."""
    app.config["FROZEN_NOW"] = NINE + 5 * HOUR
    desk = Desk(world)
    company = world.institution(name_en=NAMES[0], name_zh=NAMES[0], kind="company")
    partner = world.institution(name_en=PARTNER, name_zh=PARTNER, kind="institute")
    group = world.group(company, name_en=NAMES[1], name_zh=NAMES[1])
    person = world.person(company, name_en=NAMES[2], name_zh=NAMES[2])
    run = keep(
        InstrumentUse(
            instrument_id=desk.instrument.id, kind=RUN, user_id=desk.operator.id, operator_id=desk.operator.id,
            institution_id=desk.home.id, started_at=NINE + 3 * HOUR, ended_at=NINE + 4 * HOUR, ended_by="person",
            state=WAITING, created_at=NINE, changed_at=NINE, confirm_by=NINE + 100 * HOUR,
        )
    )  # fmt: skip
    for place, (home, of_group, of_person) in enumerate(
        ((company, None, None), (company, group, None), (company, None, person), (partner, None, None))
    ):
        keep(
            RunCustomer(
                use_id=run.id, position=place, institution_id=home.id, samples=1,
                group_id=of_group and of_group.id, person_id=of_person and of_person.id,
            )
        )  # fmt: skip
    return desk


@pytest.mark.parametrize(
    ("role", "is_told"),
    [
        (Role.LAB_OPERATOR, True),
        (Role.LAB_MANAGER, True),
        (Role.INSTITUTION_MANAGER, True),
        (Role.PLATFORM_ADMINISTRATOR, False),
    ],
)
def test_the_lists_of_a_lab_name_companies_to_the_owners_people_alone(
    client: FlaskClient, desk: Desk, world: World, role: Role, is_told: bool
) -> None:
    person = world.person(desk.home)
    scope = {Role.PLATFORM_ADMINISTRATOR: None, Role.INSTITUTION_MANAGER: desk.home}.get(role, desk.lab)
    world.grant(person, role, scope)
    sign_in(client, person)
    for address in (f"/labs/{desk.lab.id}/uses", f"/labs/{desk.lab.id}/today?day=2027-03-02"):
        page = client.get(address)
        assert page.status_code == 200
        assert [name in page.text for name in NAMES] == [is_told] * 3, address
        assert ("Companies" in page.text, PARTNER in page.text) == (not is_told, True), address
    key = bearer(world.token(person, "usage:read"))
    day = client.get(f"/api/v1/labs/{desk.lab.id}/day?day=2027-03-02", headers=key).json
    told = [each["name_en"] for stay in day["stays"] for each in stay["customers"]]
    assert told == ([*NAMES, PARTNER] if is_told else ["", PARTNER])
    assert all(each["name_zh"] == each["name_en"] for stay in day["stays"] for each in stay["customers"])


def test_a_stranger_to_the_lab_reads_none_of_its_lists(client: FlaskClient, desk: Desk, world: World) -> None:
    elsewhere = world.institution()
    person = world.person(elsewhere)
    world.grant(person, Role.INSTITUTION_MANAGER, elsewhere)
    sign_in(client, person)
    for address in (f"/labs/{desk.lab.id}/uses", f"/labs/{desk.lab.id}/today"):
        assert client.get(address).status_code == 403
