"""Ask for the right to charge a fund: nobody learns which funds there are, and whoever manages one answers."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds.asking.asking import MOST_OPEN, ask
from instruments.funds.asking.finding import to_answer
from instruments.funds.asking.models import FundRequest
from instruments.funds.knowing import chargeable
from instruments.funds.models import FundHold, FundUser
from instruments.funds.tasks import end_requests
from instruments.journal.models import JournalEntry
from instruments.notices import tasks as notices
from instruments.notices.models import Notice
from instruments.people.models import Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.people.tokens import SCOPES
from tests.conftest import NOW
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}
NOISE = re.compile(r'"csrf[^>]*>|value="[\w.-]{40,}"')


class House:
    """An institution with a group whose head manages a grant; a colleague of another group, and somebody of a partner."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home, self.elsewhere = world.institution(), world.institution()
        people = ("head", "delegate", "colleague", "finance", "stranger")
        homes = (self.home, self.home, self.home, self.home, self.elsewhere)
        self.people = {name: world.person(home) for name, home in zip(people, homes, strict=True)}
        self.group = world.group(self.home, self.people["head"])
        world.grant(self.people["delegate"], Role.FUND_DELEGATE, self.group)
        world.grant(self.people["finance"], Role.FINANCE_OFFICER, self.home)
        self.fund = world.fund(self.group, code="NF-7", name_en="Secret grant", budget_units=100_000)
        self.fund_id = self.fund.id
        self.ids = {name: person.id for name, person in self.people.items()}
        self.mails = {name: person.mail for name, person in self.people.items()}

    def actor(self, name: str) -> Actor:
        found = actor_by_id(self.ids[name], NOW)
        assert found is not None
        return found

    def ask(self, said: str, name: str = "colleague", now: datetime = NOW) -> int:
        return int(perform(lambda: ask(self.actor(name), said, "For a paper", now).id))

    def asked_of(self, name: str) -> list[int]:
        db.session.rollback()
        return [row.id for row in to_answer(self.actor(name), NOW)]

    def program(self, name: str) -> dict[str, str]:
        return bearer(self.world.token(db.session.get_one(Person, self.ids[name]), " ".join(SCOPES)))


@pytest.fixture
def house(world: World, now: datetime) -> House:
    return House(world)


def codes(act: Any) -> list[str]:
    with pytest.raises(Refusal) as refused:
        act()
    db.session.rollback()
    return [reason.code for reason in refused.value.reasons]


def state(number: int) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(FundRequest.state).where(FundRequest.id == number)))


# --- Who learns what


@pytest.mark.parametrize(("said", "words", "expected"), [
    ("", "", ["said", "no_words"]),
    ("x" * 255, "why", ["said"]),
    ("NF-7", "x" * 501, ["too_long"]),
    ("{own}", "why", ["own_mail"]),
])  # fmt: skip
def test_what_is_not_said_is_asked_for(house: House, said: str, words: str, expected: list[str]) -> None:
    said = said.format(own=house.mails["colleague"])
    assert codes(lambda: perform(lambda: ask(house.actor("colleague"), said, words, NOW))) == expected


def test_nobody_asks_twice_or_without_end_or_for_what_they_have(house: House) -> None:
    house.ask("NF-7")
    assert codes(lambda: house.ask(" NF-7 ")) == ["asked_already"]
    for number in range(MOST_OPEN - 1):
        house.ask(f"guess {number}")
    assert codes(lambda: house.ask("one more")) == ["too_many_open"]
    db.session.add(FundUser(fund_id=house.fund_id, person_id=house.ids["stranger"], given_at=NOW))
    db.session.add(FundUser(fund_id=house.fund_id, given_at=NOW))
    db.session.commit()
    assert codes(lambda: house.ask("nf-7", "head")) == ["has_right"]
    # What counts as a code counts in one's own institution: a stranger who may charge it asks for another of that code.
    house.ask("NF-7", "stranger")


@pytest.mark.parametrize("said", ["NF-7", "{head}"])
def test_what_is_not_there_is_answered_as_what_is(house: House, client: FlaskClient, said: str) -> None:
    said = said.format(**house.mails)
    sign_in(client, house.people["colleague"])

    def asked(words: str) -> tuple[str, str]:
        sent = client.post("/funds/ask", data={"fund": words, "reason": "Why"})
        assert (sent.status_code, sent.location) == (303, "/funds/ask")
        page = client.get("/funds/ask", headers=EN).get_data(as_text=True)
        number = db.session.query(FundRequest.id).filter_by(said=words).scalar()
        told = client.get(f"/api/v1/fund-requests/{number}", headers=house.program("colleague")).get_data(
            True
        )
        db.session.query(FundRequest).delete()
        db.session.commit()
        one = NOISE.sub("", page).replace(words, "W").replace(f"/requests/{number}/", "/requests/N/")
        return one, told.replace(words, "W").replace(f'"id":{number},', "")

    nobodys = "nobody@nowhere.example" if "@" in said else "NF-8"
    assert asked(said) == asked(nobodys)


def test_it_is_brought_to_the_group_and_else_to_finance_and_to_nobody_else(house: House) -> None:
    number = house.ask("nf-7")
    assert [house.asked_of(name) for name in ("head", "delegate", "finance", "colleague", "stranger")] == [
        [number], [number], [], [], [],
    ]  # fmt: skip
    of_house = house.world.fund(house.home, code="CC-1")
    other = house.ask(of_house.code)
    assert house.asked_of("finance") == [other]
    assert house.asked_of("head") == [number]
    # A code is one of the asker's own institution.
    house.ask("NF-7", "stranger")
    assert house.asked_of("head") == [number]


def test_by_mail_only_who_is_asked_hears_of_it_and_only_where_they_manage_a_fund(house: House) -> None:
    number = house.ask(house.mails["head"].upper(), "stranger")
    assert (house.asked_of("head"), house.asked_of("delegate")) == ([number], [])
    house.ask(house.mails["stranger"])
    assert house.asked_of("stranger") == []
    house.fund.state, house.fund.closed_at = "closed", NOW
    db.session.commit()
    assert house.asked_of("head") == []


def test_nobody_else_sees_a_request(house: House, client: FlaskClient) -> None:
    number = house.ask("NF-7")
    for name in ("finance", "stranger"):
        assert client.get(f"/api/v1/fund-requests/{number}", headers=house.program(name)).status_code == 404
        for deed, body in (("grant", {}), ("decline", {"reason": "no"}), ("withdraw", {})):
            answer = client.post(
                f"/api/v1/fund-requests/{number}/{deed}",
                json=body,
                headers=house.program(name) | {"If-Match": "*"},
            )
            assert answer.status_code == 404
    own = house.program("colleague") | {"If-Match": "*"}
    assert client.post(f"/api/v1/fund-requests/{number}/grant", json={}, headers=own).status_code == 403


# --- Answers


def test_granted_up_to_a_sum_and_a_day(house: House, client: FlaskClient) -> None:
    number = house.ask("NF-7")
    head = house.program("head")
    [item] = client.get("/api/v1/fund-requests?which=to_answer", headers=head).json["items"]
    assert (item["id"], item["fund"], item["reason"]) == (number, "NF-7", "For a paper")
    assert [fund["id"] for fund in item["could_be"]] == [house.fund_id]
    address, body = f"/api/v1/fund-requests/{number}/grant", {"limit": "150.00", "ends_on": "2027-06-30"}
    assert client.post(address, json=body, headers=head).status_code == 428
    assert client.post(address, json=body, headers=head | {"If-Match": '"7"'}).status_code == 412
    wrong = client.post(address, json=body | {"limit": "1.001"}, headers=head | {"If-Match": '"1"'})
    assert [reason["field"] for reason in wrong.json["reasons"]] == ["limit"]
    granted = client.post(address, json=body, headers=head | {"If-Match": '"1"'})
    assert (granted.json["state"], granted.json["fund_id"]) == ("granted", house.fund_id)
    db.session.rollback()
    assert chargeable(house.actor("colleague")) == [house.fund_id]
    right = db.session.query(FundUser).filter_by(person_id=house.ids["colleague"]).one()
    assert (right.limit_units, right.ends_on) == (15_000, date(2027, 6, 30))
    again = client.post(address, json=body, headers=head | {"If-Match": '"2"'})
    assert [reason["code"] for reason in again.json["reasons"]] == ["not_waiting"]
    assert (
        client.get("/api/v1/fund-requests", headers=house.program("colleague")).json["items"][0][
            "answered_by"
        ]["id"]
        == (house.ids["head"])
    )


def test_asked_by_mail_the_holder_chooses_the_fund(house: House, client: FlaskClient) -> None:
    second = house.world.fund(house.group, code="NF-8", name_en="Second")
    number = house.ask(house.mails["head"], "stranger")
    sign_in(client, house.people["head"])
    page = client.get("/funds/requests", headers=EN).get_data(as_text=True)
    assert "Secret grant (NF-7)" in page and "Second (NF-8)" in page
    address = f"/funds/requests/{number}/answer"
    refused = client.post(address, data={"version": 1, "do": "grant", "fund_id": "", "limit": "many"})
    assert refused.status_code == 422 and "Choose one of your funds." in refused.get_data(as_text=True)
    strange = house.world.fund(house.world.group(house.home), code="NF-9")
    assert client.post(address, data={"version": 1, "do": "grant", "fund_id": strange.id}).status_code == 422
    assert client.post(address, data={"version": 1, "do": "grant", "fund_id": second.id}).status_code == 303
    db.session.rollback()
    assert chargeable(house.actor("stranger")) == [second.id]


def test_a_limit_below_what_the_asker_took_before_asks_with_the_numbers(
    house: House, client: FlaskClient
) -> None:
    held = {"thing_kind": "test", "thing_id": 1, "made_at": NOW, "person_id": house.ids["colleague"]}
    db.session.add(FundHold(fund_id=house.fund_id, amount_units=6_000, **held))
    db.session.commit()
    number = house.ask("NF-7")
    head = house.program("head") | {"If-Match": '"1"'}
    address = f"/api/v1/fund-requests/{number}/grant"
    refused = client.post(address, json={"limit": "50.00"}, headers=head)
    assert [reason["code"] for reason in refused.json["reasons"]] == ["limit_below_taken"]
    sign_in(client, house.people["head"])
    typed = {"version": 1, "do": "grant", "fund_id": house.fund_id, "limit": "50.00"}
    page = client.post(f"/funds/requests/{number}/answer", data=typed, headers=EN)
    assert page.status_code == 422 and "that is CNY 10.00 above this limit" in page.text
    assert "Give it all the same" in page.text and state(number) == "open"
    done = client.post(f"/funds/requests/{number}/answer", data=typed | {"meant": "1"})
    assert (done.status_code, state(number)) == (303, "granted")


def test_declined_with_a_reason_that_the_asker_reads(house: House, client: FlaskClient) -> None:
    number = house.ask("NF-7")
    sign_in(client, house.people["head"])
    address = f"/funds/requests/{number}/answer"
    refused = client.post(address, data={"version": 1, "do": "decline", "reason": " "}, headers=EN)
    assert refused.status_code == 422 and "Say why you decline." in refused.get_data(as_text=True)
    assert (
        client.post(address, data={"version": 1, "do": "decline", "reason": "Ends soon"}).status_code == 303
    )
    assert state(number) == "declined"
    sign_in(client, house.people["colleague"])
    page = client.get("/funds/ask", headers=EN).get_data(as_text=True)
    assert "Declined" in page and "Ends soon" in page and "Secret grant" not in page
    # Answered meanwhile: said at the head of the page, and nothing is done twice.
    sign_in(client, house.people["delegate"])
    late = client.post(address, data={"version": 1, "do": "grant", "fund_id": house.fund_id}, headers=EN)
    assert late.status_code == 412 and "This was changed since you opened it." in late.get_data(as_text=True)


def test_the_right_given_on_the_funds_own_page_answers_it(house: House, client: FlaskClient) -> None:
    asked = [house.ask("NF-7"), house.ask(house.mails["head"])]
    sign_in(client, house.people["head"])
    data = {"whom": "people", "people": house.mails["colleague"], "limit": "", "ends_on": ""}
    assert client.post(f"/funds/{house.fund_id}/rights", data=data).status_code == 303
    assert [state(number) for number in asked] == ["granted", "granted"]


def test_taken_back_and_not_answered_in_time(house: House, client: FlaskClient, app: Flask) -> None:
    first, second = house.ask("NF-7"), house.ask("NF-8")
    sign_in(client, house.people["colleague"])
    assert client.post(f"/funds/requests/{first}/withdraw", data={"version": 1}).status_code == 303
    assert (state(first), house.asked_of("head")) == ("withdrawn", [])
    app.config["FROZEN_NOW"] = NOW + timedelta(days=30)
    assert (end_requests(), end_requests()) == (1, 0)
    assert state(second) == "expired"
    # What came to its end can be asked for again.
    house.ask("NF-8")


# --- Who is told


def test_the_holder_finds_it_at_home_and_is_told_and_so_is_the_asker(
    house: House, client: FlaskClient
) -> None:
    number = house.ask("NF-7")
    sign_in(client, house.people["head"])
    home = client.get("/home", headers=EN).get_data(as_text=True)
    assert "1 person asks to charge a fund of yours" in home and 'href="/funds/requests"' in home
    assert "1 person asks to charge a fund of yours" in client.get("/funds", headers=EN).get_data(
        as_text=True
    )
    sign_in(client, house.people["finance"])
    assert "asks to charge a fund" not in client.get("/home", headers=EN).get_data(as_text=True)
    head = house.program("head") | {"If-Match": "*"}
    client.post(f"/api/v1/fund-requests/{number}/decline", json={"reason": "Full"}, headers=head)
    notices.follow()
    told = {(row.person_id, row.said) for row in db.session.query(Notice)}
    assert told == {
        (house.ids["head"], "asked"),
        (house.ids["delegate"], "asked"),
        (house.ids["colleague"], "declined"),
    }
    entries = db.session.query(JournalEntry).filter_by(thing_kind="fund_request").order_by(JournalEntry.id)
    deeds = [row.deed for row in entries]
    assert deeds == ["fund_request.asked", "fund_request.declined"]
