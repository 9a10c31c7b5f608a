"""Programs add, change and remove techniques as pages do: same rights, every reason, never over a newer version."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person))


def test_only_whoever_sets_the_rules_there_and_with_the_scope(client, world, lab, manager) -> None:
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_OPERATOR, lab)
    operator, narrow = bearer(world.token(person)), bearer(world.token(person, "labs:read"))
    thing = world.instrument(lab)
    body, address = {"name_en": "SEM", "instruments": [thing.id]}, f"/api/v1/labs/{lab.id}/techniques"
    assert client.get(address).status_code == 401
    assert client.get(address, headers=operator).status_code == 403
    assert client.post(address, json=body, headers=operator).status_code == 403
    assert client.post(address, json=body, headers=narrow).status_code == 403
    made = client.post(address, json=body, headers=manager)
    one = made.headers["Location"]
    for method in ("get", "put", "delete"):
        json = body if method == "put" else None
        assert getattr(client, method)(one, json=json, headers=operator).status_code == 403
    wide = f"/api/v1/institutions/{lab.institution_id}/techniques"
    assert client.get(wide, headers=manager).status_code == 403
    elsewhere = world.lab()
    other = world.person(elsewhere.institution)
    world.grant(other, Role.LAB_MANAGER, elsewhere)
    foreign = f"/api/v1/labs/{elsewhere.id}/techniques/{made.json['id']}"
    assert client.get(foreign, headers=bearer(world.token(other))).status_code == 404


def test_every_reason_is_told_at_once(client, world, lab, manager) -> None:
    address, foreign = f"/api/v1/labs/{lab.id}/techniques", world.instrument()
    refused = client.post(address, json={"name_en": " ", "instruments": [foreign.id]}, headers=manager)
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json["reasons"]} == {"name_en", "instruments"}
    refused = client.post(address, json={"name_zh": "x" * 121, "people": 3}, headers=manager)
    fields = {each["field"] for each in refused.json["reasons"]}
    assert fields == {"name_zh", "people", "name_en", "instruments"}


def test_one_is_added_once_changed_and_removed(client, world, lab, manager) -> None:
    address, first, second = f"/api/v1/labs/{lab.id}/techniques", world.instrument(lab), world.instrument(lab)
    body, once = {"name_en": "SEM", "instruments": [second.id, first.id]}, {**manager, "Idempotency-Key": "a"}
    made = client.post(address, json=body, headers=once)
    assert (made.status_code, made.json["instruments"], made.json["people"]) == (
        201,
        [first.id, second.id],
        0,
    )
    assert client.post(address, json=body, headers=once).data == made.data
    one, held = made.headers["Location"], {**manager, "If-Match": made.headers["ETag"]}
    assert client.get(address, headers=manager).json["items"] == [made.json]
    assert client.put(one, json=body, headers=manager).status_code == 428
    changed = client.put(one, json={"name_zh": "电镜", "instruments": [second.id]}, headers=held)
    assert (changed.json["name_en"], changed.json["name_zh"]) == ("", "电镜")
    assert (changed.json["instruments"], changed.headers["ETag"]) == ([second.id], '"2"')
    assert client.put(one, json=body, headers=held).status_code == 412
    assert client.delete(one, headers=manager).status_code == 204
    assert client.get(one, headers=manager).status_code == 404
    deeds = list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))
    assert deeds == ["technique.added", "technique.changed", "technique.removed"]


def test_one_that_somebody_is_qualified_for_stays(client, world, lab, manager) -> None:
    address, thing = f"/api/v1/labs/{lab.id}/techniques", world.instrument(lab)
    made = client.post(address, json={"name_en": "SEM", "instruments": [thing.id]}, headers=manager)
    grant = {
        "people": [world.person(lab.institution).mail], "technique_id": made.json["id"], "level": "independent",
    }  # fmt: skip
    assert client.post("/api/v1/qualifications", json=grant, headers=manager).status_code == 200
    refused = client.delete(made.headers["Location"], headers=manager)
    assert (refused.status_code, refused.json["reasons"][0]["code"]) == (422, "technique_used")
    assert client.get(made.headers["Location"], headers=manager).json["people"] == 1
