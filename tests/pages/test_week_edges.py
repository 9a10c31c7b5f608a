"""An instrument's week at its edges: nights, whole weeks, several places, closures said in two languages, and paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from tests.live import sign_in_page
from tests.world import World, sign_in

WEEK = "2027-W09"  # 1 to 7 March
MONDAY = datetime(2027, 2, 28, 16, tzinfo=UTC)  # Monday 00:00 in Xi'an


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_what_comes_after_the_week_is_not_called_closed(world: World, client: FlaskClient, now) -> None:
    thing = world.instrument()
    text = words(client.get(f"/instruments/{thing.id}?week={WEEK}&view=list"))
    assert "– Sun 7 Mar 24:00" in text or "Mon 8 Mar 00:00" in text
    assert "closed Use" not in text


def test_a_closures_reason_is_said_in_the_readers_language(world: World, client: FlaskClient, now) -> None:
    thing = world.instrument()
    start = MONDAY + timedelta(hours=33)
    world.closure(thing, start, start + timedelta(hours=4), reason="Waiting for a part / 等待备件")
    address = f"/instruments/{thing.id}/week.json?from=2027-03-01"
    assert "Waiting for a part" in [span["label"] for span in client.get(address).json["spans"]]
    assert "等待备件" in [span["label"] for span in client.get(f"{address}&lang=zh").json["spans"]]


@pytest.mark.parametrize(("capacity", "said"), [(1, False), (4, True)])
def test_several_places_are_explained_under_the_week(world, client, now, capacity, said) -> None:
    thing = world.instrument(capacity=capacity)
    text = words(client.get(f"/instruments/{thing.id}"))
    assert (
        "Booked means that all 4 places are taken or closed; while one is left, it is free." in text
    ) is said


def test_paper_names_the_thing_the_week_and_the_moment(world: World, client: FlaskClient, now) -> None:
    thing = world.instrument(asset_number="A-17")
    person = world.person(thing.institution)
    text = words(client.get(f"/instruments/{thing.id}?week={WEEK}"))
    assert f"Record A-17 · Number {thing.id} · Week 1 – 7 March 2027 ·" in text
    assert "· Printed " in text
    sign_in(client, person)
    row = world.reservation(thing, person, MONDAY + timedelta(hours=33))
    text = words(client.get(f"/reservations/{row.id}"))
    assert f"Reservation {row.id} · Version 1 · When Tue 2 Mar, 09:00–10:00 ·" in text


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(("longest", "last_day"), [(480, None), (5 * 1440, True)])
def test_dragging_over_midnight_fills_the_form(
    world: World, app: Flask, new_page: Callable[..., Page], longest: int, last_day: bool | None
) -> None:
    thing = world.instrument()
    world.rules(thing, longest_minutes=longest, grid_minutes=30)
    page = new_page(viewport={"width": 1280, "height": 1300})
    sign_in_page(page, app, world.person(thing.institution))
    page.goto(f"/instruments/{thing.id}?week=2031-W10")
    page.wait_for_selector("[data-live]")
    columns = [
        box
        for day in page.locator(".week-live .ec-day").all()
        if (box := day.bounding_box()) and box["height"] > 400
    ]
    here, next_day = columns[1], columns[2]
    page.mouse.move(here["x"] + 30, here["y"] + 20 * 34 + 4)
    page.mouse.down()
    page.mouse.move(here["x"] + 30, here["y"] + 22 * 34, steps=4)
    page.mouse.move(next_day["x"] + 30, next_day["y"] + 34 + 4, steps=6)
    page.mouse.up()
    fields = {name: page.input_value(f"#booking [name={name}]") for name in ("day", "from", "until")}
    assert fields == {"day": "2031-03-04", "from": "20:00", "until": "01:30"}
    assert (page.locator("#booking [name=until_day]").count() == 1) is bool(last_day)
    if last_day:
        assert page.input_value("#booking [name=until_day]") == "2031-03-05"
    assert page.inner_text("#booking [data-said]") == "Tue 4 Mar 2031, 5 h 30 min"
