"""Programs add and edit labs as pages do: same rights, every reason, never over a newer version."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer

LAB = {"name_en": "Electron microscopy", "name_zh": "电镜实验室", "contact_mail": "em@example.org"}


@pytest.fixture
def home(world, now):
    return world.institution(zone="Asia/Urumqi", city_en="Urumqi")


@pytest.fixture
def director(world, home):
    person = world.person(home)
    world.grant(person, Role.INSTITUTION_MANAGER, home)
    return bearer(world.token(person))


def test_only_whoever_may_there_and_with_the_scope(client, world, home, director) -> None:
    lab, person = world.lab(home), world.person(home)
    world.grant(person, Role.LAB_MANAGER, lab)
    manager, reads = bearer(world.token(person)), bearer(world.token(person, "labs:read"))
    place, one = f"/api/v1/institutions/{home.id}/labs", f"/api/v1/labs/{lab.id}"
    assert client.post(place, json=LAB).status_code == 401
    assert client.post(place, json=LAB, headers=manager).status_code == 403
    assert client.patch(one, json=LAB, headers=reads).status_code == 403
    assert client.patch(one, json=LAB, headers=manager).status_code == 428
    stranger = bearer(world.token(world.person(world.institution())))
    assert client.patch(one, json=LAB, headers=stranger).status_code == 403
    company = world.institution(kind="company")
    boss = world.person(company)
    world.grant(boss, Role.COMPANY_MANAGER, company)
    of_company = f"/api/v1/institutions/{company.id}/labs"
    assert client.post(of_company, json=LAB, headers=bearer(world.token(boss))).status_code == 403
    assert client.get("/api/v1/labs/999999999").status_code == 404
    assert client.post("/api/v1/institutions/999999999/labs", json=LAB, headers=director).status_code == 404


def test_every_reason_is_told_at_once_at_its_field(client, world, home, director) -> None:
    place = f"/api/v1/institutions/{home.id}/labs"
    wrong = {"zone": "Moon/Sea", "contact_mail": "nobody", "address": "x" * 301, "city_en": 7, "rooms": 3}
    refused = client.post(place, json=wrong, headers=director)
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json["reasons"]} == {
        "name_en", "zone", "contact_mail", "address", "city_en", "rooms",
    }  # fmt: skip
    assert client.post(place, json=LAB, headers=director).status_code == 201
    assert client.post(place, json=LAB, headers=director).json["reasons"][0]["code"] == "taken"


def test_a_lab_is_added_once_with_what_its_institution_says(client, home, director) -> None:
    place, once = f"/api/v1/institutions/{home.id}/labs", {**director, "Idempotency-Key": "a"}
    made = client.post(place, json=LAB, headers=once)
    assert (made.status_code, made.json["zone"], made.json["city_en"]) == (201, "Asia/Urumqi", "Urumqi")
    assert client.post(place, json=LAB, headers=once).data == made.data
    assert client.get(made.headers["Location"], headers=director).json == made.json
    seen = client.get(made.headers["Location"]).json
    assert "contact_mail" not in seen
    assert client.get(place).json["items"] == [seen]
    assert db.session.scalars(select(JournalEntry.deed)).all() == ["lab.added"]


def test_what_is_left_out_stays_and_a_newer_version_is_not_lost(client, world, home) -> None:
    lab, person = world.lab(home, address="Building 3", zone="Asia/Urumqi"), world.person(home)
    world.grant(person, Role.LAB_MANAGER, lab)
    manager, one = bearer(world.token(person)), f"/api/v1/labs/{lab.id}"
    held = {**manager, "If-Match": client.get(one).headers["ETag"]}
    changed = client.patch(one, json={"name_zh": "新名", "contact_phone": "029-1"}, headers=held)
    assert (changed.status_code, changed.json["name_zh"], changed.headers["ETag"]) == (200, "新名", '"2"')
    assert (changed.json["address"], changed.json["zone"]) == ("Building 3", "Asia/Urumqi")
    assert client.patch(one, json={"name_zh": ""}, headers=held).status_code == 412
    emptied = client.patch(one, json={"address": ""}, headers={**manager, "If-Match": "*"})
    assert (emptied.json["address"], emptied.json["name_zh"]) == ("", "新名")
    found = client.patch(one, json={"name_zh": "", "name_en": ""}, headers={**manager, "If-Match": "*"})
    assert [each["field"] for each in found.json["reasons"]] == ["name_en"]
    assert db.session.scalars(select(JournalEntry.deed)).all() == ["lab.edited"] * 2


def test_labs_come_in_pages(client, world, home) -> None:
    numbers = [world.lab(home).id for _ in range(3)]
    place, seen, cursor = f"/api/v1/institutions/{home.id}/labs?limit=2", [], ""
    while cursor is not None:
        page = client.get(f"{place}&cursor={cursor}").json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == numbers
