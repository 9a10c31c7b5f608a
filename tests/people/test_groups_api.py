"""Programs add and edit groups and institutions as pages do: same rights, every reason, never over a newer version."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer

BOTH = "people:read people:write"
GROUP = {"name_en": "Alloys", "name_zh": "合金组"}


@pytest.fixture
def home(world, now):
    return world.institution("qinling.edu.cn")


def holds(world, person, scopes: str = BOTH) -> dict[str, str]:
    return bearer(world.token(person, scopes))


@pytest.fixture
def director(world, home):
    person = world.person(home)
    world.grant(person, Role.INSTITUTION_MANAGER, home)
    return person


@pytest.fixture
def platform(world, now):
    person = world.person()
    world.grant(person, Role.PLATFORM_ADMINISTRATOR)
    return holds(world, person)


def fields(answer) -> set[str]:
    return {each["field"] for each in answer.json["reasons"]}


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def test_groups_are_for_whoever_may_there_and_with_the_scope(client, world, home, director) -> None:
    group, member = world.group(home), world.person(home)
    world.grant(member, Role.MEMBER, group)
    place, one, theirs = (
        f"/api/v1/institutions/{home.id}/groups",
        f"/api/v1/groups/{group.id}",
        holds(world, member),
    )
    assert client.post(place, json=GROUP).status_code == 401
    assert client.get("/api/v1/groups", headers=holds(world, director, "labs:read")).status_code == 403
    assert client.post(place, json=GROUP, headers=holds(world, director, "people:read")).status_code == 403
    assert client.post(place, json=GROUP, headers=theirs).status_code == 403
    assert client.patch(one, json=GROUP, headers=theirs).status_code == 403
    assert client.get(one, headers=holds(world, world.person(home))).status_code == 403
    assert client.get(one, headers=theirs).status_code == 200
    assert client.patch(one, json=GROUP, headers=holds(world, director)).status_code == 428
    assert client.get("/api/v1/groups/999999999", headers=theirs).status_code == 404
    assert client.get("/api/v1/groups", headers=holds(world, world.person(home))).json["items"] == []


def test_every_reason_against_a_group_is_told_at_once(client, world, home, director) -> None:
    place, boss = f"/api/v1/institutions/{home.id}/groups", holds(world, director)
    foreign = {"lab_id": world.lab().id, "head": world.person(world.institution()).mail}
    wrong = client.post(place, json={"name_en": "x", **foreign, "size": 3}, headers=boss)
    assert fields(wrong) == {"name_zh", "lab_id", "head", "size"}
    assert fields(client.post(place, json={"name_zh": 3, "head": "nobody"}, headers=boss)) == {
        "name_zh", "name_en", "head",
    }  # fmt: skip
    own = client.post(place, json={**GROUP, "head": director.mail}, headers=boss)
    assert [each["code"] for each in own.json["reasons"]] == ["own_role"]
    assert deeds() == []


def test_a_group_is_added_once_and_keeps_what_is_left_out(client, world, home, director) -> None:
    boss, head = holds(world, director), world.person(home)
    place, once = f"/api/v1/institutions/{home.id}/groups", {**boss, "Idempotency-Key": "a"}
    body = {**GROUP, "head": head.mail, "lab_id": world.lab(home).id}
    made = client.post(place, json=body, headers=once)
    assert (made.status_code, made.json["head_id"], made.json["lab_id"]) == (201, head.id, body["lab_id"])
    assert client.post(place, json=body, headers=once).data == made.data
    one, held = made.headers["Location"], {**boss, "If-Match": made.headers["ETag"]}
    changed = client.patch(one, json={"name_en": "Alloys and glasses"}, headers=held)
    assert (changed.json["head_id"], changed.json["lab_id"]) == (head.id, body["lab_id"])
    assert client.patch(one, json={"name_en": "x"}, headers=held).status_code == 412
    nobody = client.patch(one, json={"head": "", "lab_id": None}, headers={**boss, "If-Match": "*"})
    assert (nobody.json["head_id"], nobody.json["lab_id"]) == (None, None)
    listed = client.get(f"/api/v1/groups?institution_id={home.id}", headers=boss).json["items"]
    assert [each["name_en"] for each in listed] == ["Alloys and glasses"]
    assert deeds() == ["group.added", "group.edited", "group.edited"]


def test_institutions_are_seen_by_all_and_edited_by_their_managers(client, world, home, director) -> None:
    one, boss = f"/api/v1/institutions/{home.id}", holds(world, director)
    seen = client.get(one)
    assert (seen.status_code, {"domains", "credit_code"} & set(seen.json)) == (200, set())
    assert client.get(one, headers=holds(world, director, "catalog:read")).json["domains"] == [
        "qinling.edu.cn"
    ]
    assert client.get("/api/v1/institutions").json["items"] == [seen.json]
    assert client.get("/api/v1/institutions/999999999").status_code == 404
    stranger = holds(world, world.person(world.institution()))
    assert client.patch(one, json={"city_en": "Xi'an"}, headers=stranger).status_code == 403
    assert client.post("/api/v1/institutions", json={}, headers=boss).status_code == 403
    assert client.patch(one, json={"city_en": "Xi'an"}, headers=boss).status_code == 428
    held = {**boss, "If-Match": seen.headers["ETag"]}
    for theirs in ({"kind": "company"}, {"country": "DE"}, {"domains": ["x.edu.cn"]}):
        assert client.patch(one, json=theirs, headers=held).status_code == 403
    wrong = client.patch(one, json={"website": "x", "ror": "y", "name_en": "", "zone": 3}, headers=held)
    assert fields(wrong) == {"website", "ror", "name_en", "zone"}
    changed = client.patch(one, json={"city_en": "Xi'an"}, headers=held)
    assert (changed.json["city_en"], changed.json["name_en"]) == ("Xi'an", home.name_en)
    assert client.patch(one, json={"city_en": "x"}, headers=held).status_code == 412
    assert deeds() == ["institution.edited"]


def test_the_platform_adds_institutions_and_says_whose_domains_they_are(client, home, platform) -> None:
    body = {"kind": "institute", "name_en": "Optics", "name_zh": "光学所", "domains": ["optics.ac.cn"]}
    wrong = {"kind": "company", "domains": ["qinling.edu.cn", "nothing"], "country": "Moon"}
    found = fields(client.post("/api/v1/institutions", json=wrong, headers=platform))
    assert found == {"credit_code", "domains", "country", "name_en", "name_zh"}
    once = {**platform, "Idempotency-Key": "a"}
    made = client.post("/api/v1/institutions", json=body, headers=once)
    assert (made.status_code, made.json["domains"]) == (201, ["optics.ac.cn"])
    assert client.post("/api/v1/institutions", json=body, headers=once).data == made.data
    one, any_version = made.headers["Location"], {**platform, "If-Match": "*"}
    assert client.patch(one, json={"city_zh": "西安"}, headers=any_version).json["domains"] == [
        "optics.ac.cn"
    ]
    assert client.patch(one, json={"domains": []}, headers=any_version).json["domains"] == []
