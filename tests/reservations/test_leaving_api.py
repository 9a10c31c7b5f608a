"""Programs hand over what somebody who leaves had booked, as the page does: same rights, every rule, no version lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.people.rights import Role
from tests.world import bearer

SCOPES = "people:read people:write reservations:read"


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def leaver(world, lab):
    return world.person(lab.institution)


@pytest.fixture
def booked(world, lab, leaver, now):
    return world.reservation(world.instrument(lab, audience="institution"), leaver, now + timedelta(days=1))


@pytest.fixture
def boss(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, lab.institution)
    return bearer(world.token(person, SCOPES))


def test_only_whoever_decides_about_the_leaving(client, world, lab, leaver, booked, boss) -> None:
    listed, one = f"/api/v1/people/{leaver.id}/reservations", f"/api/v1/reservations/{booked.id}/hand-over"
    body, operator = {"user": world.person(lab.institution).mail}, world.person(lab.institution)
    world.grant(operator, Role.LAB_OPERATOR, lab)
    assert client.get(listed).status_code == 401
    theirs, own = bearer(world.token(operator, SCOPES)), bearer(world.token(leaver, SCOPES))
    assert client.get(listed, headers=theirs).status_code == 404
    assert client.get(listed, headers=own).status_code == 403
    assert client.post(one, json=body, headers=theirs).status_code == 403
    assert client.post(one, json=body, headers=own).status_code == 403
    stranger = bearer(world.token(world.person(), SCOPES))
    assert client.post(one, json=body, headers=stranger).status_code == 404
    assert client.post(one, json=body, headers=boss).status_code == 428


def test_who_cannot_have_it_does_not_get_it(client, world, lab, leaver, booked, boss) -> None:
    one, held = f"/api/v1/reservations/{booked.id}/hand-over", {**boss, "If-Match": "*"}
    for nobody in ({}, {"user": None}, {"user": ""}):
        refused = client.post(one, json=nobody, headers=held)
        assert (refused.status_code, refused.json["reasons"][0]["field"]) == (422, "user")
    assert client.post(one, json={"user": "nobody@example.org"}, headers=held).status_code == 403
    same = client.post(one, json={"user": leaver.id}, headers=held)
    assert [each["code"] for each in same.json["reasons"]] == ["same_user"]
    outside = world.person(world.institution())
    assert client.post(one, json={"user": outside.id}, headers=held).status_code in (403, 422)


def test_one_is_handed_over(client, world, lab, leaver, booked, boss) -> None:
    listed, heir = f"/api/v1/people/{leaver.id}/reservations", world.person(lab.institution)
    (coming,) = client.get(listed, headers=boss).json["items"]
    assert (coming["id"], coming["user_id"]) == (booked.id, leaver.id)
    one, held = f"/api/v1/reservations/{booked.id}/hand-over", {**boss, "If-Match": f'"{coming["version"]}"'}
    done = client.post(one, json={"user": heir.mail}, headers=held)
    assert (done.status_code, done.json["user_id"], done.headers["ETag"]) == (200, heir.id, '"2"')
    assert client.post(one, json={"user": heir.mail}, headers=held).status_code == 412
    assert client.get(listed, headers=boss).json["items"] == []
