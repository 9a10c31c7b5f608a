"""For which company a request is, is told to the owner's own people: in the queue of a lab, its answers, and booking again."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from instruments.people.models import Institution
from instruments.people.rights import Role
from instruments.reservations.demand.models import UnmetDemand
from tests.rates.pricing_world import keep
from tests.reservations.asking import HOUR, Lab
from tests.world import World, bearer, sign_in

NAMES = ("Sample Optics Ltd", "Coating group")
MAIL = "zou.yangban@sample-optics.example"
ROLES = [
    (Role.LAB_OPERATOR, True), (Role.LAB_MANAGER, True), (Role.INSTITUTION_MANAGER, True),
    (Role.PLATFORM_ADMINISTRATOR, False),
]  # fmt: skip


class Asked(Lab):
    """A lab that a company's group asks for a time."""

    def __init__(self, client: FlaskClient, world: World, now: datetime) -> None:
        super().__init__(client, world, now)
        company = world.institution(name_en=NAMES[0], name_zh=NAMES[0], kind="company")
        buyer = world.person(company, mail=MAIL, name_en="Zou Yangban", name_zh="邹样板")
        world.grant(buyer, Role.MEMBER, world.group(company, name_en=NAMES[1], name_zh=NAMES[1]))
        self.buyer, self.tokens["buyer"] = buyer, world.token(buyer)
        self.number = self.book("buyer").json["id"]

    def read(self, app: Flask, role: Role, address: str) -> TestResponse:
        """What somebody with a role over the instrument reads."""
        person = self.world.person(self.home)
        scope = {Role.PLATFORM_ADMINISTRATOR: None, Role.INSTITUTION_MANAGER: self.home}
        self.world.grant(person, role, scope.get(role, self.lab))
        return sign_in(app.test_client(), person).get(address)


@pytest.fixture
def asked(client: FlaskClient, world: World, now: datetime) -> Asked:
    return Asked(client, world, now)


@pytest.mark.parametrize(("role", "is_told"), ROLES)
def test_the_queue_of_a_lab_names_companies_to_the_owners_people_alone(
    app: Flask, asked: Asked, role: Role, is_told: bool
) -> None:
    queue = f"/labs/{asked.lab_id}/approvals"
    said = asked.read(app, role, queue).text
    assert [name in said for name in NAMES] == [is_told] * 2
    assert ("Companies, Zou Yangban" in said, MAIL in said) == (not is_told, False)
    assert "Sample Optics Ltd, Zou Yangban" in said or not is_told
    asked.send("manager", asked.number, "approve", match='"1"')
    answered = asked.read(app, role, f"{queue}?view=answered").text
    assert (NAMES[0] in answered, "Companies, Zou Yangban" in answered) == (is_told, not is_told)


@pytest.mark.parametrize(("role", "is_told"), ROLES)
def test_booking_again_for_somebody_of_a_company_writes_their_address_to_the_owners_people_alone(
    app: Flask, asked: Asked, role: Role, is_told: bool
) -> None:
    answer = asked.read(app, role, f"/reservations/{asked.number}/again")
    assert answer.status_code == 302
    filled = MAIL.replace("@", "%40") if is_told else str(asked.buyer.id)
    assert f"user={filled}&" in f"{answer.location.partition('#')[0]}&"
    page = asked.read(app, role, answer.location)
    assert page.status_code == 200
    assert (MAIL in page.text) == is_told


def test_whoever_asked_books_again_with_the_form_as_it_was(app: Flask, asked: Asked) -> None:
    answer = sign_in(app.test_client(), asked.buyer).get(f"/reservations/{asked.number}/again")
    assert "user=" not in answer.location
    assert "unit=" in answer.location


def test_what_one_company_looked_for_in_vain_is_nobodys_to_read(
    app: Flask, asked: Asked, world: World, now: datetime
) -> None:
    company: Institution = asked.buyer.institution
    keep(
        UnmetDemand(
            noted_on=now.date(), source="search", class_code=None, earliest=now, latest=now + HOUR,
            length_seconds=3600, asker_institution_id=company.id, asker_kind="company",
        )
    )  # fmt: skip
    boss = world.person(asked.home)
    world.grant(boss, Role.PLATFORM_ADMINISTRATOR)
    key, browser = bearer(world.token(boss, "reservations:read")), sign_in(app.test_client(), boss)
    for number, status in ((company.id, 404), (asked.home.id, 200), (999_999_999, 404)):
        assert browser.get(f"/institutions/{number}/demand").status_code == status
        assert browser.get(f"/api/v1/institutions/{number}/demand", headers=key).status_code == status
    assert f"/institutions/{company.id}/demand" not in browser.get(f"/institutions/{company.id}").text
    assert f"/institutions/{asked.home.id}/demand" in browser.get(f"/institutions/{asked.home.id}").text
