"""Where calendars show that some of an instrument's places are closed: picture, list, days, programs, and the lab's own views."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from instruments.people.rights import Role
from tests.live import sign_in_page, violations
from tests.world import World, bearer, sign_in

HOUR = timedelta(hours=1)
# Tuesday, 2 March 2027, 09:00 in Shanghai.
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def thing(world: World, now: datetime):
    """Eight furnace places, open from eight to six; two are being repaired from nine to noon."""
    thing = world.instrument(week="Mon-Sun 08:00-18:00", capacity=8, audience="companies")
    world.closure(thing, NINE, NINE + 3 * HOUR, units=2, reason="Heater burnt / 加热元件烧毁")
    return thing


@pytest.fixture
def operator(world: World, thing):
    person = world.person(thing.institution)
    world.grant(person, Role.LAB_MANAGER, thing.lab)
    return person


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def week(client: FlaskClient, thing) -> list[dict[str, str]]:
    found = client.get(f"/instruments/{thing.id}/week.json?from=2027-03-01").get_json()
    return [span for span in found["spans"] if span["state"] != "open"]


def test_the_picture_has_a_strip_and_says_what_it_is(client: FlaskClient, thing) -> None:
    page = client.get(f"/instruments/{thing.id}?week=2027-W09").text
    assert page.count('fill="url(#p-partly)"') == 1
    assert ">2 of 8 closed</text>" in page and ">Maintenance · Heater burnt</div>" in page
    assert "Some places closed" in page
    chinese = client.get(f"/instruments/{thing.id}?week=2027-W09&lang=zh").text
    assert ">停开 2/8</text>" in chinese and ">维护 · 加热元件烧毁</div>" in chinese and "部分停开" in chinese


def test_where_nothing_is_closed_in_part_nothing_speaks_of_it(client: FlaskClient, world: World) -> None:
    whole = world.instrument(capacity=8)
    world.closure(whole, NINE, NINE + HOUR)
    page = client.get(f"/instruments/{whole.id}?week=2027-W09").text
    assert 'fill="url(#p-partly)"' not in page and "Some places closed" not in page
    assert {span["state"] for span in week(client, whole)} == {"maintenance"}


def test_the_script_draws_the_same_and_keeps_the_words_clear_of_what_is_booked(
    client: FlaskClient, world: World, thing
) -> None:
    assert [(span["state"], span["word"], span["short"], span["label"]) for span in week(client, thing)] == [
        ("partly", "2 of 8 places closed", "2 of 8 closed", "Maintenance · Heater burnt"),
        ("words", "2 of 8 places closed", "2 of 8 closed", "Maintenance · Heater burnt"),
    ]
    mine = world.person(thing.institution)
    world.reservation(thing, mine, NINE, NINE + HOUR)
    found = {span["state"]: span for span in week(sign_in(client, mine), thing)}
    assert found["partly"]["start"] == found["yours"]["start"]
    assert found["words"]["start"] == found["yours"]["end"]
    # Where no hour is left for words, the strip alone stays.
    world.reservation(thing, mine, NINE + HOUR, NINE + 2.5 * HOUR)
    assert "words" not in {span["state"] for span in week(client, thing)}


def test_what_closes_the_whole_instrument_hides_what_closes_a_part(
    client: FlaskClient, world: World, thing
) -> None:
    world.closure(thing.lab, NINE + HOUR, NINE + 5 * HOUR, kind="closed", reason="")
    [strip] = [span for span in week(client, thing) if span["state"] == "partly"]
    assert datetime.fromisoformat(strip["end"]) == NINE + HOUR


def test_the_list_says_it_of_each_free_time(client: FlaskClient, thing) -> None:
    address = f"/instruments/{thing.id}?week=2027-W09&view=list"
    assert "09:00–12:00: 2 of 8 places closed · Maintenance · Heater burnt" in text(client.get(address))
    assert "09:00–12:00：停开名额 2/8 · 维护 · 加热元件烧毁" in text(client.get(f"{address}&lang=zh"))


def test_the_days_of_phones_have_a_row_for_it(client: FlaskClient, thing) -> None:
    address = f"/instruments/{thing.id}?day=2027-03-02"
    assert "09:00–12:00 2 of 8 places closed · Maintenance · Heater burnt" in text(client.get(address))
    assert "09:00–12:00 停开名额 2/8 · 维护 · 加热元件烧毁" in text(client.get(f"{address}&lang=zh"))
    assert "2 of 8 places closed" not in text(client.get(f"/instruments/{thing.id}?day=2027-03-03"))


def test_programs_are_told_what_closes_the_whole_and_what_a_part(
    client: FlaskClient, world: World, thing
) -> None:
    world.closure(thing, NINE + 5 * HOUR, NINE + 99 * HOUR, kind="breakdown", reason="")
    span = {"from": NINE.isoformat(), "to": (NINE + 6 * HOUR).isoformat()}
    found = client.get(f"/api/v1/instruments/{thing.id}/calendar", query_string=span).get_json()
    assert found["closures"] == [
        {"start": "2027-03-02T09:00:00+08:00", "end": "2027-03-02T12:00:00+08:00", "kind": "maintenance",
         "reason": "Heater burnt / 加热元件烧毁", "places": 2},
        {"start": "2027-03-02T14:00:00+08:00", "end": "2027-03-02T15:00:00+08:00", "kind": "breakdown",
         "reason": "", "places": None},
    ]  # fmt: skip
    assert [span["end"] for span in found["open"]] == ["2027-03-02T14:00:00+08:00"]


def test_the_labs_day_draws_it_and_lists_what_is_closed(
    client: FlaskClient, world: World, thing, operator
) -> None:
    world.closure(thing.lab, NINE + 6 * HOUR, NINE + 7 * HOUR, kind="closed", reason="Drill / 演练")
    sign_in(client, operator)
    page = client.get(f"/labs/{thing.lab_id}/today?day=2027-03-02")
    assert page.text.count('class="b-partly"') == 1
    assert "<title>2 of 8 places closed · Maintenance · Heater burnt</title>" in page.text
    listed = text(page)
    assert f"{thing.name_en} · 09:00–12:00 2 of 8 places closed · Maintenance · Heater burnt" in listed
    assert f"{thing.lab.name_en} · 15:00–16:00 Closed · Drill" in listed
    chinese = text(client.get(f"/labs/{thing.lab_id}/today?day=2027-03-02&lang=zh"))
    assert "停开名额 2/8 · 维护 · 加热元件烧毁" in chinese and "演练" in chinese
    assert "Closures" not in text(client.get(f"/labs/{thing.lab_id}/today?day=2027-03-03&lang=en"))
    token = bearer(world.token(operator, "usage:read"))
    found = client.get(f"/api/v1/labs/{thing.lab_id}/day?day=2027-03-02", headers=token).get_json()
    assert [
        (each["instrument"] and each["instrument"]["id"], each["places"]) for each in found["closures"]
    ] == [
        (thing.id, 2),
        (None, None),
    ]


def test_what_closes_all_places_that_are_left_is_down_on_the_labs_day(
    client: FlaskClient, world: World, operator, thing
) -> None:
    small = world.instrument(thing.lab, capacity=2)
    world.closure(small, NINE, NINE + HOUR, units=2, reason="Filters")
    page = sign_in(client, operator).get(f"/labs/{thing.lab_id}/today?day=2027-03-02").text
    assert page.count('class="b-partly"') == 1 and 'class="b-down-words" x="10" y="15">Filters' in page


def test_who_answers_a_request_sees_it_beside(client: FlaskClient, world: World, thing, operator) -> None:
    user = world.person()
    world.approval_rule(thing.lab, "partners", "companies")
    token = bearer(world.token(user))
    body = {"instrument_id": thing.id, "start": NINE.isoformat(), "end": (NINE + HOUR).isoformat()}
    assert client.post("/api/v1/reservations", json=body, headers=token).get_json()["state"] == "requested"
    world.closure(thing, NINE + 4 * HOUR, NINE + 5 * HOUR, kind="breakdown", reason="Door")
    page = sign_in(client, operator).get(f"/labs/{thing.lab_id}/approvals")
    assert '<rect class="b-partly"' in page.text
    # Upkeep of any kind has the look of maintenance, and says what it is.
    assert '<rect class="b-maintenance"' in page.text and "b-breakdown" not in page.text
    assert "09:00–12:00 2 of 8 places closed · Maintenance · Heater burnt" in text(page)
    assert "13:00–14:00 Out of order · Door" in text(page)


@pytest.mark.xdist_group("browser")
def test_the_places_that_are_left_are_booked_by_dragging_over_it(
    app: Flask, new_page: Callable[..., Page], world: World
) -> None:
    thing = world.instrument(week="Mon-Sun 00:00-24:00", capacity=4)
    start = (datetime.now(UTC) + timedelta(days=2)).replace(hour=2, minute=0, second=0, microsecond=0)
    world.closure(thing, start, start + 6 * HOUR, units=1, reason="Heater burnt / 加热元件烧毁")
    page = new_page(viewport={"width": 1280, "height": 1400})
    sign_in_page(page, app, world.person(thing.institution))
    page.goto(f"/instruments/{thing.id}?day={start:%Y-%m-%d}")
    expect(page.locator(".ec-bg-event.state-partly")).to_have_count(1)
    words = page.locator(".ec-bg-event.state-words")
    expect(words).to_contain_text("1 of 4 closed")
    expect(words.locator("[title]")).to_have_attribute(
        "title", "1 of 4 places closed, Maintenance · Heater burnt"
    )
    box = words.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 70)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 130, steps=8)
    page.mouse.up()
    expect(page.locator(".ec-event.is-chosen")).to_have_count(1)
    assert page.input_value("#f-from") >= "10:00"
    assert violations(page) == []
