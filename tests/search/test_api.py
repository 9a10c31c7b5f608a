"""GET /api/v1/free: the same search for programs, refusing what it cannot read with every reason at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.catalog.search_text import search_text
from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.demand.models import UnmetDemand
from tests.rates.pricing_world import price, published
from tests.world import World, bearer

ADDRESS = "/api/v1/free"


def test_it_answers_the_first_gap_of_each_earliest_first(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    later = world.instrument(lab, name_en="Later")
    first = world.instrument(lab, name_en="First", name_zh="第一")
    world.instrument(lab, week=None)
    world.reservation(later, world.person(), now, now + timedelta(hours=3))
    answer = client.get(ADDRESS, query_string={"hours": 2})
    assert answer.status_code == 200
    items = answer.get_json()["items"]
    assert [(item["instrument_id"], item["start"], item["end"]) for item in items] == [
        (first.id, "2027-03-01T08:00:00+08:00", "2027-03-01T10:00:00+08:00"),
        (later.id, "2027-03-01T11:00:00+08:00", "2027-03-01T13:00:00+08:00"),
    ]
    assert (items[0]["name_zh"], items[0]["lab_id"], items[0]["zone"]) == ("第一", lab.id, "Asia/Shanghai")
    assert datetime.fromisoformat(answer.get_json()["looked_until"]) > now


def test_it_narrows_by_words_class_institution_and_limit(
    world: World, client: FlaskClient, now: datetime
) -> None:
    raman = world.instrument(search_text=search_text(names=["raman"]), class_code="010410")
    laser = world.instrument(search_text=search_text(names=["laser"]), class_code="010406")

    def found(**query: object) -> list[int]:
        answer = client.get(ADDRESS, query_string=query)
        assert answer.status_code == 200
        return [item["instrument_id"] for item in answer.get_json()["items"]]

    assert found() == [raman.id, laser.id]
    assert found(q="laser") == [laser.id]
    assert found(**{"class": "010400"}) == [raman.id, laser.id]
    assert found(**{"class": "010410"}) == [raman.id]
    assert found(institution=laser.institution_id) == [laser.id]
    assert found(limit=1) == [raman.id]
    assert found(institution=999999) == []


def test_a_token_narrows_it_to_what_its_owner_may_book(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(audience="institution")
    own, guest = world.person(thing.institution), world.person()
    for person, count in ((own, 1), (guest, 0)):
        answer = client.get(ADDRESS, headers=bearer(world.token(person)))
        assert len(answer.get_json()["items"]) == count


def test_prices_are_told_for_the_person_of_a_token_and_a_fund_of_theirs(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    published(lab, prices=[price("own_institution", 6_000), price("partner", 9_000)])
    for home, name in ((lab, "Priced"), (world.lab(lab.institution), "Unpriced")):
        world.instrument(home, name_en=name)
    own, guest = world.person(lab.institution), world.person(world.institution())
    fund = world.fund(guest.institution, guest)

    def asked(person: Any, query: str) -> Any:
        return client.get(f"{ADDRESS}?hours=2&{query}", headers=bearer(world.token(person)) if person else {})

    assert [item["price"] for item in asked(own, "").json["items"]] == [None, None]
    told = {item["name_en"]: item["price"] for item in asked(own, "prices=true").json["items"]}
    assert told == {
        "Priced": {"amount": "120.00", "currency": "CNY", "customer_class": "own_institution"},
        "Unpriced": None,
    }
    theirs = asked(guest, f"prices=true&fund_id={fund.id}").json["items"]
    assert {item["price"] and item["price"]["amount"] for item in theirs} == {"180.00", None}
    for person, query, field in (
        (None, "prices=true", "prices"),
        (own, f"prices=true&fund_id={fund.id}", "fund_id"),
        (own, "prices=true&fund_id=999999", "fund_id"),
        (guest, f"fund_id={fund.id}", "prices"),
    ):
        answer = asked(person, query)
        assert answer.status_code == 422, query
        assert [each["field"] for each in answer.json["reasons"]] == [field]


def test_prices_are_those_of_the_usual_fund_and_can_sort_and_leave_out(
    world: World, client: FlaskClient, now: datetime
) -> None:
    house = world.institution()
    for name, own, partner in (("Alpha", 3_000, 9_000), ("Beta", 9_000, 3_000)):
        lab = world.lab(house)
        published(lab, prices=[price("own_institution", own), price("partner", partner)])
        world.instrument(lab, name_en=name, audience="partners")
    guest = world.person(world.institution())
    fund = world.fund(house, guest, code="NF-1")
    token = bearer(world.token(guest))

    def asked(**query: Any) -> Any:
        return client.get(ADDRESS, query_string={"prices": "true", **query}, headers=token)

    answer = asked(sort="price").json
    assert [item["name_en"] for item in answer["items"]] == ["Alpha", "Beta"]
    assert (answer["paid_from"]["fund_id"], answer["paid_from"]["code"]) == (fund.id, "NF-1")
    assert [item["name_en"] for item in asked(sort="price", fund_id=fund.id).json["items"]] == [
        "Alpha",
        "Beta",
    ]
    answer = asked(sort="price", no_fund="true").json
    assert [item["name_en"] for item in answer["items"]] == ["Beta", "Alpha"]
    assert answer["paid_from"] is None
    assert [item["name_en"] for item in asked(at_most="30.00").json["items"]] == ["Alpha"]
    assert len(asked(sort="price", limit=1).json["items"]) == 1
    for query, field in (
        ({"prices": "false", "sort": "price"}, "prices"),
        ({"prices": "false", "at_most": "1"}, "prices"),
        ({"prices": "false", "no_fund": "true"}, "prices"),
        ({"fund_id": fund.id, "no_fund": "true"}, "no_fund"),
        ({"at_most": "1.234"}, "at_most"),
        ({"at_most": "-1"}, "at_most"),
        ({"sort": "beauty"}, "sort"),
    ):
        refused = asked(**query)
        assert (refused.status_code, [each["field"] for each in refused.json["reasons"]]) == (422, [field])


@pytest.mark.parametrize(
    "start", ["2027-03-02T08:00:00+08:00", "2027-03-02T08:00:00 08:00", "2027-03-02T00:00:00Z"]
)
def test_the_range_is_of_instants_with_an_offset(
    world: World, client: FlaskClient, now: datetime, start: str
) -> None:
    world.instrument()
    answer = client.get(ADDRESS, query_string={"from": start, "to": "2027-03-02T12:00:00Z"})
    assert answer.get_json()["items"][0]["start"] == "2027-03-02T08:00:00+08:00"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"from": "2027-03-02T08:00:00"}, ["from"]),
        ({"from": "2027-03-02"}, ["from"]),
        ({"to": "soon", "hours": "x", "limit": "0", "class": "0101x"}, ["class", "hours", "limit", "to"]),
        ({"hours": "0"}, ["hours"]),
        ({"hours": "nan"}, ["hours"]),
        ({"hours": "745"}, ["hours"]),
        ({"to": "2027-02-01T00:00:00Z"}, ["to"]),
        ({"from": "2027-03-02T00:00:00Z", "to": "2027-03-01T00:00:00Z"}, ["to"]),
        ({"to": "2029-03-01T00:00:00Z"}, ["to"]),
        ({"from": "2027-03-02T00:00:00Z", "to": "2027-03-02T01:00:00Z", "hours": "2"}, ["hours"]),
        ({"institution": "x"}, ["institution"]),
        ({"q": "x" * 201}, ["q"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_every_reason(
    client: FlaskClient, world: World, now: datetime, query: dict[str, str], fields: list[str]
) -> None:
    answer = client.get(ADDRESS, query_string=query)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert sorted(reason["field"] for reason in answer.get_json()["reasons"]) == fields


def test_the_document_describes_it(client: FlaskClient, world: World) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    names = {parameter["name"] for parameter in document["paths"]["/api/v1/free"]["get"]["parameters"]}
    assert {"from", "to", "hours", "q", "class", "institution", "limit"} <= names


def test_the_statements_do_not_grow(
    world: World, client: FlaskClient, now: datetime, statements: list[str]
) -> None:
    lab, user = world.lab(), world.person()

    def counted(more: int) -> int:
        for number in range(more):
            world.reservation(world.instrument(lab), user, now + timedelta(hours=number % 5))
        client.get(ADDRESS)
        statements.clear()
        assert client.get(ADDRESS).status_code == 200
        return len(statements)

    assert counted(3) == counted(40)


def test_whoever_sets_the_rules_finds_what_somebody_else_would_find(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    own = world.instrument(lab, audience="institution")
    shared = world.instrument(lab, audience="partners")
    world.instrument(audience="companies")
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    headers = bearer(world.token(person))

    def found(who: str, **query: object) -> list[int]:
        answer = client.get(ADDRESS, query_string={"as": who, **query}, headers=headers)
        assert answer.status_code == 200, answer.json
        return [item["instrument_id"] for item in answer.json["items"]]

    assert found("institution", lab=lab.id) == [own.id, shared.id]
    assert found("partners", lab=lab.id) == [shared.id]
    assert found("companies", lab=lab.id, hours=2) == []
    assert db.session.query(UnmetDemand).count() == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"as": "partners"}, "as_where"),
        ({"as": "partners", "lab": "other"}, "not_yours"),
        ({"as": "partners", "lab": 999999999}, "not_yours"),
        ({"as": "partners", "institution": "own"}, "not_yours"),
        ({"as": "martians", "lab": "own"}, "no_such_circle"),
    ],
)
def test_looking_as_somebody_else_is_refused_with_its_reason(
    world: World, client: FlaskClient, now: datetime, query, expected
) -> None:
    lab, other = world.lab(), world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    numbers = {"own": lab.id if "lab" in query else lab.institution_id, "other": other.id}
    asked = {name: numbers.get(value, value) for name, value in query.items()}
    answer = client.get(ADDRESS, query_string=asked, headers=bearer(world.token(person)))
    assert (answer.status_code, answer.json["reasons"][0]["code"]) == (422, expected)
    assert client.get(ADDRESS, query_string=asked).status_code == 422
