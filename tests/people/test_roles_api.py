"""Programs list, give and end roles and name deputies as pages do: same rights, every reason, written into the journal."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.people.tokens import SCOPES
from tests.world import bearer

BOTH = "people:read people:write"


@pytest.fixture
def home(world, now):
    return world.institution()


@pytest.fixture
def lab(world, home):
    return world.lab(home)


@pytest.fixture
def manager(world, home, lab):
    person = world.person(home)
    world.grant(person, Role.LAB_MANAGER, lab)
    return person


def holds(world, person, scopes: str = BOTH) -> dict[str, str]:
    return bearer(world.token(person, scopes))


def fields(answer) -> set[str]:
    return {each["field"] for each in answer.json["reasons"]}


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def test_all_scopes_fit_one_token() -> None:
    assert len(" ".join(SCOPES)) <= 200


def test_only_whoever_may_there_and_with_the_scope(client, world, home, lab, manager) -> None:
    place, operator = f"/api/v1/labs/{lab.id}/roles", world.person(home)
    world.grant(operator, Role.LAB_OPERATOR, lab)
    body = {"role": "lab_operator", "mail": world.person(home).mail}
    assert client.get(place).status_code == 401
    assert client.get(place, headers=holds(world, manager, "labs:read labs:write")).status_code == 403
    assert client.post(place, json=body, headers=holds(world, manager, "people:read")).status_code == 403
    member = holds(world, operator)
    assert client.get(place, headers=member).status_code == 403
    assert client.post(place, json=body, headers=member).status_code == 403
    boss = holds(world, manager)
    for other in (f"labs/{world.lab(home).id}", f"institutions/{home.id}"):
        assert client.get(f"/api/v1/{other}/roles", headers=boss).status_code == 403
        assert client.post(f"/api/v1/{other}/roles", json=body, headers=boss).status_code == 403
    assert client.get("/api/v1/platform/roles", headers=boss).status_code == 403
    assert client.post("/api/v1/platform/roles", json=body, headers=boss).status_code == 403
    assert client.get("/api/v1/labs/999999999/roles", headers=boss).status_code == 404
    assert client.get("/api/v1/companies/1/roles", headers=boss).status_code == 404


def test_a_role_that_one_neither_holds_nor_gives_does_not_exist(client, world, home, lab, manager) -> None:
    grant = world.grant(world.person(home), Role.LAB_OPERATOR, lab)
    one, stranger = f"/api/v1/roles/{grant.id}", holds(world, world.person(home))
    deputy = {"deputy": manager.mail, "deputy_until": "2027-04-01"}
    assert client.get(one, headers=stranger).status_code == 404
    assert client.delete(one, headers=stranger).status_code == 404
    assert client.put(f"{one}/deputy", json=deputy, headers=stranger).status_code == 404
    assert client.delete(f"{one}/deputy", headers=stranger).status_code == 404
    assert client.get(one, headers=holds(world, manager)).status_code == 200


def test_every_reason_against_a_role_is_told_at_once(client, world, home, lab, manager) -> None:
    place, boss = f"/api/v1/labs/{lab.id}/roles", holds(world, manager)
    refused = client.post(place, json={"role": "king", "mail": 3, "until": "x"}, headers=boss)
    assert fields(refused) == {"role", "mail", "until"}
    wrong = {"role": "lab_operator", "mail": "nobody", "ends_on": "2027-01-01", "until": 1}
    assert fields(client.post(place, json=wrong, headers=boss)) == {"mail", "ends_on", "until"}
    own = client.post(place, json={"role": "lab_operator", "mail": manager.mail}, headers=boss)
    assert [each["code"] for each in own.json["reasons"]] == ["own_role"]
    foreign = {"role": "lab_operator", "mail": world.person(world.institution()).mail}
    assert [each["code"] for each in client.post(place, json=foreign, headers=boss).json["reasons"]] == [
        "foreign"
    ]
    above = {"role": "institution_manager", "mail": world.person(home).mail}
    assert client.post(place, json=above, headers=boss).status_code == 403
    assert deeds() == []


def test_a_role_is_given_once_listed_and_ended(client, world, home, lab, manager) -> None:
    place, boss, person = f"/api/v1/labs/{lab.id}/roles", holds(world, manager), world.person(home)
    body = {"role": "lab_operator", "mail": person.mail.upper(), "ends_on": "2027-06-30"}
    made = client.post(place, json=body, headers={**boss, "Idempotency-Key": "a"})
    assert (made.status_code, made.json["person"]["id"], made.json["lab_id"]) == (201, person.id, lab.id)
    assert client.post(place, json=body, headers={**boss, "Idempotency-Key": "a"}).data == made.data
    first = client.get(f"{place}?limit=1", headers=boss).json
    rest = client.get(f"{place}?limit=1&cursor={first['next']}", headers=boss).json
    assert [each["role"] for each in (*first["items"], *rest["items"])] == ["lab_manager", "lab_operator"]
    assert rest["next"] is None
    one, own = made.headers["Location"], holds(world, person)
    assert client.get("/api/v1/roles", headers=own).json["items"] == [client.get(one, headers=own).json]
    assert client.delete(one, headers=own).status_code == 204
    assert client.delete(one, headers=own).status_code == 404
    assert deeds() == ["role.granted", "role.ended"]


def test_a_deputy_is_named_and_goes(client, world, home, lab, manager) -> None:
    deputy, mine = world.person(home), holds(world, manager)
    number = client.get("/api/v1/roles", headers=mine).json["items"][0]["id"]
    address = f"/api/v1/roles/{number}/deputy"
    wrong = client.put(
        address,
        json={"deputy": manager.mail, "deputy_until": "2030-01-01", "x": 1},
        headers=mine | {"If-Match": "*"},
    )
    assert fields(wrong) == {"deputy", "deputy_until", "x"}
    body = {"deputy": deputy.mail, "deputy_until": "2027-04-01"}
    assert client.put(address, json=body, headers=mine).status_code == 428
    seen = mine | {"If-Match": client.get(f"/api/v1/roles/{number}", headers=mine).headers["ETag"]}
    named = client.put(address, json=body, headers=seen)
    assert (named.status_code, named.json["deputy"]["id"]) == (200, deputy.id)
    # Who was named meanwhile is not replaced unseen.
    assert (
        client.put(address, json=body | {"deputy": world.person(home).mail}, headers=seen).status_code == 412
    )
    theirs = holds(world, deputy)
    assert client.get(f"/api/v1/labs/{lab.id}/roles", headers=theirs).status_code == 200
    assert client.delete(address, headers=theirs).status_code == 204
    assert client.get(f"/api/v1/labs/{lab.id}/roles", headers=theirs).status_code == 403
    assert deeds() == ["deputy.named", "deputy.ended"]


def test_the_platform_keeps_an_administrator(client, world, now) -> None:
    person = world.person()
    grant = world.grant(person, Role.PLATFORM_ADMINISTRATOR)
    mine = holds(world, person)
    refused = client.delete(f"/api/v1/roles/{grant.id}", headers=mine)
    assert (refused.status_code, refused.json["reasons"][0]["code"]) == (422, "last_administrator")
    body = {"role": "platform_administrator", "mail": world.person().mail}
    assert client.post("/api/v1/platform/roles", json=body, headers=mine).status_code == 201
    assert client.delete(f"/api/v1/roles/{grant.id}", headers=mine).status_code == 204


def test_a_group_tells_its_members_to_themselves(client, world, home) -> None:
    head, member = world.person(home), world.person()
    group = world.group(home, head)
    place, boss = f"/api/v1/groups/{group.id}/roles", holds(world, head)
    assert client.get(place, headers=holds(world, member)).status_code == 403
    made = client.post(place, json={"role": "member", "mail": member.mail}, headers=boss)
    assert made.json["group_id"] == group.id
    listed = client.get(place, headers=holds(world, member)).json["items"]
    assert [each["role"] for each in listed] == ["group_head", "member"]
