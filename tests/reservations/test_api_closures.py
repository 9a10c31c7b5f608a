"""Programs close, change and reopen as the pages do, and say in the same step what becomes of reservations in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.people.rights import Role
from tests.world import bearer


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def thing(world, lab):
    return world.instrument(lab)


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_OPERATOR, lab)
    return bearer(world.token(person))


@pytest.fixture
def wanted(now):
    start = now + timedelta(days=1)
    return {
        "kind": "maintenance", "reason": "Service", "start": start.isoformat(),
        "end": (start + timedelta(hours=4)).isoformat(),
    }  # fmt: skip


def test_who_may_not_and_what_cannot_be_closed(client, world, lab, thing, manager, wanted) -> None:
    other = bearer(world.token(world.person(lab.institution)))
    for place in (f"/api/v1/labs/{lab.id}/closures", f"/api/v1/instruments/{thing.id}/closures"):
        assert client.get(place, headers=other).status_code == 403
        assert client.post(place, json=wanted, headers=other).status_code == 403
        assert client.post(f"{place}/preview", json=wanted, headers=other).status_code == 403
        wrong = client.post(place, json=wanted | {"reason": " ", "end": wanted["start"]}, headers=manager)
        assert {each["field"] for each in wrong.json["reasons"]} == {"reason", "end"}
        missing = client.post(place, json={"kind": "party", "start": "soon"}, headers=manager)
        assert {each["field"] for each in missing.json["reasons"]} == {"kind", "start", "reason"}
        assert client.get(place, headers=manager).json == {"items": []}


def test_reservations_in_the_way_are_asked_about_first(client, world, thing, manager, wanted, now) -> None:
    moved, cancelled, kept = (
        world.reservation(thing, world.person(thing.institution), now + timedelta(days=1, hours=hour))
        for hour in (0, 1, 2)
    )
    address = f"/api/v1/instruments/{thing.id}/closures"
    refused = client.post(address, json=wanted, headers=manager)
    assert [each["code"] for each in refused.json["reasons"]] == ["in_the_way"]
    met = client.post(f"{address}/preview", json=wanted, headers=manager).json["reservations"]
    assert [each["id"] for each in met] == [moved.id, cancelled.id, kept.id]
    assert met[0]["move_to"]["instrument_id"] == thing.id
    each = [
        {"reservation_id": moved.id, "version": 1, "choice": "move"},
        {"reservation_id": cancelled.id, "version": 1, "choice": "cancel"},
    ]
    wordless = client.post(address, json=wanted | {"reservations": {"each": each}}, headers=manager)
    assert [reason["code"] for reason in wordless.json["reasons"]] == ["no_message"]
    said = {"each": each, "message": "The laser fails"}
    done = client.post(address, json=wanted | {"reservations": said}, headers=manager)
    assert done.status_code == 201, done.json
    assert done.json["outcomes"] == {"moved": 1, "cancelled": 1, "kept": 1}
    [closure] = client.get(address, headers=manager).json["items"]
    one = f"/api/v1/closures/{closure['id']}"
    within = client.get(f"{one}/reservations", headers=manager).json["reservations"]
    assert [each["id"] for each in within] == [kept.id]
    again = client.post(f"{one}/reservations", json={"all": "cancel", "message": "Sorry"}, headers=manager)
    assert again.json["outcomes"] == {"cancelled": 1}


def test_a_closure_is_changed_and_reopened_at_its_version(client, world, thing, manager, wanted) -> None:
    address = f"/api/v1/instruments/{thing.id}/closures"
    made = client.post(address, json=wanted, headers=manager)
    one = made.headers["Location"]
    assert client.put(one, json=wanted, headers=manager).status_code == 428
    held = {**manager, "If-Match": client.get(one, headers=manager).headers["ETag"]}
    changed = client.put(one, json=wanted | {"reason": "Laser"}, headers=held)
    assert changed.json["items"][0]["reason"] == "Laser"
    assert client.put(one, json=wanted, headers=held).status_code == 412
    other = bearer(world.token(world.person()))
    assert client.get(one, headers=other).status_code == 403
    assert client.post(f"{one}/reopen", json={}, headers=held).status_code == 412
    assert client.post(f"{one}/reopen", json={}, headers={**manager, "If-Match": '"2"'}).json == {
        "offered": 0
    }
    assert client.get(one, headers=manager).status_code == 404


def test_a_breakdown_without_an_end_and_a_rule(client, lab, manager, wanted, now) -> None:
    address = f"/api/v1/labs/{lab.id}/closures"
    broken = {"kind": "breakdown", "reason": "Leak", "start": now.isoformat()}
    one = client.post(address, json=broken, headers=manager).json["items"][0]
    assert one["end"] is None
    weekly = wanted | {"repeat": {"every": "week", "until": "2027-03-31"}}
    made = client.post(address, json=weekly, headers=manager).json["items"]
    assert len(made) == 5
    assert {each["series"] for each in made} == {made[0]["id"]}
    held = {**manager, "If-Match": "*"}
    client.post(f"/api/v1/closures/{made[1]['id']}/reopen", json={"following": True}, headers=held)
    left = client.get(address, headers=manager).json["items"]
    assert [each["id"] for each in left] == [one["id"], made[0]["id"]]


def test_those_of_a_rule_change_together_each_on_its_own_day(
    client, world, thing, manager, wanted, now
) -> None:
    address = f"/api/v1/instruments/{thing.id}/closures"
    weekly = wanted | {"repeat": {"every": "week", "until": "2027-03-31"}}
    made = client.post(address, json=weekly, headers=manager).json["items"]
    third = made[2]
    later = {
        "kind": "training", "reason": "Course", "start": third["start"].replace("T08", "T10"),
        "end": third["end"].replace("T12", "T15"),
    }  # fmt: skip
    one, held = f"/api/v1/closures/{third['id']}", {**manager, "If-Match": '"1"'}
    moved = {"start": third["start"].replace("-16T", "-17T"), "end": third["end"].replace("-16T", "-17T")}
    refused = client.put(one, json=later | moved | {"scope": "following"}, headers=held)
    assert [each["code"] for each in refused.json["reasons"]] == ["repeat_day"]
    # A reservation in the hours that become closed, a week after the one that is changed.
    user = world.person(thing.institution)
    world.reservation(thing, user, now + timedelta(days=22, hours=5))
    asked = client.put(one, json=later | {"scope": "following"}, headers=held)
    assert [each["code"] for each in asked.json["reasons"]] == ["in_the_way"]
    # The words are those of a series: this, following, all.
    unknown = client.put(one, json=later | {"scope": "one"}, headers=held)
    assert (unknown.status_code, unknown.json["reasons"][0]["field"]) == (422, "scope")
    kept = later | {"scope": "following", "reservations": {"all": "keep"}}
    assert client.put(one, json=kept, headers=held).json["outcomes"] == {"kept": 1}
    listed = client.get(address, headers=manager).json["items"]
    assert [each["start"][8:16] for each in listed] == [
        "02T08:00",
        "09T08:00",
        "16T10:00",
        "23T10:00",
        "30T10:00",
    ]
    assert [each["kind"] for each in listed] == ["maintenance"] * 2 + ["training"] * 3
    everything = later | {"reason": "Course for all", "scope": "all"}
    client.put(one, json=everything | {"reservations": {"all": "keep"}}, headers={**manager, "If-Match": "*"})
    listed = client.get(address, headers=manager).json["items"]
    assert {(each["start"][11:16], each["reason"]) for each in listed} == {("10:00", "Course for all")}
    assert len({each["series"] for each in listed}) == 1
