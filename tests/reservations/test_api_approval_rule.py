"""Programs set whose bookings a lab approves, as pages do: same rights, every reason, never over a newer version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer

RULE = {"circles": ["partners", "companies"], "above_minutes": 240, "deadline_hours": 48}


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person))


def test_only_whoever_manages_it_and_with_the_scope(client, world, lab, manager) -> None:
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_OPERATOR, lab)
    operator, narrow = bearer(world.token(person)), bearer(world.token(person, "reservations:write"))
    for place in (f"labs/{lab.id}", f"instruments/{world.instrument(lab).id}"):
        address = f"/api/v1/{place}/approval-rule"
        assert client.get(address).status_code == 401
        assert client.get(address, headers=narrow).status_code == 403
        assert client.get(address, headers=operator).status_code == 403
        assert client.put(address, json=RULE, headers=operator).status_code == 403
        assert client.delete(address, headers=operator).status_code == 403
        assert client.put(address, json=RULE, headers=manager).status_code == 428
        assert client.delete(address, headers=manager).status_code == 428
        assert client.get(address, headers=manager).status_code == 200
    assert client.get("/api/v1/labs/999999999/approval-rule", headers=manager).status_code == 404


def test_every_reason_is_told_at_once_and_nothing_is_set(client, lab, manager) -> None:
    address, held = f"/api/v1/labs/{lab.id}/approval-rule", {**manager, "If-Match": '"0"'}
    wrong = {
        "circles": ["cats"],
        "above_minutes": -1,
        "deadline_hours": 0,
        "managers_only": "yes",
        "own": True,
    }
    refused = client.put(address, json=wrong, headers=held)
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json["reasons"]} == {*wrong}
    refused = client.put(
        address,
        json={"circles": [], "above_minutes": -1, "deadline_hours": 0, "own_together": 1},
        headers=held,
    )
    fields = {each["field"] for each in refused.json["reasons"]}
    assert fields == {"above_minutes", "deadline_hours", "own_together"}
    assert client.put(address, json={}, headers=held).json["reasons"][0]["field"] == "circles"
    assert client.get(address, headers=manager).json["version"] == 0


def test_a_rule_is_set_holds_and_ends(client, world, lab, manager, now) -> None:
    address, held = f"/api/v1/labs/{lab.id}/approval-rule", {**manager, "If-Match": '"0"'}
    assert client.get(address, headers=manager).json["own"] is True
    made = client.put(address, json=RULE, headers=held)
    assert (made.status_code, made.json["circles"], made.headers["ETag"]) == (200, RULE["circles"], '"1"')
    assert client.put(address, json=RULE, headers=held).status_code == 412
    assert client.delete(address, headers=held).status_code == 412
    thing, stranger = world.instrument(lab), bearer(world.token(world.person(world.institution())))
    start = now + timedelta(days=1)
    wish = {
        "instrument_id": thing.id,
        "start": start.isoformat(),
        "end": (start + timedelta(hours=5)).isoformat(),
    }
    assert client.post("/api/v1/reservations", json=wish, headers=stranger).json["state"] == "requested"
    ended = client.delete(address, headers={**manager, "If-Match": made.headers["ETag"]})
    assert (ended.status_code, ended.json["circles"], ended.json["version"]) == (200, [], 2)
    later = start + timedelta(days=1)
    wish |= {"start": later.isoformat(), "end": (later + timedelta(hours=5)).isoformat()}
    assert client.post("/api/v1/reservations", json=wish, headers=stranger).json["state"] == "confirmed"
    deeds = db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)).all()
    assert deeds.count("approval_rule.changed") == 2
    assert client.delete(address, headers={**manager, "If-Match": "*"}).json["version"] == 2


def test_an_instrument_has_its_own_rule_until_that_ends(client, world, lab, manager) -> None:
    thing, any_version = world.instrument(lab), {**manager, "If-Match": "*"}
    client.put(f"/api/v1/labs/{lab.id}/approval-rule", json=RULE, headers=any_version)
    address = f"/api/v1/instruments/{thing.id}/approval-rule"
    before = client.get(address, headers=manager).json
    assert (before["own"], before["circles"], before["lab_rule"]["circles"]) == (False, [], RULE["circles"])
    own = client.put(address, json={"circles": ["companies"]}, headers=any_version)
    assert (own.json["own"], own.json["circles"]) == (True, ["companies"])
    ended = client.delete(address, headers=any_version)
    assert (ended.json["own"], ended.json["circles"]) == (False, ["companies"])
