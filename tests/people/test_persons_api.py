"""Programs see people, say what an institution says of them, and invite, as pages do: same rights, every reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer

BOTH = "people:read people:write"


@pytest.fixture
def home(world, now):
    return world.institution()


@pytest.fixture
def boss(world, home):
    person = world.person(home, name_en="Aa")
    world.grant(person, Role.INSTITUTION_MANAGER, home)
    return person


def holds(world, person, scopes: str = BOTH) -> dict[str, str]:
    return bearer(world.token(person, scopes))


def fields(answer) -> set[str]:
    return {each["field"] for each in answer.json["reasons"]}


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def test_people_are_seen_and_changed_by_whoever_may_alone(client, world, home, boss) -> None:
    person, auditor = world.person(home), world.person(home)
    world.grant(auditor, Role.AUDITOR, home)
    place, one = f"/api/v1/institutions/{home.id}/people", f"/api/v1/people/{person.id}"
    assert client.get(place).status_code == 401
    assert client.get(place, headers=holds(world, boss, "labs:read")).status_code == 403
    stranger, reader = holds(world, world.person(home)), holds(world, auditor)
    assert client.get(place, headers=stranger).status_code == 403
    deeds_on = {"leave": {"ends_on": "2027-04-01"}, "stay": None, "confirm": None}
    for name, body in deeds_on.items():
        assert client.post(f"{one}/{name}", json=body, headers=stranger).status_code == 404
        assert client.post(f"{one}/{name}", json=body, headers=reader).status_code == 403
    assert client.patch(f"{one}/membership", json={}, headers=reader).status_code == 403
    assert client.get(one, headers=stranger).status_code == 404
    assert client.get(one, headers=reader).status_code == 200
    mine, own = holds(world, boss), f"/api/v1/people/{boss.id}"
    assert client.get(own, headers=mine).status_code == 200
    assert client.post(f"{own}/confirm", headers=mine).status_code == 403
    assert client.patch(f"{own}/membership", json={}, headers=mine).status_code == 403
    assert client.patch(f"{one}/membership", json={}, headers=mine).status_code == 428
    assert client.post(f"{one}/stay", headers=mine).status_code == 428


def test_a_membership_is_changed_with_every_reason(client, world, home, boss) -> None:
    person, adviser = world.person(home, number="7"), world.person(home)
    one, mine = f"/api/v1/people/{person.id}", holds(world, boss)
    held = {**mine, "If-Match": client.get(one, headers=mine).headers["ETag"]}
    wrong = {"kind": "king", "number": "x" * 41, "adviser": person.mail, "ends_on": "2027-01-01", "age": 3}
    refused = client.patch(f"{one}/membership", json=wrong, headers=held)
    assert fields(refused) == set(wrong)
    body = {"adviser": adviser.mail, "ends_on": "2028-06-30"}
    changed = client.patch(f"{one}/membership", json=body, headers=held)
    assert (changed.json["adviser_id"], changed.json["number"], changed.json["kind"]) == (
        adviser.id,
        "7",
        "staff",
    )
    assert client.patch(f"{one}/membership", json=body, headers=held).status_code == 412
    emptied = client.patch(
        f"{one}/membership", json={"adviser": "", "ends_on": None}, headers={**mine, "If-Match": "*"}
    )
    assert (emptied.json["adviser_id"], emptied.json["ends_on"]) == (None, None)
    assert client.post(f"{one}/confirm", headers=mine).json["membership_confirmed_on"] == "2027-03-01"
    assert deeds() == ["membership.edited", "membership.edited", "membership.confirmed"]


def test_somebody_leaves_and_stays(client, world, home, boss) -> None:
    person, lab = world.person(home), world.lab(home)
    world.grant(person, Role.LAB_OPERATOR, lab)
    one, mine, theirs = f"/api/v1/people/{person.id}", holds(world, boss), holds(world, person)
    any_version = {**mine, "If-Match": "*"}
    assert fields(client.post(f"{one}/leave", json={}, headers=any_version)) == {"ends_on"}
    assert fields(client.post(f"{one}/leave", json={"ends_on": "2027-01-01"}, headers=any_version)) == {
        "ends_on"
    }
    gone = client.post(f"{one}/leave", json={"ends_on": "2027-02-28"}, headers=any_version)
    assert (gone.json["is_active"], gone.json["ends_on"]) == (False, "2027-02-28")
    assert client.get(one, headers=theirs).status_code == 401
    back = client.post(f"{one}/stay", headers={**mine, "If-Match": gone.headers["ETag"]})
    assert (back.json["is_active"], back.json["ends_on"]) == (True, None)
    assert deeds() == ["person.leaving", "person.staying"]


def test_people_are_listed_by_name_in_pages(client, world, home, boss) -> None:
    names = ["Aa", *(world.person(home, name_en=name).name_en for name in ("Bb", "Cc"))]
    place, seen, cursor, mine = f"/api/v1/institutions/{home.id}/people", [], "", holds(world, boss)
    while cursor is not None:
        page = client.get(f"{place}?limit=2&cursor={cursor}", headers=mine).json
        seen += [each["name_en"] for each in page["items"]]
        cursor = page["next"]
    assert seen == names
    assert [each["name_en"] for each in client.get(f"{place}?q=cc", headers=mine).json["items"]] == ["Cc"]
    assert fields(client.get(f"{place}?view=old", headers=mine)) == {"view"}


def test_somebody_is_invited_and_the_secret_is_in_the_letter_alone(client, world, home, boss) -> None:
    group, head = world.group(home), world.person(home)
    world.grant(head, Role.GROUP_HEAD, group)
    place, of_group = f"/api/v1/institutions/{home.id}/invitations", f"/api/v1/groups/{group.id}/invitations"
    theirs, mine, body = (
        holds(world, head),
        holds(world, boss),
        {"mail": "new@example.org", "kind": "student"},
    )
    assert client.post(place, json=body, headers=theirs).status_code == 403
    assert client.get(place, headers=theirs).status_code == 403
    assert client.post(of_group, json=body, headers=holds(world, world.person(home))).status_code == 403
    assert fields(client.post(place, json={"mail": "x", "kind": "king", "cc": 1}, headers=mine)) == {
        "mail", "kind", "cc",
    }  # fmt: skip
    assert fields(client.post(place, json={"mail": head.mail}, headers=mine)) == {"mail"}
    made = client.post(of_group, json=body, headers=theirs)
    assert (made.status_code, made.json["group_id"], made.json["is_sent"]) == (200, group.id, True)
    assert set(made.json) == {"id", "mail", "kind", "group_id", "expires_at", "is_sent"}
    assert [each["id"] for each in client.get(of_group, headers=theirs).json["items"]] == [made.json["id"]]
    one = f"{place}/{made.json['id']}"
    assert client.delete(one, headers=theirs).status_code == 403
    assert client.delete(one, headers=mine).status_code == 204
    assert client.get(place, headers=mine).json["items"] == []
    assert deeds() == ["person.invited", "invitation.withdrawn"]


def test_people_say_of_themselves_what_they_like(client, world, home) -> None:
    person = world.person(home, phone="029-1", shows_name=True)
    mine, reads = holds(world, person), holds(world, person, "people:read")
    assert client.get("/api/v1/profile").status_code == 401
    assert client.patch("/api/v1/profile", json={}, headers=reads).status_code == 403
    assert client.patch("/api/v1/profile", json={}, headers=mine).status_code == 428
    held = {**mine, "If-Match": client.get("/api/v1/profile", headers=mine).headers["ETag"]}
    wrong = {"orcid": "1", "zone": "Moon", "language": "fr", "phone": 3, "mail": "x@example.org"}
    assert fields(client.patch("/api/v1/profile", json=wrong, headers=held)) == set(wrong)
    changed = client.patch("/api/v1/profile", json={"name_zh": "林示例"}, headers=held).json
    assert (changed["name_zh"], changed["phone"], changed["shows_name"]) == ("林示例", "029-1", True)
    assert client.patch("/api/v1/profile", json={}, headers=held).status_code == 412
    hidden = client.patch("/api/v1/profile", json={"shows_name": False}, headers={**mine, "If-Match": "*"})
    assert hidden.json["shows_name"] is False
    assert deeds() == ["profile.edited", "profile.edited"]


def test_several_are_confirmed_at_once_or_nobody(client, world, home, boss) -> None:
    people, elsewhere = [world.person(home) for _ in range(2)], world.person()
    place, mine = f"/api/v1/institutions/{home.id}/people/confirm", holds(world, boss)
    numbers = [person.id for person in people]
    assert client.post(place, json={"person_ids": numbers}).status_code == 401
    assert (
        client.post(place, json={"person_ids": numbers}, headers=holds(world, people[0])).status_code == 403
    )
    assert fields(client.post(place, json={"person_ids": []}, headers=mine)) == {"person_ids"}
    assert client.post(place, json={"person_ids": [*numbers, elsewhere.id]}, headers=mine).status_code == 404
    assert client.post(place, json={"person_ids": [*numbers, boss.id]}, headers=mine).status_code == 403
    assert "membership.confirmed" not in deeds()
    assert client.post(place, json={"person_ids": numbers * 2}, headers=mine).json == {"confirmed": 2}
    assert deeds().count("membership.confirmed") == 2
