"""Programs add, change, retire and take back one instrument as pages do: same rights, every reason, no version lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer

NEW = {
    "name_en": "Field emission microscope", "name_zh": "场发射电镜", "modes": ["guided", "self_operated"], "capacity": 2,
    "techniques": ["SEM|扫描电镜", "EDS; mapping"], "measured_quantities": ["Grain size"],
    "specifications": [{"name": "Resolution", "value": "0.8", "unit": "nm"}], "commissioned_on": "2020-03-01",
    "original_value": "1200000.00", "source": "购置", "contact_mail": "em@example.org",
}  # fmt: skip


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person))


def fields(answer) -> set[str]:
    return {each["field"] for each in answer.json["reasons"]}


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def test_only_whoever_manages_it_and_with_the_scope(client, world, lab, manager) -> None:
    thing, person = world.instrument(lab), world.person(lab.institution)
    world.grant(person, Role.LAB_OPERATOR, lab)
    operator, reads = bearer(world.token(person)), bearer(world.token(person, "catalog:read"))
    place, one = f"/api/v1/labs/{lab.id}/instruments", f"/api/v1/instruments/{thing.id}"
    last = {"retired_on": "2027-03-01"}
    assert client.post(place, json=NEW).status_code == 401
    for headers in (operator, reads):
        assert client.post(place, json=NEW, headers=headers).status_code == 403
        assert client.patch(one, json=NEW, headers=headers).status_code == 403
        assert client.get(f"{one}/record", headers=headers).status_code == 403
        assert client.post(f"{one}/retire", json=last, headers=headers).status_code == 403
        assert client.post(f"{one}/take-back", headers=headers).status_code == 403
    assert client.patch(one, json=NEW, headers=manager).status_code == 428
    assert client.post(f"{one}/retire", json=last, headers=manager).status_code == 428
    assert client.post(f"{one}/take-back", headers=manager).status_code == 428
    assert client.post("/api/v1/labs/999999999/instruments", json=NEW, headers=manager).status_code == 404
    any_version = {**manager, "If-Match": "*"}
    for other in (world.lab(lab.institution), world.lab()):
        assert client.patch(one, json={"lab_id": other.id}, headers=any_version).status_code == 403
    assert fields(client.patch(one, json={"lab_id": 999999999}, headers=any_version)) == {"lab_id"}


def test_every_reason_is_told_at_once_at_its_field(client, world, lab, manager) -> None:
    place = f"/api/v1/labs/{lab.id}/instruments"
    wrong = {
        "capacity": 0, "modes": ["flying"], "contact_mail": "x", "commissioned_on": "soon", "price": 3,
        "original_value": "-5", "specifications": [{"name": "", "value": "3"}], "class_code": "Telescope",
    }  # fmt: skip
    assert fields(client.post(place, json=wrong, headers=manager)) == {*wrong, "name_zh"}
    swapped = {"name_en": "x", "commissioned_on": "2020-01-02", "retired_on": "2020-01-01", "capacity": "two"}
    assert fields(client.post(place, json=swapped, headers=manager)) == {"retired_on", "capacity"}
    thing, held = world.instrument(lab), {**manager, "If-Match": "*"}
    refused = client.patch(
        f"/api/v1/instruments/{thing.id}", json={"name_en": "", "name_zh": " ", "capacity": 0}, headers=held
    )
    assert fields(refused) == {"name_zh", "capacity"}
    assert deeds() == []


def test_one_is_added_once_and_read_whole(client, lab, manager) -> None:
    place, once = f"/api/v1/labs/{lab.id}/instruments", {**manager, "Idempotency-Key": "a"}
    body = {**NEW, "class_code": "010101"}
    made = client.post(place, json=body, headers=once)
    assert (made.status_code, made.json["modes"], made.json["lab_id"]) == (
        201,
        ["self_operated", "guided"],
        lab.id,
    )
    assert client.post(place, json=body, headers=once).data == made.data
    one = made.headers["Location"]
    assert client.get(one, headers=manager).headers["ETag"] == made.headers["ETag"]
    whole = client.get(f"{one}/record", headers=manager)
    assert whole.headers["ETag"] == made.headers["ETag"]
    assert {name: whole.json[name] for name in NEW if name not in ("modes", "techniques")} == {
        name: value for name, value in NEW.items() if name not in ("modes", "techniques")
    }
    assert sorted(whole.json["techniques"]) == sorted(NEW["techniques"])
    again = {name: value for name, value in whole.json.items() if name not in ("id", "version")}
    unchanged = client.patch(one, json=again, headers={**manager, "If-Match": whole.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (200, made.headers["ETag"])
    assert deeds() == ["instrument.added"]


def test_what_is_left_out_stays_and_a_newer_version_is_not_lost(client, world, lab, manager) -> None:
    thing = world.instrument(lab, maker="Zeiss", location="Room 1", asset_number="A-1")
    one, other = f"/api/v1/instruments/{thing.id}", world.instrument(lab, asset_number="A-2")
    held = {**manager, "If-Match": client.get(one, headers=manager).headers["ETag"]}
    changed = client.patch(one, json={"location": "", "name_en": "New name"}, headers=held)
    assert (changed.status_code, changed.json["name_en"], changed.json["location"]) == (200, "New name", "")
    assert changed.json["maker"] == "Zeiss"
    assert client.patch(one, json={"location": "x"}, headers=held).status_code == 412
    now_at = {**manager, "If-Match": changed.headers["ETag"]}
    assert fields(client.patch(one, json={"asset_number": other.asset_number}, headers=now_at)) == {
        "asset_number"
    }
    assert deeds() == ["instrument.changed"]


def test_it_moves_to_another_lab_that_one_manages_too(client, world, lab) -> None:
    second, thing = world.lab(lab.institution), world.instrument(lab)
    person = world.person(lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, lab.institution)
    held = {**bearer(world.token(person)), "If-Match": "*"}
    moved = client.patch(f"/api/v1/instruments/{thing.id}", json={"lab_id": second.id}, headers=held)
    assert (moved.status_code, moved.json["lab_id"]) == (200, second.id)


def test_it_is_retired_and_comes_back(client, world, lab, manager) -> None:
    thing, any_version = world.instrument(lab, commissioned_on=None), {**manager, "If-Match": "*"}
    one = f"/api/v1/instruments/{thing.id}"
    assert fields(client.post(f"{one}/retire", json={"note": "x" * 301}, headers=any_version)) == {
        "retired_on", "note",
    }  # fmt: skip
    planned = client.post(f"{one}/retire", json={"retired_on": "2027-09-01"}, headers=any_version)
    assert (planned.json["status"], planned.json["retired_on"]) == ("in_service", "2027-09-01")
    stale = {**manager, "If-Match": planned.headers["ETag"]}
    gone = client.post(f"{one}/retire", json={"retired_on": "2027-02-01", "note": "Sold"}, headers=stale)
    assert gone.json["status"] == "retired"
    assert client.post(f"{one}/take-back", headers=stale).status_code == 412
    back = client.post(f"{one}/take-back", headers={**manager, "If-Match": gone.headers["ETag"]})
    assert (back.json["status"], back.json["retired_on"]) == ("in_service", None)
    assert deeds() == ["instrument.retirement_planned", "instrument.retired", "instrument.taken_back"]


def test_one_that_is_down_does_not_come_into_service_by_being_taken_back(client, world, lab, manager) -> None:
    thing = world.instrument(lab, status="down")
    address = f"/api/v1/instruments/{thing.id}/take-back"
    answer = client.post(address, headers={**manager, "If-Match": "*"})
    assert (answer.status_code, answer.json["status"]) == (200, "down")


def test_all_instruments_of_an_institution_are_a_file_for_whoever_may_export(
    client, world, lab, manager
) -> None:
    world.instrument(lab, name_en="Balance", asset_number="A-1")
    file, person = f"/api/v1/institutions/{lab.institution_id}/instruments", world.person(lab.institution)
    world.grant(person, Role.AUDITOR, lab.institution)
    auditor = bearer(world.token(person))
    assert client.get(f"{file}.csv").status_code == 401
    assert client.get(f"{file}.csv", headers=manager).status_code == 403
    assert client.get(f"{file}.csv", headers=bearer(world.token(person, "catalog:read"))).status_code == 403
    assert client.get("/api/v1/institutions/999999999/instruments.csv", headers=auditor).status_code == 404
    assert b"Balance" in client.get(f"{file}.csv", headers=auditor).data
    assert client.get(f"{file}.xlsx", headers=auditor).data.startswith(b"PK")
