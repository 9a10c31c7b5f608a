"""Programs set limits and quotas as the pages do: by the same rights, with every reason, never over a newer version."""

from __future__ import annotations

import pytest

from instruments.people.rights import Role
from tests.world import bearer

QUOTA = {"amount": 4, "measured": "hours", "per": "week", "holder": "person", "over": "lab"}


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
    places = [f"/api/v1/labs/{lab.id}", f"/api/v1/instruments/{world.instrument(lab).id}"]
    for place in places:
        assert client.get(f"{place}/limits").status_code == 401
        assert client.get(f"{place}/limits", headers=narrow).status_code == 403
        assert client.get(f"{place}/limits", headers=operator).status_code == 403
        assert client.post(f"{place}/quotas", json=QUOTA, headers=operator).status_code == 403
        assert client.get(f"{place}/limits", headers=manager).status_code == 200
    assert client.get(f"/api/v1/institutions/{lab.institution_id}/quotas", headers=manager).status_code == 403
    assert client.get("/api/v1/labs/999999999/limits", headers=manager).status_code == 404


def test_limits_are_set_whole_and_never_over_a_newer_version(client, world, lab, manager) -> None:
    address = f"/api/v1/labs/{lab.id}/limits"
    read = client.get(address, headers=manager)
    assert read.json["own"]["grid_minutes"] is None
    assert read.json["otherwise"]["grid_minutes"] == 15
    assert client.put(address, json={"grid_minutes": 30}, headers=manager).status_code == 428
    held = {**manager, "If-Match": read.headers["ETag"]}
    wrong = client.put(
        address, json={"grid_minutes": 7, "longest_minutes": 1, "names_seen": "cats"}, headers=held
    )
    assert {each["field"] for each in wrong.json["reasons"]} >= {"names_seen"}
    wrong = client.put(address, json={"grid_minutes": 7, "lead_minutes": -1}, headers=held)
    assert {each["field"] for each in wrong.json["reasons"]} >= {"grid_minutes", "lead_minutes"}
    done = client.put(address, json={"grid_minutes": 30, "shortest_minutes": 30}, headers=held)
    assert (done.status_code, done.json["own"]["grid_minutes"], done.headers["ETag"]) == (200, 30, '"1"')
    assert client.put(address, json={"grid_minutes": 15}, headers=held).status_code == 412
    thing = world.instrument(lab)
    assert client.get(f"/api/v1/instruments/{thing.id}/rules").json["limits"]["grid_minutes"] == 30


def test_limits_for_certain_dates_come_and_go(client, lab, manager) -> None:
    address = f"/api/v1/labs/{lab.id}/dated-limits"
    wanted = {"first": "2027-06-01", "last": "2027-06-14", "limits": {"longest_minutes": 60}}
    for wrong in ({"first": "2026-01-01"}, {"last": "2027-05-01"}, {"limits": {}}, {"first": "June"}):
        assert client.post(address, json=wanted | wrong, headers=manager).status_code == 422
    made = client.post(address, json=wanted, headers=manager)
    assert made.status_code == 201
    listed = client.get(made.headers["Location"], headers=manager).json["dated"]
    assert [(each["first"], each["limits"]["longest_minutes"]) for each in listed] == [("2027-06-01", 60)]
    one = f"{address}/{made.json['id']}"
    assert client.delete(one, headers=manager).json == {"taken_back": True}
    assert client.delete(one, headers=manager).status_code == 404


def test_quotas_are_added_changed_and_ended(client, world, lab, manager) -> None:
    address = f"/api/v1/labs/{lab.id}/quotas"
    wrong = client.post(
        address, json=QUOTA | {"amount": 0, "over": "catalogue", "peak": "whenever"}, headers=manager
    )
    assert {each["field"] for each in wrong.json["reasons"]} == {"amount", "over", "peak"}
    days = {"valid_from": "2027-02-01", "valid_to": "2027-01-01"}
    backwards = client.post(address, json=QUOTA | days, headers=manager)
    assert {each["field"] for each in backwards.json["reasons"]} == {"valid_from", "valid_to"}
    made = client.post(address, json=QUOTA | {"circles": ["partners"]}, headers=manager)
    assert (made.status_code, made.json["circles"]) == (201, ["partners"])
    one, held = made.headers["Location"], {**manager, "If-Match": made.headers["ETag"]}
    assert client.put(one, json=QUOTA | {"amount": 8}, headers=manager).status_code == 428
    changed = client.put(one, json=QUOTA | {"amount": 8}, headers=held)
    assert (changed.status_code, changed.json["amount"], changed.json["circles"]) == (200, 8, [])
    assert client.put(one, json=QUOTA, headers=held).status_code == 412
    other = bearer(world.token(world.person(lab.institution)))
    assert client.get(one, headers=other).status_code == 403
    assert len(client.get(address, headers=manager).json["items"]) == 1
    assert client.delete(one, headers=manager).json == {"taken_back": False}
    assert client.get(one, headers=manager).json["valid_to"] == "2027-03-01"
    planned = client.post(address, json=QUOTA | {"valid_from": "2027-04-01"}, headers=manager).headers[
        "Location"
    ]
    assert client.delete(planned, headers=manager).json == {"taken_back": True}
    assert client.get(planned, headers=manager).status_code == 404
