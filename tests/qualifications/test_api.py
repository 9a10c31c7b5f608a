"""Qualifications for programs: what pages do, by token; each answer is held to the OpenAPI document. Refusals first."""

from __future__ import annotations

from datetime import date

import pytest

from instruments.database.transactions import perform
from instruments.errors import Stale
from instruments.people.signing import actor_by_id
from instruments.qualifications.granting import renew
from tests.world import bearer

SCOPES = "reservations:read reservations:write labs:read labs:write"


@pytest.fixture
def send(lab, world):
    tokens = {name: world.token(person, SCOPES) for name, person in lab.people.items()}

    def call(who: str, method: str, path: str, match: str = "", **body):
        headers = bearer(tokens[who]) | ({"If-Match": match} if match else {})
        json = None if method == "get" else body
        return getattr(lab.client, method)(f"/api/v1{path}", headers=headers, json=json)

    return call


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def test_who_grants_here_and_who_does_not(lab, send) -> None:
    body = {"people": [lab.mails["member"]], "instrument_id": lab.instrument_id, "level": "independent"}
    for who in ("member", "visitor", "officer"):
        assert send(who, "post", "/qualifications", **body).status_code == 403
        assert send(who, "get", f"/qualifications?lab_id={lab.lab_id}").status_code == 403
    assert codes(send("operator", "post", "/qualifications", **body | {"people": ["x@example.org"]})) == [
        "no_person"
    ]
    own = body | {"people": [lab.mails["operator"]]}
    assert codes(send("operator", "post", "/qualifications", **own)) == ["own_qualification"]
    assert codes(send("operator", "post", "/qualifications", **body | {"technique_id": 1})) == ["subject"]
    granted = send("operator", "post", "/qualifications", **body)
    assert granted.status_code == 200
    assert (
        send("operator", "get", f"/qualifications?lab_id={lab.lab_id}").json["items"] == granted.json["items"]
    )
    assert send("member", "get", "/qualifications").json["items"] == granted.json["items"]


def test_a_refusals_fix_is_what_the_request_takes(lab, world, send) -> None:
    world.needs(lab.lab, level="independent", admission=True)
    refused = send(
        "member", "post", "/reservations", instrument_id=lab.instrument_id,
        start="2027-03-02T10:00:00+08:00", end="2027-03-02T12:00:00+08:00",
    )  # fmt: skip
    admission, level = (reason["fix"] for reason in refused.json["reasons"])
    asked = send(
        "member",
        "post",
        "/qualification-requests",
        instrument_id=level["instrument_id"],
        level=level["level"],
    )
    assert asked.status_code == 201 and asked.json["state"] == "open"
    assert send("member", "get", f"/qualification-requests/{asked.json['id']}").json == asked.json
    assert send("visitor", "get", f"/qualification-requests/{asked.json['id']}").status_code == 404
    both = send("member", "post", "/qualification-requests", institution_id=admission["institution_id"])
    assert both.json["level"] is None
    assert codes(send("member", "post", "/qualification-requests")) == ["subject"]
    queue = send("operator", "get", f"/qualification-requests?lab_id={lab.lab_id}").json["items"]
    assert [each["id"] for each in queue] == [asked.json["id"]]
    path = f"/qualification-requests/{asked.json['id']}/answer"
    assert send("operator", "post", path, decision="granted").status_code == 428
    assert send("operator", "post", path, '"7"', decision="granted").status_code == 412
    assert send("visitor", "post", path, "*", decision="granted").status_code == 404
    assert codes(send("operator", "post", path, "*", decision="declined")) == ["no_reason"]
    done = send("operator", "post", path, '"1"', decision="granted", expires_on="2028-03-01")
    assert done.json["state"] == "granted"
    path = f"/qualification-requests/{both.json['id']}/answer"
    assert send("officer", "post", path, "*", decision="granted", expires_on="2028-03-01").status_code == 200
    again = send(
        "member", "post", "/reservations", instrument_id=lab.instrument_id,
        start="2027-03-02T10:00:00+08:00", end="2027-03-02T12:00:00+08:00",
    )  # fmt: skip
    assert again.status_code == 201


def test_renewing_revoking_and_withdrawing(lab, world, send) -> None:
    number = world.qualification(lab.people["member"], lab.instrument).id
    assert send("member", "post", f"/qualifications/{number}/renew", "*").status_code == 403
    assert send("operator", "post", f"/qualifications/{number}/renew").status_code == 428
    renewed = send("operator", "post", f"/qualifications/{number}/renew", '"1"', expires_on="2028-01-01")
    assert (renewed.json["expires_on"], renewed.headers["ETag"]) == ("2028-01-01", '"2"')
    assert codes(send("operator", "post", f"/qualifications/{number}/revoke", '"2"')) == ["no_reason"]
    revoked = send("operator", "post", f"/qualifications/{number}/revoke", '"2"', reason="Broke a tip")
    assert revoked.json["revoked_why"] == "Broke a tip"
    asked = send("member", "post", "/qualification-requests", instrument_id=lab.instrument_id, level="night")
    path = f"/qualification-requests/{asked.json['id']}/withdraw"
    assert send("member", "post", path, "*").json["state"] == "withdrawn"
    assert send("member", "get", "/qualification-requests").json["items"][0]["state"] == "withdrawn"


def test_admissions(lab, send) -> None:
    body = {"institution_id": lab.home_id, "people": [lab.mails["visitor"]], "valid_until": "2028-01-01"}
    assert send("operator", "post", "/admissions", **body).status_code == 403
    made = send("officer", "post", "/admissions", **body, exam="Safety")
    assert made.status_code == 200
    number = made.json["items"][0]["id"]
    assert (
        send("officer", "get", f"/admissions?institution_id={lab.home_id}").json["items"]
        == made.json["items"]
    )
    assert send("visitor", "get", "/admissions").json["items"] == made.json["items"]
    assert codes(send("officer", "post", f"/admissions/{number}/renew", "*")) == ["day_missing"]
    assert (
        send("officer", "post", f"/admissions/{number}/renew", "*", expires_on="2029-01-01").status_code
        == 200
    )
    gone = send("officer", "post", f"/admissions/{number}/revoke", "*", reason="Left")
    assert gone.json["revoked_why"] == "Left"


def test_what_is_asked_of_users(lab, send) -> None:
    path = f"/labs/{lab.lab_id}/qualification-rule"
    assert send("operator", "get", path).status_code == 403
    assert send("manager", "get", path).headers["ETag"] == '"0"'
    assert codes(send("manager", "put", path, '"0"', night_level="night")) == ["night_missing"]
    told = send("manager", "put", path, '"0"', level="independent", night_from="20:00", night_until="08:00")
    assert (told.json["night_from"], told.json["version"]) == ("20:00", 1)
    assert send("manager", "put", path, '"0"').status_code == 412
    own = f"/instruments/{lab.instrument_id}/qualification-rule"
    assert send("manager", "put", own, '"0"', level="assisted").json["level"] == "assisted"


def test_what_is_not_there_or_does_not_wait_is_answered_as_described(lab, send) -> None:
    for path in ("/qualifications?lab_id=", "/qualification-requests?lab_id=", "/admissions?institution_id="):
        assert send("operator", "get", f"{path}999999").status_code == 404
    body = {"instrument_id": lab.instrument_id, "level": "independent"}
    made = send("member", "post", "/qualification-requests", **body).json["id"]
    path = f"/qualification-requests/{made}/withdraw"
    assert [send("member", "post", path, "*").status_code for _ in range(2)] == [200, 422]


def test_of_two_who_renew_what_both_read_one_looks_again(lab, world, now) -> None:
    operator = actor_by_id(lab.people["operator"].id, now)
    number = world.qualification(lab.people["member"], lab.instrument).id
    perform(lambda: renew(operator, {number: 1}, date(2028, 1, 1), now))
    with pytest.raises(Stale):
        perform(lambda: renew(operator, {number: 1}, date(2029, 1, 1), now))
    assert perform(lambda: renew(operator, {number: None}, date(2029, 1, 1), now)) == 1


def test_changing_one_names_what_was_read_and_says_why(lab, world, send) -> None:
    number = world.qualification(lab.people["member"], lab.instrument, expires_on=date(2027, 12, 31)).id
    path = f"/qualifications/{number}"
    assert send("other", "get", path).status_code == 404
    assert send("other", "patch", path, "*", level="night").status_code == 404
    assert send("member", "patch", path, "*", level="night").status_code == 403
    assert send("member", "get", path).headers["ETag"] == '"1"'
    assert send("operator", "patch", path, level="night").status_code == 428
    assert codes(send("operator", "patch", path, '"1"', level="assisted")) == ["no_reason"]
    changed = send("operator", "patch", path, '"1"', level="night", expires_on=None)
    assert (changed.json["level"], changed.json["expires_on"], changed.json["version"]) == ("night", None, 2)
    assert send("operator", "patch", path, '"1"', remark="x").status_code == 412
    admitted = world.admission(lab.people["member"], lab.home, valid_until=date(2027, 12, 31)).id
    path = f"/admissions/{admitted}"
    assert send("operator", "get", path).status_code == 404
    assert send("officer", "get", path).headers["ETag"] == '"1"'
    assert codes(send("officer", "patch", path, '"1"', valid_until="2027-06-01")) == ["no_reason"]
    shorter = send("officer", "patch", path, '"1"', valid_until="2027-06-01", reason="New rules")
    assert shorter.json["valid_until"] == "2027-06-01"


def test_several_are_renewed_at_once_as_they_were_read_or_none(lab, world, send) -> None:
    people = [lab.people[name] for name in ("member", "other")]
    rows = [world.qualification(person, lab.instrument, expires_on=date(2027, 4, 1)) for person in people]
    admissions = [world.admission(person, lab.home) for person in people]
    numbers, admitted = [row.id for row in rows], [row.id for row in admissions]

    def items(numbers, version=1):
        return [{"id": number, "version": version} for number in numbers]

    place, until = "/qualifications/renew", "2028-04-01"
    assert send("member", "post", place, items=items(numbers), expires_on=until).status_code == 403
    assert send("visitor", "post", place, items=items(numbers), expires_on=until).status_code == 404
    assert (
        send("operator", "post", place, items=items([*numbers, 99999]), expires_on=until).status_code == 404
    )
    stale = send("operator", "post", place, items=items(numbers, 7), expires_on=until)
    assert [(each["field"], each["code"]) for each in stale.json["reasons"]] == [("items", "stale")]
    over = send("operator", "post", place, items=items(numbers), expires_on="2020-01-01")
    assert [each["field"] for each in over.json["reasons"]] == ["expires_on"]
    done = send("operator", "post", place, items=items(numbers), expires_on=until)
    assert [(each["expires_on"], each["version"]) for each in done.json["items"]] == [(until, 2)] * 2
    assert send("operator", "post", place, items=items(numbers), expires_on=until).status_code == 422
    body = {"items": items(admitted), "expires_on": "2031-04-01"}
    assert send("operator", "post", "/admissions/renew", **body).status_code in (403, 404)
    renewed = send("officer", "post", "/admissions/renew", **body)
    assert [each["version"] for each in renewed.json["items"]] == [2, 2]
    endless = send("officer", "post", "/admissions/renew", items=items(admitted, 2), expires_on=None)
    assert [each["field"] for each in endless.json["reasons"]] == ["expires_on"]
