"""What stands against what somebody waits for: pages and programs say the same of it, and how to ask for what lacks."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from instruments.people.rights import Role
from tests.reservations.waiting import HOUR, Queue
from tests.world import World, bearer, sign_in

URL = "/api/v1/wait-requests"
DAY = timedelta(days=1)
BY_NIGHT = "Mon-Sun 00:00-06:00"


@pytest.fixture
def queue(world: World, now) -> Queue:
    return Queue(world, now)


def listed(client, person, world) -> list[dict[str, Any]]:
    """What stands against the newest request, which its own address says as the list does."""
    token = bearer(world.token(person))
    first = client.get(URL, headers=token).json["items"][0]
    assert client.get(f"{URL}/{first['id']}", headers=token).json["against"] == first["against"]
    return first["against"]


def page(client, person) -> str:
    sign_in(client, person)
    return client.get("/waitlist").get_data(as_text=True)


def said(text: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def codes(against: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(each["code"], each["ask"] is not None) for each in against]


def test_both_say_all_of_it_in_the_same_words(client, queue, world) -> None:
    who = queue.people[0]
    thing = world.instrument(queue.lab, week=BY_NIGHT, audience="companies")
    world.needs(thing, level="independent", admission=True)
    queue.wait(who, instrument_id=thing.id)
    against = listed(client, who, world)
    assert codes(against) == [("not_open_then", False), ("admission_missing", True), ("not_qualified", True)]
    assert [each["instrument_id"] for each in against] == [None, thing.id, thing.id]
    shown = page(client, who)
    for each in against:
        assert each["message"] in said(shown)
        if each["ask"]:
            assert each["ask"]["words"] in said(shown)
            assert each["ask"]["asked"] is False
    assert said(shown).count("Ask for the") == 2


def test_what_it_names_asks_for_it_and_then_both_say_that_it_was_asked_for(client, queue, world) -> None:
    who = queue.people[0]
    world.needs(queue.instrument, level="independent", admission=True)
    queue.wait(who)
    token = bearer(world.token(who))
    for each in listed(client, who, world):
        answer = client.post(each["ask"]["address"], json=each["ask"]["fields"], headers=token)
        assert answer.status_code == 201, answer.json
    assert [each["ask"]["asked"] for each in listed(client, who, world)] == [True, True]
    assert said(page(client, who)).count("Asked for. You are told the answer.") == 2


def test_who_has_it_reads_nothing_and_who_loses_it_before_is_led_to_renew_it(client, queue, world) -> None:
    who = queue.people[0]
    world.needs(queue.instrument, level="independent")
    world.qualification(who, queue.instrument, expires_on=(queue.start + DAY).date())
    queue.wait(who)
    assert listed(client, who, world) == []
    queue.wait(who, earliest=queue.start + 3 * DAY, latest=queue.end + 3 * DAY)
    token = bearer(world.token(who))
    found = [each["against"] for each in client.get(URL, headers=token).json["items"] if each["against"]]
    assert [codes(each) for each in found] == [[("qualification_expires", True)]]
    assert found[0][0]["ask"]["words"] == "Ask to renew"


def test_of_a_class_both_say_whether_all_or_some_of_it_is_lacked(client, queue, world) -> None:
    who = queue.people[0]
    world.needs(queue.instrument, level="independent")
    queue.wait(who, 1, class_code="010101")
    against = listed(client, who, world)
    assert codes(against) == [("all_lacking", False), ("not_qualified", True)]
    assert against[1]["instrument_id"] == queue.instrument.id
    shown = said(page(client, who))
    assert all(each["message"] in shown for each in against)
    world.instrument(queue.lab, audience="companies", class_code="010101")
    against = listed(client, who, world)
    assert codes(against) == [("some_lacking", False)]
    assert against[0]["message"] in said(page(client, who))


def test_who_asked_for_another_reads_what_the_lab_could_change_and_nothing_that_the_other_lacks(
    client, queue, world
) -> None:
    user, asker = queue.people[:2]
    world.grant(asker, Role.LAB_OPERATOR, queue.lab)
    thing = world.instrument(queue.lab, week=BY_NIGHT, audience="companies")
    world.needs(thing, level="independent")
    span = {"from": queue.start.isoformat(), "to": queue.end.isoformat(), "instrument_id": thing.id}
    token = bearer(world.token(asker))
    made = client.post(URL, json=span | {"for": user.id}, headers=token)
    assert codes(made.json["against"]) == [("not_open_then", False)] == codes(listed(client, asker, world))
    shown = said(page(client, asker))
    assert made.json["against"][0]["message"] in shown
    assert "Ask for the qualification" not in shown
    assert codes(listed(client, user, world)) == [("not_open_then", False), ("not_qualified", True)]


def test_nothing_stands_against_what_is_over(client, queue, world) -> None:
    who = queue.people[0]
    world.needs(queue.instrument, level="independent")
    number = queue.wait(who)
    assert len(listed(client, who, world)) == 1
    queue.answer(who, number, "withdraw")
    assert listed(client, who, world) == []


def test_a_list_costs_the_same_statements_however_long_it_is(client, queue, world, statements) -> None:
    who = queue.people[0]
    world.needs(queue.lab, level="independent", admission=True)
    token, spent = bearer(world.token(who)), []
    sign_in(client, who)
    for hours, kind in enumerate(("010102", "010103", "010410", "020101"), 1):
        thing = world.instrument(queue.lab, audience="companies", class_code=kind)
        queue.wait(who, instrument_id=thing.id)
        queue.wait(who, 1, class_code="010101", latest=queue.end + hours * HOUR)
        queue.wait(who, 1, class_code=kind)
        client.get(URL, headers=token)
        statements.clear()
        assert all(each["against"] for each in client.get(URL, headers=token).json["items"])
        by_program = len(statements)
        statements.clear()
        client.get("/waitlist")
        spent.append((by_program, len(statements)))
    assert spent[1] == spent[2] == spent[3]
