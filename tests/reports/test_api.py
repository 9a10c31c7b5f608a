"""Forms through the API: drafted, completed, filed and corrected by programs, which read what pages show."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.reports.scene import House
from tests.reports.test_pages import Q4, key_of, posted
from tests.world import World, sign_in


@pytest.fixture
def house(app: Flask, world: World) -> House:
    return House(world)


def test_a_program_drafts_completes_files_and_corrects(client: FlaskClient, house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    key = key_of(house, house.manager)
    home = f"/api/v1/institutions/{house.home.id}/reports"
    due = client.get(home, headers=key).json["due"]
    assert {"form": "service_record", "period": Q4, "due": "2027-01-31", "assumed": True, "standing": "now",
            "report_id": None} in due  # fmt: skip
    drafted = client.post(home, json={"form": "service_record", "period": Q4}, headers=key)
    assert (drafted.status_code, drafted.json["rows_lacking"]) == (201, 1)
    one = drafted.headers["Location"]
    entry = {"sheet": "records", "keys": [f"use:{use.id}:0"], "column": "subjectArea", "value": "430"}
    assert client.post(f"{one}/entries", json=entry, headers=key).status_code == 428
    entered = client.post(f"{one}/entries", json=entry, headers=key | {"If-Match": drafted.headers["ETag"]})
    assert (entered.status_code, entered.json["rows_lacking"]) == (200, 0)
    filed = client.post(f"{one}/file", json={}, headers=key | {"If-Match": entered.headers["ETag"]})
    assert (filed.json["state"], filed.json["number"]) == ("filed", 1)
    noted = client.post(
        f"{one}/receipt", json={"reference": " NR-1 "}, headers=key | {"If-Match": filed.headers["ETag"]}
    )
    assert (noted.status_code, noted.json["reference"], noted.json["digest"]) == (
        200,
        "NR-1",
        filed.json["digest"],
    )
    assert noted.headers["ETag"] != filed.headers["ETag"]
    assert client.get(one, headers=key | {"If-None-Match": filed.headers["ETag"]}).json["reference"] == "NR-1"
    late = client.post(
        f"{one}/receipt", json={"reference": "NR-2"}, headers=key | {"If-Match": filed.headers["ETag"]}
    )
    assert late.status_code == 412
    assert client.post(f"{one}/receipt", json={"reference": "NR-2"}, headers=key).status_code == 428
    anyhow = key | {"If-Match": "*"}
    for answer in (client.post(f"{one}/count", headers=anyhow), client.delete(one, headers=anyhow)):
        assert (answer.status_code, answer.json["reasons"][0]["code"]) == (422, "filed")
    assert client.get(f"{one}/differences", headers=key).status_code == 404
    draft = client.post(f"{one}/correct", headers=key)
    assert (draft.status_code, draft.json["number"], draft.json["corrects_id"]) == (201, 2, filed.json["id"])
    house.use("2026-11-26", "09:00-10:00")
    two = draft.headers["Location"]
    counted = client.post(f"{two}/count", headers=key | {"If-Match": draft.headers["ETag"]})
    assert [each["what"] for each in client.get(f"{two}/differences", headers=key).json["items"]] == ["added"]
    gone = client.delete(two, headers=key | {"If-Match": counted.headers["ETag"]})
    assert gone.status_code == 200 and client.get(two, headers=key).status_code == 404


def test_a_program_lets_rows_stand(client: FlaskClient, house: House) -> None:
    for day in ("2024-03-04", "2025-03-04", "2026-03-04"):
        house.use(day, "09:00-12:00")
    key = key_of(house, house.manager)
    home = f"/api/v1/institutions/{house.home.id}/reports"
    drafted = client.post(home, json={"form": "form_3", "period": "2025/26"}, headers=key)
    assert drafted.json["rows_lacking"] == 1
    one, told = (
        drafted.headers["Location"],
        {"sheet": "instruments", "keys": [f"instrument:{house.thing.id}"]},
    )
    refused = client.post(
        f"{one}/let-stand", json=told | {"code": "adds_up", "reason": "x"}, headers=key | {"If-Match": "*"}
    )
    assert refused.json["reasons"][0]["code"] == "not_overridable"
    stood = client.post(
        f"{one}/let-stand",
        json=told | {"code": "differs_from_last", "reason": "同一课程"},
        headers=key | {"If-Match": "*"},
    )
    assert stood.json["rows_lacking"] == 0
    assert "同一课程" in client.get(sign_in_and(client, house, one)).text


def sign_in_and(client: FlaskClient, house: House, one: str) -> str:
    sign_in(client, house.manager)
    return one.removeprefix("/api/v1")


def test_the_forms_are_told_with_whose_data_they_carry(client: FlaskClient, house: House) -> None:
    items = client.get("/api/v1/forms", headers=key_of(house, house.auditor)).json["items"]
    assert [form["code"] for form in items][:2] == ["service_record", "instrument_record"]
    columns = {column["key"]: column for column in items[0]["sheets"][0]["columns"]}
    assert columns["phone"]["personal"] and columns["amounts"]["unit"] == "yuan"


REFUSED = [
    ({"form": "nothing", "period": Q4}, 404, "no_form"),
    ({"form": "service_record", "period": "2026"}, 422, "period_kind"),
    ({"form": "service_record", "period": "2027-Q3"}, 422, "not_begun"),
    ({"form": "service_evidence", "period": "2026"}, 422, "scope"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_what_cannot_be_drafted_is_said(
    client: FlaskClient, house: House, body: dict, status: int, code: str
) -> None:
    home = f"/api/v1/institutions/{house.home.id}/reports"
    answer = client.post(home, json=body, headers=key_of(house, house.manager))
    assert (answer.status_code, answer.json["reasons"][0]["code"]) == (status, code)
    sign_in(client, house.manager)
    assert posted(client, f"/institutions/{house.home.id}/reports", **body).status_code in (303, 404)
