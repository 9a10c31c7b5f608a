"""Charges for programs: who reads which, the chain of one, disputes, and what is entered by hand."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.charges.dispute_models import ChargingSettings
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.world import World, bearer, sign_in

V1 = "/api/v1"


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


def asking(scene: Scene, client: FlaskClient, person: Person) -> Any:
    """Sends requests as somebody: (method, path, body, If-Match) -> (status, body, ETag)."""
    headers = bearer(scene.world.token(person, "money:read money:write"))

    def ask(method: str, path: str, body: Any = None, match: str = "") -> tuple[int, Any, str]:
        more = {"If-Match": match} if match else {}
        answer = client.open(V1 + path, method=method, json=body, headers=headers | more)
        return answer.status_code, answer.get_json(silent=True), answer.headers.get("ETag", "")

    return ask


def test_who_reads_which(scene: Scene, client: FlaskClient) -> None:
    charge, lab, house = scene.charged(), scene.lab.id, scene.house.id
    student, head, manager = (
        asking(scene, client, each) for each in (scene.student, scene.head, scene.manager)
    )
    finance, stranger = asking(scene, client, scene.finance), asking(scene, client, scene.partner()[0])
    for ask, path in (
        (student, "/charges"), (student, "/charges?month=2027-02"), (head, f"/charges?group_id={scene.group.id}"),
        (manager, f"/charges?lab_id={lab}"), (finance, f"/charges?institution_id={house}"),
        (finance, f"/charges?institution_id={house}&side=costs"), (student, f"/charges?use_id={charge.use_id}"),
    ):  # fmt: skip
        status, body, _ = ask("GET", path)
        assert (status, [each["amount"] for each in body["items"]]) == (200, ["120.00"]), path
    for path in (f"/charges/{charge.id}", f"/charges?lab_id={lab}", f"/charges?institution_id={house}"):
        assert stranger("GET", path)[0] == 404
    assert student("GET", f"/charges?lab_id={lab}")[0] == 404
    assert student("GET", "/charges?state=disputed")[1]["items"] == []
    assert client.get(f"{V1}/charges").status_code == 401


def test_one_says_why(scene: Scene, client: FlaskClient) -> None:
    number = scene.charged().id
    status, body, tag = asking(scene, client, scene.student)("GET", f"/charges/{number}")
    assert (status, bool(tag), body["entries"]) == (200, True, [])
    assert body["lines"][0]["why"] == ["2 h at CNY 60.00 an hour."]
    assert (body["lines"][0]["quantity"], body["shares"][0]["fund_id"]) == ("2", scene.grant.id)
    whole = asking(scene, client, scene.manager)("GET", f"/charges/{number}")[1]
    assert [(each["debit"], each["credit"]) for each in whole["entries"]] == [("fund", "lab_income")]


def test_entries_are_those_of_books_that_the_reader_sees(scene: Scene, client: FlaskClient) -> None:
    head, grant = scene.partner()
    finance = scene.world.person(head.institution)
    scene.world.grant(finance, Role.FINANCE_OFFICER, head.institution)
    number = scene.charged(payers=[(grant, "100", "partner")]).id
    sides = {}
    for name, person in (("lab", scene.manager), ("payer", finance), ("head", head)):
        told = asking(scene, client, person)("GET", f"/charges/{number}")[1]
        sides[name] = [(each["debit"], each["credit"]) for each in told["entries"]]
        page = sign_in(client, person).get(f"/charges/{number}").text
        assert ("Owed to the creditor" in page, "Income of the lab" in page) == (
            name == "payer",
            name == "lab",
        )
    assert sides == {"lab": [("receivable", "lab_income")], "payer": [("fund", "payable")], "head": []}


def test_disputed_and_adjusted(scene: Scene, client: FlaskClient) -> None:
    number = scene.charged().id
    student, manager = asking(scene, client, scene.student), asking(scene, client, scene.manager)
    status, body, _ = student("POST", f"/charges/{number}/dispute", {"reason": "", "line": 9})
    assert (status, [each["code"] for each in body["reasons"]]) == (422, ["no_reason", "no_line"])
    assert student("POST", f"/charges/{number}/dispute", {"reason": "Too long"})[0] == 201
    answer = {"decision": "adjusted", "reason": "The pump", "less": "20.00"}
    assert manager("POST", f"/charges/{number}/answer", answer)[0] == 428
    tag = manager("GET", f"/charges/{number}")[2]
    assert student("POST", f"/charges/{number}/answer", answer, tag)[0] == 403
    status, body, _ = manager("POST", f"/charges/{number}/answer", answer, tag)
    assert (status, body["state"], body["disputes"][0]["state"]) == (200, "reversed", "adjusted")
    again = student("GET", f"/charges/{body['disputes'][0]['result_id']}")[1]
    assert (again["amount"], again["corrects_id"]) == ("100.00", number)


def test_entered_by_two(scene: Scene, client: FlaskClient) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=0))
    number = scene.charged().id
    manager, finance = asking(scene, client, scene.manager), asking(scene, client, scene.finance)
    wish = {"kind": "waiver", "amount": "20.00", "reason": "A course"}
    status, made, tag = manager("POST", f"/charges/{number}/entries", wish)
    assert (status, made["waits_for_second"], made["amount"]) == (201, True, "-20.00")
    assert manager("POST", f"/charges/{made['id']}/approve", None, tag)[0] == 403
    assert finance("POST", f"/charges/{made['id']}/approve", None, tag)[1]["state"] == "posted"
    other = manager("POST", f"/charges/{number}/entries", wish)
    status, body, _ = finance("POST", f"/charges/{other[1]['id']}/refuse", {"reason": "No"}, other[2])
    assert (status, body["id"]) == (200, number)
    assert finance("GET", f"/charges/{other[1]['id']}")[0] == 404


def test_another_fund(scene: Scene, client: FlaskClient) -> None:
    number, head = scene.charged().id, scene.world.person(scene.house)
    fund = scene.fund(scene.world.group(scene.house, head), budget_units=1_000_000)
    student, theirs = asking(scene, client, scene.student), asking(scene, client, head)
    status, body, _ = student("POST", f"/charges/{number}/fund", {"fund_id": 999_999, "reason": ""})
    assert (status, [each["code"] for each in body["reasons"]]) == (422, ["no_reason", "no_fund"])
    # What neither who asks nor who used it may charge is none by its number, and by its code asked for unseen.
    wish = {"fund_id": fund.id, "reason": "Their project"}
    assert student("POST", f"/charges/{number}/fund", wish)[1]["reasons"][0]["code"] == "no_fund"
    assert student("GET", f"/charges/{number}/fund?fund_id={fund.id}")[1]["reasons"][0]["code"] == "no_fund"
    wish = {"code": fund.code, "reason": "Their project"}
    both = wish | {"fund_id": scene.grant.id}
    assert student("POST", f"/charges/{number}/fund", both)[1]["reasons"][0]["code"] == "two_funds"
    second = scene.fund(scene.group, budget_units=1_000_000)
    would = student("GET", f"/charges/{number}/fund?fund_id={second.id}")[1]
    assert (would["amount"], would["customer_class"], would["at_once"]) == (
        "120.00",
        "own_institution",
        False,
    )
    status, body, _ = student("POST", f"/charges/{number}/fund", wish)
    assert (status, body["id"], body["fund_changes"][0]["state"]) == (201, number, "asked")
    tag = theirs("GET", f"/charges/{number}")[2]
    assert theirs("POST", f"/charges/{number}/fund/answer", {"decision": "agreed"})[0] == 428
    status, body, _ = theirs("POST", f"/charges/{number}/fund/answer", {"decision": "agreed"}, tag)
    assert (status, body["corrects_id"], body["shares"][0]["fund_id"]) == (200, number, fund.id)
