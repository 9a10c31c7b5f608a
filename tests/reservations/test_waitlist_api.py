"""The waitlist for programs: requests, offers and answers, and the demand that was not met."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.reservations.waiting import HOUR, Queue, offers, states
from tests.world import World, bearer

URL = "/api/v1/wait-requests"


@pytest.fixture
def queue(world: World, now) -> Queue:
    return Queue(world, now)


@pytest.fixture
def tokens(world: World, queue: Queue) -> list[str]:
    return [world.token(person) for person in queue.people]


def body(queue: Queue, **more: Any) -> dict[str, Any]:
    asked = {
        "instrument_id": queue.instrument.id,
        "from": queue.start.isoformat(),
        "to": queue.end.isoformat(),
    }
    return {name: value for name, value in {**asked, **more}.items() if value is not None}


def codes(answer: Any) -> set[str]:
    return {reason["code"] for reason in answer.json["reasons"]}


def post(client: FlaskClient, token: str, path: str, json: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, json=json, headers=bearer(token) | named)


def test_what_cannot_be_read_hides_nothing_that_stands_against_the_rest(client, queue, tokens) -> None:
    def told(**more: Any) -> list[str]:
        answer = post(client, tokens[0], URL, body(queue, **more))
        assert answer.status_code == 422
        return sorted(reason["field"] for reason in answer.json["reasons"])

    early = queue.start.isoformat()
    assert told(hours=-1, to=early) == ["hours", "to"]
    assert told(purpose="fun", instrument_id=None, institution=999999999) == [
        "institution", "instrument_id", "purpose",
    ]  # fmt: skip
    # What was named and cannot be read is not missing.
    assert told(instrument_id="first", to=early) == ["instrument_id", "to"]


def test_a_request_is_made_once_for_one_key_read_and_listed(client, queue, tokens) -> None:
    made = post(client, tokens[0], URL, body(queue), Idempotency_Key="one")
    assert made.status_code == 201
    again = post(client, tokens[0], URL, body(queue), Idempotency_Key="one")
    assert (again.status_code, again.json) == (201, made.json)
    twice = post(client, tokens[0], URL, body(queue))
    assert (twice.status_code, codes(twice)) == (422, {"already_waiting"})
    one = client.get(made.headers["Location"], headers=bearer(tokens[0]))
    assert one.json == made.json
    assert (one.json["hours"], one.json["state"], one.json["offer"]) == (2.0, "waiting", None)
    assert client.get(made.headers["Location"], headers=bearer(tokens[1])).status_code == 404
    for hours in (1, 1.5):
        post(client, tokens[0], URL, body(queue, hours=hours))
    first = client.get(f"{URL}?limit=2", headers=bearer(tokens[0])).json
    rest = client.get(f"{URL}?limit=2&cursor={first['next']}", headers=bearer(tokens[0])).json
    assert [len(page["items"]) for page in (first, rest)] == [2, 1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"instrument_id": None}, "instrument_id"),
        ({"class": "010101"}, "instrument_id"),
        ({"instrument_id": None, "class": "980000"}, "class"),
        ({"to": "2027-03-01T00:00:00"}, "to"),
        ({"to": "2027-02-01T00:00:00+08:00"}, "to"),
        ({"hours": 9}, "hours"),
        ({"group_id": 77}, "group_id"),
        ({"purpose": "fun"}, "purpose"),
        ({"speed": 1}, "speed"),
    ],
)
def test_what_is_wrong_is_named_as_the_contract_names_it(client, queue, tokens, more, field) -> None:
    answer = post(client, tokens[0], URL, body(queue, **more))
    assert answer.status_code == 422
    assert field in {reason["field"] for reason in answer.json["reasons"]}
    assert states() == []


def test_an_offer_is_listed_accepted_once_and_lost_to_the_others(app, client, queue, tokens) -> None:
    made = [post(client, token, URL, body(queue)).json["id"] for token in tokens[:2]]
    queue.free()
    queue.sweep(app)
    listed = client.get(f"{URL}?state=offered", headers=bearer(tokens[0])).json["items"]
    assert [each["state"] for each in listed] == ["offered"]
    assert (
        listed[0]["offer"]["start"] == queue.start.astimezone().isoformat()
        or listed[0]["offer"]["instrument_id"]
    )
    accept = f"{URL}/{made[0]}/accept"
    assert post(client, tokens[0], accept, {}).status_code == 428
    assert post(client, tokens[0], accept, {}, If_Match='"1"').status_code == 412
    assert post(client, tokens[1], accept, {}, If_Match="*").status_code == 404
    taken = post(client, tokens[0], accept, {}, If_Match='"2"', Idempotency_Key="a")
    again = post(client, tokens[0], accept, {}, If_Match='"2"', Idempotency_Key="a")
    assert (taken.status_code, again.status_code) == (201, 201)
    assert taken.json == again.json
    assert client.get(taken.headers["Location"], headers=bearer(tokens[0])).json["state"] == "confirmed"
    late = post(client, tokens[1], f"{URL}/{made[1]}/accept", {}, If_Match="*")
    assert (late.status_code, codes(late)) == (422, {"offer_lapsed"})
    assert db.session.query(Reservation).filter_by(state="confirmed").count() == 1


def test_an_acceptance_that_an_ordinary_booking_beat_is_refused_as_taken(
    app, client, queue, tokens, world
) -> None:
    number = post(client, tokens[0], URL, body(queue)).json["id"]
    queue.free()
    queue.sweep(app)
    world.reservation(queue.instrument, queue.holder, queue.start)
    late = post(client, tokens[0], f"{URL}/{number}/accept", {}, If_Match="*")
    assert (late.status_code, codes(late)) == (409, {"taken"})
    assert len(late.json["conflicts"]) == 1


def test_declining_waits_on_and_withdrawing_ends_it(app, client, queue, tokens) -> None:
    number = post(client, tokens[0], URL, body(queue)).json["id"]
    queue.free()
    queue.sweep(app)
    declined = post(client, tokens[0], f"{URL}/{number}/decline", {}, If_Match='"2"')
    assert (declined.status_code, declined.json["state"], declined.json["version"]) == (200, "waiting", 3)
    assert offers() == [(number, "declined")]
    gone = post(client, tokens[0], f"{URL}/{number}/withdraw", {}, If_Match=declined.headers["ETag"])
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    again = post(client, tokens[0], f"{URL}/{number}/withdraw", {}, If_Match="*")
    assert (again.status_code, codes(again)) == (422, {"not_waiting"})


def test_a_group_head_waits_for_a_member(client, queue, world, tokens) -> None:
    head = world.person(queue.home)
    group = world.group(queue.home, head)
    member = queue.people[0]
    world.grant(member, Role.MEMBER, group)
    token = world.token(head)
    made = post(client, token, URL, body(queue, **{"for": member.mail}))
    assert made.status_code == 201
    assert (made.json["user"]["id"], made.json["asker"]["id"], made.json["group_id"]) == (
        member.id,
        head.id,
        group.id,
    )
    assert client.get(URL, headers=bearer(tokens[0])).json["items"][0]["id"] == made.json["id"]
    refused = post(client, tokens[1], URL, body(queue, **{"for": member.mail}))
    assert (refused.status_code, codes(refused)) == (403, {"not_for_them"})


def test_unmet_demand_is_read_by_who_manages_the_institution(app, client, queue, world, tokens) -> None:
    post(client, tokens[0], URL, body(queue, hours=1.5))
    queue.sweep(app, 27 * HOUR)
    boss = world.person(queue.home)
    world.grant(boss, Role.AUDITOR, queue.home)
    address, token = f"/api/v1/institutions/{queue.home.id}/demand", world.token(boss)
    assert client.get(address, headers=bearer(tokens[0])).status_code == 403
    (line,) = client.get(address, headers=bearer(token)).json["items"]
    assert line | {"class_en": "", "class_zh": ""} == {
        "month": "2027-03", "class_code": "010101", "class_en": "", "class_zh": "", "searches": 0, "waits": 1, "own": 1,
        "universities": 0, "companies": 0, "hours": 1.5,
    }  # fmt: skip
    assert client.get(f"{address}?from=2027-04", headers=bearer(token)).json["items"] == []
    assert client.get(f"{address}?from=2027-02&to=2027-03", headers=bearer(token)).json["items"] != []
    assert client.get(f"{address}?from=March", headers=bearer(token)).status_code == 422
    assert client.get("/api/v1/institutions/999999999/demand", headers=bearer(token)).status_code == 404


def test_the_lab_and_only_the_lab_reads_who_waits_for_its_instruments(client, queue, world, tokens) -> None:
    manager = world.person(queue.home)
    world.grant(manager, Role.LAB_MANAGER, queue.lab)
    path = f"/api/v1/labs/{queue.lab.id}/wait-requests"
    assert client.get(path, headers=bearer(tokens[0])).status_code == 403
    queue.wait(queue.people[1])
    queue.wait(queue.people[0], at=queue.now + HOUR)
    queue.wait(queue.people[2], 1, class_code="010100")
    told = client.get(path, headers=bearer(world.token(manager))).json
    assert [each["user"]["id"] for each in told["items"]] == [queue.people[1].id, queue.people[0].id]
    assert [(each["hours"], each["offered_until"]) for each in told["items"]] == [(2.0, None)] * 2
    assert [(each["class_code"], each["waiting"]) for each in told["classes"]] == [("010100", 1)]
    elsewhere = client.get("/api/v1/labs/999999999/wait-requests", headers=bearer(tokens[0]))
    assert elsewhere.status_code == 404
