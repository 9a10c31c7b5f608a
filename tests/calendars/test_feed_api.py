"""Programs list, make and revoke secret feed addresses as pages do: one's own, and a lab's by its roles."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.web.models import IdempotentAnswer
from tests.world import bearer

MINE = "/api/v1/calendar-feeds"


@pytest.fixture
def lab(world, now):
    return world.lab()


def staff(world, lab, role: Role) -> dict[str, str]:
    person = world.person(lab.institution)
    world.grant(person, role, lab)
    return bearer(world.token(person))


def local(made) -> str:
    return "/calendars/" + made.json["address"].partition("/calendars/")[2]


def test_strangers_and_tokens_without_the_scope_are_refused(client, world, lab) -> None:
    person = world.person()
    reads, of_lab = bearer(world.token(person, "reservations:read")), f"/api/v1/labs/{lab.id}/calendar-feeds"
    assert client.get(MINE).status_code == 401
    assert client.post(MINE, json={"name": "Phone"}, headers=reads).status_code == 403
    assert client.delete(f"{MINE}/1", headers=reads).status_code == 403
    outsider = bearer(world.token(person))
    assert client.get(of_lab, headers=outsider).status_code == 403
    assert client.post(of_lab, json={"name": "Phone"}, headers=outsider).status_code == 403
    assert client.delete(f"{of_lab}/1", headers=outsider).status_code == 403
    assert client.get("/api/v1/labs/999999999/calendar-feeds", headers=outsider).status_code == 404


def test_what_stands_against_a_name_is_said_at_it(client, world, now) -> None:
    own = bearer(world.token(world.person()))
    for wrong in ({}, {"name": " "}, {"name": "x" * 81}, {"name": 3}):
        refused = client.post(MINE, json=wrong, headers=own)
        assert (refused.status_code, refused.json["reasons"][0]["field"]) == (422, "name")


def test_nobody_revokes_the_address_of_another_or_learns_of_it(client, world, lab) -> None:
    operator, second = staff(world, lab, Role.LAB_OPERATOR), staff(world, lab, Role.LAB_OPERATOR)
    manager, of_lab = staff(world, lab, Role.LAB_MANAGER), f"/api/v1/labs/{lab.id}/calendar-feeds"
    own = client.post(MINE, json={"name": "Phone"}, headers=operator).json["id"]
    shared = client.post(of_lab, json={"name": "Screen"}, headers=operator).json["id"]
    for address in (f"{MINE}/{own}", f"{MINE}/{shared}", f"{of_lab}/{own}", f"{of_lab}/{shared}"):
        assert client.delete(address, headers=second).status_code == 404
    assert client.delete(f"{MINE}/{shared}", headers=operator).status_code == 404
    assert client.delete(f"{of_lab}/{own}", headers=manager).status_code == 404
    assert client.get(of_lab, headers=second).json["items"] == []
    assert [each["id"] for each in client.get(of_lab, headers=manager).json["items"]] == [shared]
    assert client.delete(f"{of_lab}/{shared}", headers=manager).status_code == 204


def test_an_address_is_told_once_shows_and_ends(client, world, now) -> None:
    person = world.person()
    own = bearer(world.token(person))
    made = client.post(MINE, json={"name": " My  phone "}, headers={**own, "Idempotency-Key": "k"})
    assert (made.status_code, made.json["name"], made.headers["Cache-Control"]) == (
        200,
        "My phone",
        "no-store",
    )
    assert client.get(local(made)).status_code == 200
    listed = client.get(MINE, headers=own)
    assert "address" not in listed.json["items"][0]
    assert local(made).split("/")[-1].removesuffix(".ics") not in listed.text
    assert db.session.scalars(select(IdempotentAnswer.key)).all() == []
    one = f"{MINE}/{made.json['id']}"
    assert [client.delete(one, headers=own).status_code for _ in range(2)] == [204, 204]
    assert client.get(local(made)).status_code == 404
    assert client.get(MINE, headers=own).json["items"] == []
    deeds = list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))
    assert deeds == ["calendar.feed_made", "calendar.feed_revoked"]


def test_a_lab_has_its_own(client, world, lab) -> None:
    operator = staff(world, lab, Role.LAB_OPERATOR)
    made = client.post(f"/api/v1/labs/{lab.id}/calendar-feeds", json={"name": "Door"}, headers=operator)
    assert (made.json["lab_id"], "/calendars/labs/" in made.json["address"]) == (lab.id, True)
    assert client.get(local(made)).status_code == 200
