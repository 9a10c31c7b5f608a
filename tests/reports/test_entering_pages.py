"""What is entered by hand on pages and through the API: what goes together, and so many rows that it changes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reports.models import Report, ReportEntry
from tests.reports.scene import NOW, House, rows_of
from tests.reports.test_pages import key_of, quarter
from tests.world import World, sign_in


@pytest.fixture
def house(app: Flask, world: World) -> House:
    found = House(world)
    found.second = world.lab(found.home)
    return found


def test_what_goes_together_is_refused_at_its_field_on_page_and_api(
    client: FlaskClient, house: House
) -> None:
    report = quarter(house)
    number, key = report.id, f"use:{rows_of(report)[0]['recordInnerId']}:0"
    sign_in(client, house.manager)
    row = f"/reports/{number}/rows/records/{key}"
    for fields, field, words in (
        ({"cell-adressType": "1", "cell-moveAddress": ""}, "moveAddress", "is Outside the unit (1)"),
        ({"cell-adressType": "0", "cell-moveAddress": "A road"}, "moveAddress", "is Inside the unit (0)"),
    ):  # fmt: skip
        refused = client.post(row, data=fields)
        assert refused.status_code == 422 and f'id="f-cell-{field}-reason"' in refused.text
        assert words in refused.text
    many = f"/reports/{number}/rows?sheet=records&lacking=1&column="
    blank = client.post(f"{many}subjectArea", data={"value": " "})
    assert blank.status_code == 422 and 'id="f-value-reason"' in blank.text
    # As it could be entered before it was refused.
    old = {"sheet": "records", "key": key, "column": "moveAddress", "value": "Old"}
    db.session.add(ReportEntry(report_id=number, entered_by_id=house.manager.id, entered_at=NOW, **old))
    db.session.commit()
    house.count_anew(number)
    assert 'name="with-adressType"' in client.get(f"{many}moveAddress").text
    refused = client.post(f"{many}moveAddress", data={"value": "New"})
    assert refused.status_code == 422 and "is Inside the unit (0)" in refused.text
    both = client.post(
        f"{many}moveAddress", data={"value": "New", "with-adressType": "1"}, follow_redirects=True
    )
    assert "Entered into 1 row." in both.text
    back = client.post(row, data={"cell-adressType": "0", "cell-moveAddress": ""})
    assert back.status_code == 303
    api, token = f"/api/v1/reports/{number}/entries", key_of(house, house.manager) | {"If-Match": "*"}
    body = {"sheet": "records", "keys": [key], "column": "adressType", "value": "1"}
    refused = client.post(api, json=body, headers=token)
    [reason] = refused.json["reasons"]
    assert (refused.status_code, reason["code"], reason["field"]) == (422, "required_when", "value")
    assert "“Address outside” is needed" in reason["message"]
    refused = client.post(api, json=body | {"value": "0", "also": {"moveAddress": "A road"}}, headers=token)
    assert [each["field"] for each in refused.json["reasons"]] == ["also.moveAddress"]
    assert client.post(api, json=body | {"also": {"moveAddress": "A road"}}, headers=token).status_code == 200
    kept = rows_of(db.session.get_one(Report, number, populate_existing=True))[0]
    assert (kept["adressType"], kept["moveAddress"]) == ("1", "A road")


def test_so_many_rows_are_said_as_changed(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    house.use("2026-12-01", "09:00-10:00", purpose=None)
    house.count_anew(number)
    sign_in(client, house.manager)
    address = f"/reports/{number}/rows?sheet=records&column=serviceDirection&lacking=1"
    page = client.get(address).text
    assert 'name="with-taxRecord"' in page and 'name="with-moveAddress"' not in page
    done = client.post(address, data={"value": "138", "with-taxRecord": "T-1"}, follow_redirects=True)
    assert "Entered into 1 row." in done.text
