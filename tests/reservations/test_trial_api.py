"""Programs try a time as somebody else, as the page does: for whose instruments, what is refused, and what it would cost."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.rates.pricing_world import price, published
from tests.world import bearer

# Monday noon and evening on the wall of the lab.
NOON = {"start": "2027-03-01T12:00:00+08:00", "end": "2027-03-01T14:00:00+08:00"}
NIGHT = {"start": "2027-03-01T20:00:00+08:00", "end": "2027-03-01T22:00:00+08:00"}


@pytest.fixture
def thing(world, now):
    lab = world.lab()
    row = world.instrument(lab, week=None, audience="partners")
    world.hours(lab, "daily 08:00-18:00")
    return row


@pytest.fixture
def manager(world, thing):
    person = world.person(thing.lab.institution)
    world.grant(person, Role.LAB_MANAGER, thing.lab)
    return bearer(world.token(person))


@pytest.fixture
def tried(client, thing):
    def act(headers, who: str = "partners", **span):
        return client.get(
            f"/api/v1/instruments/{thing.id}/trial", query_string={"as": who, **span}, headers=headers
        )

    return act


def test_only_whoever_sets_the_rules_tries_as_others(world, thing, manager, tried) -> None:
    person = world.person(thing.lab.institution)
    world.grant(person, Role.LAB_OPERATOR, thing.lab)
    operator, narrow = bearer(world.token(person)), bearer(world.token(person, "reservations:read"))
    assert tried({}, **NOON).status_code == 401
    assert tried(narrow, **NOON).status_code == 403
    assert [each["code"] for each in tried(operator, **NOON).json["reasons"]] == ["not_yours"]
    assert tried(manager, **NOON).status_code == 200


def test_a_question_that_does_not_fit_is_refused_with_its_fields(client, thing, manager, tried) -> None:
    assert {each["field"] for each in tried(manager, start="soon").json["reasons"]} == {"start", "end"}
    assert [each["field"] for each in tried(manager, "friends", **NOON).json["reasons"]] == ["as"]
    assert client.get("/api/v1/instruments/999999/trial?as=lab", headers=manager).status_code == 422
    address = "/api/v1/instruments/999999/trial"
    assert client.get(address, query_string={"as": "lab", **NOON}, headers=manager).status_code == 404


def test_what_they_would_be_told_and_what_it_would_cost(thing, manager, tried) -> None:
    published(thing.lab, date(2026, 1, 1), prices=[price("own_institution", 6000), price("partner", 9000)])
    answer = tried(manager, **NIGHT).json
    assert answer["outcome"] == "refused"
    assert [each["code"] for each in answer["reasons"]] == ["outside_hours"]
    assert answer["prices"] == []
    for who, key, amount in (("partners", "partner", "180.00"), ("institution", "own_institution", "120.00")):
        answer = tried(manager, who, **NOON).json
        assert (answer["outcome"], answer["reasons"]) == ("books", [])
        total = {"amount": amount, "currency": "CNY"}
        assert answer["prices"] == [{"mode": "self", "customer_class": key, "total": total}]
    assert tried(manager, "companies", **NOON).json["outcome"] == "refused"


def test_nothing_is_written(manager, tried) -> None:
    before = db.session.scalar(select(func.count()).select_from(JournalEntry))
    tried(manager, **NOON)
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == before
    assert db.session.scalar(select(func.count()).select_from(Reservation)) == 0
