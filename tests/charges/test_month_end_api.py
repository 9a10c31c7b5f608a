"""Month end for programs: a month closed, a statement read and paid, and a netting accepted, with every right and refusal."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import Payment
from instruments.charges.settlement_models import SettlementProposal
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import MONTH, close, mixed
from tests.charges.test_netting import disputed_meanwhile
from tests.charges.two_houses import TwoHouses
from tests.world import World, bearer

V1 = "/api/v1"


class Program:
    """Sends requests as somebody."""

    def __init__(
        self, client: FlaskClient, world: World, person: Person, scopes: str = "money:read money:write"
    ):
        self.client, self.headers = client, bearer(world.token(person, scopes))

    def __call__(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        """more: headers, with _ for -."""
        headers = self.headers | {name.replace("_", "-"): value for name, value in more.items()}
        return self.client.open(V1 + path, method=method, json=body, headers=headers)


def codes(answer: Any) -> list[str]:
    assert answer.mimetype == "application/problem+json"
    return [reason["code"] for reason in answer.json["reasons"]]


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def statuses(ask: Program, paths: list[tuple[str, str]]) -> list[int]:
    return [ask(method, path, {} if method != "GET" else None).status_code for method, path in paths]


def test_who_reaches_what(client: FlaskClient, world: World, scene: Scene) -> None:
    mixed(scene, 3)
    close(scene)
    db.session.rollback()
    number = db.session.scalars(select(Statement.id).order_by(Statement.number.desc())).first()
    house, month = f"/institutions/{scene.house.id}", f"/institutions/{scene.house.id}/months/{MONTH}"
    reads = [
        ("GET", each)
        for each in (
            f"{house}/months", month, f"{month}/preview", f"{month}/income", f"{month}/income.csv",
            f"{month}/income.xlsx", f"{month}/journal.csv", f"{month}/journal.xlsx",
            f"/statements?institution_id={scene.house.id}",
            f"/payments?institution_id={scene.house.id}", f"/settlement-positions?institution_id={scene.house.id}",
            f"/settlement-proposals?institution_id={scene.house.id}", f"/statements/{number}",
            f"/statements/{number}/lines", f"/statements/{number}/payments", f"/statements/{number}.pdf",
            f"/statements/{number}.xlsx", f"/statements/{number}.csv",
        )
    ]  # fmt: skip
    writes = [
        ("POST", f"{month}/open"), ("POST", f"{month}/close"), ("POST", f"/statements/{number}/payments"),
        ("POST", f"/statements/{number}/payments/1/undo"), ("POST", "/payments/1/refund"),
        ("GET", f"{house}/billing"), ("PATCH", f"{house}/billing"), ("GET", f"{house}/journal-layout"),
        ("PUT", f"{house}/journal-layout"), ("POST", "/settlement-proposals/1/accept"),
        ("GET", "/settlement-proposals/1"), ("GET", "/settlement-proposals/1.pdf"),
    ]  # fmt: skip
    for person in (scene.student, scene.head, scene.manager):
        ask = Program(client, world, person)
        assert statuses(ask, reads + writes) == [404] * len(reads + writes)
        assert ask("GET", "/statements").json == {"items": [], "next": None} or person is scene.head
    auditor = world.person(scene.house)
    world.grant(auditor, Role.AUDITOR, scene.house)
    ask = Program(client, world, auditor)
    assert statuses(ask, reads) == [200] * len(reads)
    assert statuses(ask, writes) == [404] * len(writes)
    reader = Program(client, world, scene.finance, "catalog:read")
    assert statuses(reader, reads + writes) == [403] * len(reads + writes)
    assert client.get(f"{V1}{month}").status_code == 401


def test_a_month_is_closed(client: FlaskClient, world: World, scene: Scene) -> None:
    mixed(scene, 3)
    ask, month = Program(client, world, scene.finance), f"/institutions/{scene.house.id}/months/{MONTH}"
    assert ask("GET", f"/institutions/{scene.house.id}/months/2027-13").status_code == 404
    found = ask("GET", month)
    assert found.json["sums"] == [{"currency": "CNY", "total": "700.00", "due": "580.00", "lines": 3}]
    assert {point["code"]: point["count"] for point in found.json["checklist"]}["letterhead"] == 3
    seen = ask("GET", f"{month}/preview?limit=2").json
    more = ask("GET", f"{month}/preview?limit=2&cursor={seen['next']}").json
    assert [each["total"] for each in seen["items"] + more["items"]] == ["120.00", "180.00", "400.00"]
    assert more["next"] is None
    assert ask("POST", f"{month}/open").status_code == 428
    opened = ask("POST", f"{month}/open", If_Match=found.headers["ETag"])
    assert (opened.status_code, opened.json["state"]) == (200, "objecting")
    assert ask("POST", f"{month}/close", {}, If_Match=found.headers["ETag"]).status_code == 412
    assert codes(ask("POST", f"{month}/close", {}, If_Match="*")) == ["objecting"]
    closed = ask("POST", f"{month}/close", {"early": True}, If_Match=opened.headers["ETag"])
    assert closed.status_code == 202
    done = client.get(closed.headers["Location"], headers=ask.headers).json
    assert (done["state"], done["statements_done"], done["statements_total"], done["closed"]) == (
        "issued", 3, 3, True,
    )  # fmt: skip
    assert codes(ask("POST", f"{month}/close", {"early": True}, If_Match="*")) == ["closed"]
    assert ask("GET", f"{month}/preview").json["items"] == []
    listed = ask("GET", f"/institutions/{scene.house.id}/months?limit=3").json["items"]
    assert [(each["month"], each["state"]) for each in listed] == [
        ("2027-03", "preview"), ("2027-02", "issued"), ("2027-01", "preview"),
    ]  # fmt: skip
    assert listed[2]["closed"] is True
    (earned,) = ask("GET", f"{month}/income").json["items"]
    assert (earned["total"], earned["within"], earned["outside"]) == ("700.00", "120.00", "580.00")
    assert ask("GET", f"{month}/journal.csv").data == ask("GET", f"{month}/journal.csv").data


def test_what_finance_sets(client: FlaskClient, world: World, scene: Scene) -> None:
    ask, house = Program(client, world, scene.finance), f"/institutions/{scene.house.id}"
    tag = ask("GET", f"{house}/billing").headers["ETag"]
    assert ask("PATCH", f"{house}/billing", {"bank": "A"}).status_code == 428
    assert codes(ask("PATCH", f"{house}/billing", {"due_days": 999, "bank": "x" * 300}, If_Match=tag)) == [
        "too_long", "days",
    ]  # fmt: skip
    saved = ask("PATCH", f"{house}/billing", {"bank": " A bank ", "due_days": 14}, If_Match=tag)
    assert (saved.json["bank"], saved.json["due_days"], saved.json["objection_days"]) == ("A bank", 14, 5)
    assert ask("PATCH", f"{house}/billing", {"bank": "B"}, If_Match=tag).status_code == 412
    tag = ask("GET", f"{house}/journal-layout").headers["ETag"]
    wrong = {"columns": [{"code": "nothing", "head": "x"}]}
    assert codes(ask("PUT", f"{house}/journal-layout", wrong, If_Match=tag)) == ["unknown"]
    right = {"columns": [{"code": "amount", "head": "Sum"}]}
    assert ask("PUT", f"{house}/journal-layout", right, If_Match=tag).json["columns"] == right["columns"]


def test_a_statement_is_read_and_paid(client: FlaskClient, world: World, scene: Scene) -> None:
    mixed(scene, 3)
    close(scene)
    ask = Program(client, world, scene.finance)
    first = ask("GET", f"/statements?institution_id={scene.house.id}&limit=2").json
    rest = ask("GET", f"/statements?institution_id={scene.house.id}&cursor={first['next']}").json
    rows = first["items"] + rest["items"]
    assert [(row["number"], row["left"]) for row in rows] == [
        ("2027-0003", "400.00"), ("2027-0002", "180.00"), ("2027-0001", "0.00"),
    ]  # fmt: skip
    one = f"/statements/{rows[0]['id']}"
    (line,) = ask("GET", f"{one}/lines").json["items"]
    assert (line["amount"], line["why"]) == ("400.00", [["2 h at CNY 200.00 an hour."]])
    assert ask("GET", f"{one}.pdf?lang=zh").data.startswith(b"%PDF")
    assert ask("GET", f"/statements?month=2027-01&institution_id={scene.house.id}").json["items"] == []
    said = {"amount": "450.00", "day": "2027-02-20", "bank_account": "6222 1", "reference": "B1"}
    for wrong, expected in (
        ({"amount": "0"}, ["amount"]), ({"amount": "1.005"}, ["amount"]), ({"day": "2027-03-02"}, ["to_come"]),
        ({"day": "1999-01-01", "reference": " "}, ["no_reference", "too_early"]),
    ):  # fmt: skip
        assert codes(ask("POST", f"{one}/payments", said | wrong)) == expected, wrong
    paid = ask("POST", f"{one}/payments", said, Idempotency_Key="once")
    again = ask("POST", f"{one}/payments", said, Idempotency_Key="once")
    assert (paid.status_code, again.status_code, paid.data) == (201, 201, again.data)
    assert codes(ask("POST", f"{one}/payments", said)) == ["recorded"]
    (match,) = paid.json["items"]
    assert (match["amount"], match["over"], paid.json["left"]) == ("400.00", "50.00", "0.00")
    back = {"amount": "30.00", "day": "2027-02-21", "reference": "R1"}
    refund = f"/payments/{match['payment_id']}/refund"
    assert codes(ask("POST", refund, back | {"amount": "50.01"})) == ["too_much"]
    made = ask("POST", refund, back, Idempotency_Key="back")
    assert made.status_code == 201 and ask("POST", refund, back, Idempotency_Key="back").data == made.data
    assert codes(ask("POST", refund, back)) == ["recorded", "too_much"]
    listed = ask("GET", f"/payments?institution_id={scene.house.id}&limit=1").json
    assert [each["kind"] for each in listed["items"]] == ["refund"]
    older = ask("GET", f"/payments?institution_id={scene.house.id}&cursor={listed['next']}").json
    assert [(each["kind"], each["over"]) for each in older["items"]] == [("payment", "20.00")]
    undone = ask("POST", f"{one}/payments/{match['id']}/undo")
    assert (undone.status_code, undone.json["items"], undone.json["left"]) == (200, [], "400.00")
    assert [(each["kind"], each["amount"], each["pays"], each["over"]) for each in undone.json["movements"]] == [
        ("payment", "450.00", "0.00", "420.00"), ("refund", "30.00", "0.00", "0.00"),
    ]  # fmt: skip
    told = ask("GET", one).json
    names = ("due", "received", "elsewhere", "given_back", "on_account", "left", "paid")
    assert [told[name] for name in names] == [
        "400.00", "450.00", "0.00", "30.00", "420.00", "400.00", "0.00",
    ]  # fmt: skip
    matched = ask("POST", f"{one}/payments/{match['payment_id']}/match")
    assert (matched.status_code, matched.json["left"]) == (200, "0.00")
    assert codes(ask("POST", f"{one}/payments/{match['payment_id']}/match")) == ["nothing_due"]
    assert ask("POST", f"{one}/payments/999999/match").status_code == 404
    back = back | {"settles_id": rows[0]["id"], "amount": "1.00", "reference": "R9"}
    assert codes(ask("POST", refund, back)) == ["owes_nothing"]
    undone = ask("POST", f"{one}/payments/{matched.json['items'][0]['id']}/undo")
    assert undone.json["left"] == "400.00"
    assert codes(ask("POST", f"{one}/payments/{match['id']}/undo")) == ["undone"]
    assert len(db.session.scalars(select(Payment.id)).all()) == 2


def test_a_netting_is_proposed_and_accepted(client: FlaskClient, world: World, now: Any) -> None:
    houses = TwoHouses(world)
    one, two = (Program(client, world, each.finance) for each in (houses.one, houses.two))
    mine, theirs = houses.one.house.id, houses.two.house.id
    (position,) = one("GET", f"/settlement-positions?institution_id={mine}").json["items"]
    assert (position["they_owe"], position["we_owe"], position["nettable"]) == ("900.00", "360.00", "360.00")
    wanted = {"institution_id": mine, "with_institution_id": theirs, "accept": False}
    assert two("POST", "/settlement-proposals", wanted).status_code == 404
    made = one("POST", "/settlement-proposals", wanted, Idempotency_Key="p")
    assert (made.status_code, made.json["state"]) == (201, "proposed")
    assert one("POST", "/settlement-proposals", wanted, Idempotency_Key="p").data == made.data
    assert codes(one("POST", "/settlement-proposals", wanted)) == ["proposed", "nothing"]
    path = f"/settlement-proposals/{made.json['id']}"
    assert codes(one("POST", f"{path}/decline", {"reason": "x"})) == ["own"]
    assert codes(two("POST", f"{path}/withdraw", {})) == ["not_own"]
    assert one("POST", f"{path}/accept", {"institution_id": theirs}).status_code == 404
    assert two("POST", f"{path}/accept", {}).json["state"] == "accepted_by_one"
    done = one("POST", f"{path}/accept", {}, Idempotency_Key="a")
    assert (done.status_code, done.json["state"], done.json["netted"]) == (200, "accepted", "360.00")
    assert one("POST", f"{path}/accept", {}, Idempotency_Key="a").data == done.data
    assert [each["netted"] for each in done.json["statements"]] == ["360.00", "360.00"]
    assert one("GET", f"{path}.pdf").data.startswith(b"%PDF")
    assert two("GET", f"{path}.xlsx").data.startswith(b"PK")
    for state, count in (("accepted", 1), ("lapsed", 0)):
        listed = two("GET", f"/settlement-proposals?institution_id={theirs}&state={state}").json
        assert len(listed["items"]) == count


def test_a_lapsed_proposal_says_so(client: FlaskClient, world: World, now: Any) -> None:
    houses = TwoHouses(world)
    number = houses.propose()
    disputed_meanwhile(houses)
    two, path = Program(client, world, houses.two.finance), f"/settlement-proposals/{number}"
    assert codes(two("POST", f"{path}/accept", {})) == ["lapsed"]
    found = two("GET", path).json
    assert (found["state"], found["lapsed_because"]) == ("lapsed", "disputed")
    assert db.session.get_one(SettlementProposal, number).closed_by_id is None
