"""Prices for programs: quotes for several instruments, a booking paid from a fund, and who reads what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.people.rights import Role
from tests.rates.pricing_world import price, published
from tests.reservations.test_paying import Scene
from tests.world import World, bearer

SPAN = {"start": "2027-03-03T10:00:00+08:00", "end": "2027-03-03T12:00:00+08:00"}


class Door:
    """The scene of paying, seen through the API as its student."""

    def __init__(self, client: FlaskClient, world: World) -> None:
        self.scene, self.client = Scene(world), client
        self.token = world.token(self.scene.student)

    def send(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Any:
        said = bearer(token or self.token) | headers
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=said)

    def book(self, **more: Any) -> Any:
        return self.send("POST", "/reservations", {"instrument_id": self.scene.instrument_id, **SPAN, **more})

    def quote(self, *instruments: int, **more: Any) -> Any:
        numbers = instruments or (self.scene.instrument_id,)
        return self.send("POST", "/quotes", {"instrument_ids": numbers, **SPAN, **more})


@pytest.fixture
def door(client: FlaskClient, world: World, now: datetime) -> Door:
    return Door(client, world)


def test_where_a_payer_must_be_named_other_times_are_still_offered(door: Door) -> None:
    scene = door.scene
    scene.world.rules(scene.lab, payer_named="when_booked")
    assert door.book(fund_id=scene.fund_id).status_code == 201
    for more in ({"fund_id": scene.fund_id}, {}):
        answer = door.book(**more)
        assert answer.status_code in (409, 422)
        offered = [each["instrument_id"] for each in answer.json["alternatives"]]
        assert scene.instrument_id in offered


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"funds": [{"fund_id": 1, "percent": 33.3}]}, "funds"),
        ({"funds": [{"fund_id": 1, "percent": "33.333"}]}, "funds"),
        ({"funds": [{"fund_id": 1, "percent": "60"}]}, "funds"),
        ({"funds": [{"fund_id": 1, "percent": "1e999"}]}, "funds"),
        ({"mode": "asleep"}, "mode"),
        ({"add_ons": {"laser": "-1"}}, "add_ons"),
        ({"add_ons": {"laser": True}}, "add_ons"),
        ({"fund_id": 999_999_999}, "fund_id"),
    ],
)
def test_what_cannot_be_paid_so_is_refused(door: Door, body: dict[str, Any], field: str) -> None:
    answer = door.book(**body)
    assert answer.status_code == 422
    assert field in {each["field"] for each in answer.json["reasons"]}
    assert door.scene.held() == []


def test_nobody_asks_for_quotes_without_a_token(door: Door) -> None:
    assert door.client.post("/api/v1/quotes", json={}).status_code == 401
    token = door.scene.world.token(door.scene.student, scopes="profile:read")
    assert door.send("POST", "/quotes", {}, token).status_code == 403
    assert door.quote(999_999).status_code == 404


def test_a_booking_says_what_it_was_quoted_and_who_pays(door: Door) -> None:
    answer = door.book(fund_id=door.scene.fund_id)
    assert answer.status_code == 201
    told = answer.json["price"]
    assert told["total"] == {"amount": "120.00", "currency": "CNY"}
    assert (told["customer_class"], told["mode"], told["at_most"]) == ("own_institution", "self", None)
    assert [(line["kind"], line["amount"]["amount"]) for line in told["lines"]] == [("time", "120.00")]
    assert "2 h at CNY" in told["lines"][0]["why"][0] and told["why"]
    assert [(each["fund_id"], each["percent"]) for each in told["paid_from"]] == [(door.scene.fund_id, "100")]
    again = door.send("GET", f"/reservations/{answer.json['id']}").json
    assert again["price"] == told
    assert door.send("GET", "/reservations").json["items"][0]["price"] == told


def test_the_second_person_does_not_read_the_price(door: Door) -> None:
    world, scene = door.scene.world, door.scene
    second = world.person(scene.house)
    answer = door.book(fund_id=scene.fund_id, second_person=second.mail)
    assert answer.status_code == 201
    seen = door.send("GET", f"/reservations/{answer.json['id']}", token=world.token(second))
    assert seen.status_code == 200 and seen.json["price"] is None
    world.grant(second, Role.LAB_OPERATOR, scene.lab)
    seen = door.send("GET", f"/reservations/{answer.json['id']}", token=world.token(second))
    assert seen.json["price"]["total"]["amount"] == "120.00"


def test_quotes_stand_side_by_side_with_what_is_missing(door: Door) -> None:
    scene = door.scene
    dear = scene.world.instrument(scene.lab)
    published(dear, prices=[price("own_institution", 15_000)])
    free = scene.world.instrument(scene.world.lab(scene.house))
    found = door.quote(scene.instrument_id, dear.id, free.id, fund_id=scene.fund_id).json["items"]
    assert [each["price"] and each["price"]["total"]["amount"] for each in found] == [
        "120.00",
        "300.00",
        None,
    ]
    assert [[reason["code"] for reason in each["reasons"]] for each in found] == [
        [],
        ["fund_short"],
        ["no_price"],
    ]
    assert scene.held() == []


def test_a_quote_outside_the_opening_hours_says_so(door: Door) -> None:
    scene = door.scene
    short, free = (
        scene.world.instrument(lab, week="Mon-Fri 13:00-18:00")
        for lab in (scene.lab, scene.world.lab(scene.house))
    )
    published(short, prices=[price("own_institution", 6000)])
    found = door.quote(short.id, free.id, fund_id=scene.fund_id).json["items"]
    assert found[0]["price"]["total"]["amount"] == "120.00" and found[1]["price"] is None
    assert [[each["code"] for each in one["reasons"]] for one in found] == [
        ["outside_hours"], ["no_price", "outside_hours"],
    ]  # fmt: skip
    assert "Wed 3 Mar, 10:00–12:00" in found[0]["reasons"][0]["message"]


def test_a_quote_says_what_else_stands_against_the_time(door: Door) -> None:
    scene = door.scene
    long, priceless = (scene.world.instrument(scene.world.lab(scene.house)) for _ in range(2))
    published(long, prices=[price("own_institution", 6000)])
    for thing in (long, priceless):
        scene.world.rules(thing, shortest_minutes=240)
    found = door.quote(long.id, priceless.id, fund_id=scene.fund_id).json["items"]
    assert found[0]["price"]["total"]["amount"] == "120.00" and found[1]["price"] is None
    assert [[each["code"] for each in one["reasons"]] for one in found] == [
        ["too_short"], ["no_price", "too_short"],
    ]  # fmt: skip


def test_several_funds_and_add_ons(door: Door) -> None:
    scene = door.scene
    laser = price("own_institution", 1500, unit="item", code="laser", name_en="Laser")
    published(scene.instrument, prices=[price("own_institution", 6000), laser])
    second = scene.grant(50_000)
    parts = [{"fund_id": scene.fund_id, "percent": "33.34"}, {"fund_id": second.id, "percent": "66.66"}]
    told = door.book(funds=parts, add_ons={"laser": 2}).json["price"]
    assert told["total"]["amount"] == "150.00"
    assert [each["amount"]["amount"] for each in told["paid_from"]] == ["50.01", "99.99"]


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        (
            {"end": "2127-03-03T12:00:00+08:00"},
            "end",
            "No reservation is that long. Book at most 31 days at a time.",
        ),
        (
            {"end": "2027-04-03T10:00:01+08:00"},
            "end",
            "No reservation is that long. Book at most 31 days at a time.",
        ),
        ({"end": SPAN["start"]}, "end", "The end does not come after the start."),
        ({"programmes": [999_999]}, "programmes", "There is no such programme, or it is not open now."),
    ],
)
def test_no_quote_of_what_cannot_be_booked(
    door: Door, body: dict[str, Any], field: str, sentence: str
) -> None:
    answer = door.quote(**body)
    assert answer.status_code == 422
    assert [(each["field"], each["message"]) for each in answer.json["reasons"]] == [(field, sentence)]


def test_the_longest_reservation_has_a_quote(door: Door) -> None:
    assert door.quote(end="2027-04-03T10:00:00+08:00").status_code == 200
