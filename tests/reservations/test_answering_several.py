"""Several requests of a lab answered at once by a program: by whoever decides, under the rules of the page of approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.reservations.asking import Lab
from tests.world import World, bearer, sign_in


@pytest.fixture
def lab(client: FlaskClient, world: World, now: datetime) -> Lab:
    return Lab(client, world, now, for_institution=True, own_together=True)


def asked(lab: Lab, who: str, hours: float) -> int:
    return lab.book(who, hours).json["id"]


def send(lab: Lab, who: str, decision: str, *numbers: int, **more: Any) -> Any:
    body = {"decision": decision, "requests": [{"reservation_id": each, "version": 1} for each in numbers]}
    return lab.client.post(
        f"/api/v1/labs/{lab.lab_id}/approvals", json=body | more, headers=bearer(lab.tokens[who])
    )


def fields(answer: Any) -> set[str]:
    assert answer.status_code == 422
    return {each["field"] for each in answer.json["reasons"]}


def test_only_who_answers_for_the_lab(lab: Lab) -> None:
    number = asked(lab, "member", 5)
    for who in ("member", "partner"):
        assert send(lab, who, "decline", number, message="No").status_code == 403
    assert lab.client.post(f"/api/v1/labs/{lab.lab_id}/approvals", json={}).status_code == 401
    assert lab.state(number) == ("requested", None)


def test_what_is_wrong_is_told_at_once_and_nothing_is_answered(lab: Lab) -> None:
    number = asked(lab, "member", 5)
    assert fields(send(lab, "manager", "decline")) == {"requests", "message"}
    assert fields(send(lab, "manager", "decline", number)) == {"message"}
    assert fields(send(lab, "manager", "postpone", number, message=7)) == {"decision", "message"}
    assert lab.state(number) == ("requested", None)


def test_several_of_the_own_institution_under_one_rule_are_approved(lab: Lab) -> None:
    own, partner = [asked(lab, "member", hours) for hours in (5, 10)], asked(lab, "partner", 20)
    refused = send(lab, "manager", "approve", *own, partner)
    assert [each["code"] for each in refused.json["reasons"]] == ["not_together"]
    assert {lab.state(each)[0] for each in (*own, partner)} == {"requested"}
    done = send(lab, "manager", "approve", *own)
    assert done.json == {"answered": own, "refused": []}
    assert [lab.state(each)[0] for each in (*own, partner)] == ["confirmed", "confirmed", "requested"]


def test_what_cannot_be_declined_is_told_with_why(lab: Lab) -> None:
    changed, gone, partner = (
        asked(lab, who, at) for who, at in (("member", 5), ("member", 10), ("partner", 20))
    )
    assert lab.send("member", gone, "cancel", reason="Not needed").status_code == 200
    own = asked(lab, "manager", 30)
    done = send(lab, "manager", "decline", changed, gone, partner, own, message="Repair").json
    assert done["answered"] == [changed, partner]
    assert [(each["reservation_id"], each["reasons"][0]["code"]) for each in done["refused"]] == [
        (gone, "no_request"),
        (own, "no_request"),
    ]
    again = send(lab, "manager", "decline", partner, message="Repair").json
    assert [each["reasons"][0]["code"] for each in again["refused"]] == ["no_request"]


def test_requests_of_another_lab_are_answered_neither_here_nor_on_the_page(
    app: Flask, lab: Lab, world: World, now: datetime
) -> None:
    other = Lab(lab.client, world, now)
    world.grant(lab.people["manager"], "lab_manager", other.lab)
    here, there = asked(lab, "member", 5), other.book("partner", 30).json["id"]
    done = send(lab, "manager", "approve", here, there).json
    assert (done["answered"], [each["reservation_id"] for each in done["refused"]]) == ([here], [there])
    here = asked(lab, "member", 50)
    page = sign_in(app.test_client(), lab.people["manager"]).post(
        f"/labs/{lab.lab_id}/approvals",
        data={"do": "approve", "chosen": [f"{here}:1", f"{there}:1"]},
        follow_redirects=True,
    )
    assert "1 request approved." in page.text and "no longer open" in page.text
    assert (lab.state(here)[0], other.state(there)[0]) == ("confirmed", "requested")
