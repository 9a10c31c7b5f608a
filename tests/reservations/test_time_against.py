"""Why a time cannot be had stands beside its price as it is chosen, dragged or typed, before anything is pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.live import sign_in_page
from tests.rates.pricing_world import price, published
from tests.reservations.test_price_form import Place, shown
from tests.world import World, sign_in

HOUR = timedelta(hours=1)
TEN = datetime(2027, 3, 3, 2, tzinfo=UTC)  # Wednesday 10:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def place(world: World, now: datetime) -> Place:
    found = Place(world)
    world.rules(found.thing, shortest_minutes=60, longest_minutes=180, grid_minutes=30)
    return found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"until": "10:30"}, ["30 min is shorter than a reservation may be. Book at least 1 h at a time."]),
        ({"until": "14:00"}, ["4 h is longer than one reservation may be."]),
        ({"from": "10:10"}, ["start and end on steps of 30 min"]),
        ({"day": "2026-03-03"}, ["has passed"]),
        ({"from": "15:00", "until": "16:00"}, ["Wed 3 Mar"]),
        ({"from": "14:30", "until": "15:00"}, ["30 min is shorter"]),
        ({"day": "2027-02-01"}, ["has passed"]),
    ],
)
def test_what_is_typed(place: Place, client: FlaskClient, typed: dict[str, str], said: list[str]) -> None:
    place.world.reservation(place.thing, place.world.person(), TEN + 5 * HOUR, TEN + 6 * HOUR)
    sign_in(client, place.student)
    found = shown(client, place, **typed)
    for sentence in said:
        assert sentence in found
    assert ("data-against" in found) == bool(said)
    # The page itself says it, too, as it is opened with the same.
    page = client.get(
        f"/instruments/{place.id}",
        query_string={"day": "2027-03-03", "from": "10:00", "until": "12:00"} | typed,
    )
    assert ("data-against" in page.text) == bool(said)


def test_what_can_be_had_has_its_price_alone(place: Place, client: FlaskClient) -> None:
    sign_in(client, place.student)
    found = shown(client, place)
    assert "data-against" not in found and "CNY 120.00" in found


def test_in_chinese(place: Place, client: FlaskClient) -> None:
    sign_in(client, place.student)
    client.set_cookie("language", "zh_Hans_CN")
    query = {"day": "2027-03-03", "from": "10:00", "until": "10:30"}
    found = client.get(f"/instruments/{place.id}/price", query_string=query).text
    assert "data-against" in found and "30 分钟" in found and "shorter" not in found


def test_where_a_reservation_is_moved_to(place: Place, client: FlaskClient) -> None:
    row = place.world.reservation(place.thing, place.student, TEN, TEN + 2 * HOUR, group_id=place.group.id)
    place.world.reservation(place.thing, place.world.person(), TEN + 5 * HOUR, TEN + 6 * HOUR)
    sign_in(client, place.student)
    address = f"/reservations/{row.id}/move/price"
    for times, against in (
        (("10:30", "11:00"), True), (("14:00", "16:00"), True), (("11:00", "13:00"), False), (("10:00", "11:00"), False),
    ):  # fmt: skip
        query = {"day": "2027-03-03", "from": times[0], "until": times[1]}
        assert ("data-against" in client.get(address, query_string=query).text) is against, times


def test_what_a_quota_does_not_leave(place: Place, client: FlaskClient, world: World) -> None:
    world.quota(place.thing, amount=3, per="week", holder="person")
    held = place.world.reservation(place.thing, place.student, TEN, TEN + 2 * HOUR, group_id=place.group.id)
    sign_in(client, place.student)
    too_much = "2 h used, 1 h left; this takes 2 h. End at Thu 4 Mar, 11:00."
    assert too_much in shown(client, place, day="2027-03-04")
    assert "data-against" not in shown(client, place, day="2027-03-04", until="11:00")
    # What is moved does not count beside itself.
    address, there = f"/reservations/{held.id}/move/price", {"day": "2027-03-04", "from": "10:00"}
    assert "this takes" not in client.get(address, query_string=there | {"until": "13:00"}).text
    world.quota(place.thing, amount=1, per="day", holder="person")
    assert "this takes 3 h" in client.get(address, query_string=there | {"until": "13:00"}).text


@pytest.mark.xdist_group("browser")
def test_a_gap_that_is_too_short_is_told_while_it_is_dragged(
    world: World, app: Flask, new_page: Callable[..., Page]
) -> None:
    thing = world.instrument()
    published(thing, date(2020, 1, 1), prices=[price("own_institution", 6000)])
    world.rules(thing, shortest_minutes=60, grid_minutes=30)
    person = world.person(thing.institution)
    group = world.group(thing.institution, world.person(thing.institution))
    world.grant(person, Role.MEMBER, group)
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    ten = datetime.combine(tomorrow, datetime.min.time(), SHANGHAI) + 10 * HOUR
    for start, end in ((ten, ten + HOUR), (ten + 1.5 * HOUR, ten + 3 * HOUR)):
        world.reservation(thing, world.person(), start, end)
    page = new_page(viewport={"width": 1280, "height": 1300})
    sign_in_page(page, app, person)
    year, week, weekday = tomorrow.isocalendar()
    page.goto(f"/instruments/{thing.id}?week={year}-W{week:02}")
    page.wait_for_selector("[data-live]")
    boxes = [each.bounding_box() for each in page.locator(".week-live .ec-day").all()]
    columns = sorted((box for box in boxes if box and box["height"] > 300), key=lambda box: box["x"])
    here, first = columns[weekday - 1], int(page.locator("[data-week]").get_attribute("data-first") or 0)
    top = here["y"] + (11 - first) * 34
    page.mouse.move(here["x"] + 30, top + 3)
    page.mouse.down()
    page.mouse.move(here["x"] + 30, top + 14, steps=4)
    page.mouse.up()
    said = "30 min is shorter than a reservation may be. Book at least 1 h at a time."
    expect(page.locator("#quote [data-against]")).to_have_text(said)
    expect(page.locator(".week-live .is-chosen")).to_contain_text(said)
    assert not db.session.query(Reservation).filter_by(user_id=person.id).count()


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_what_is_dragged_over_or_from_a_taken_time_stays_as_it_was_dragged_and_is_told_to_be_taken(
    world: World, app: Flask, new_page: Callable[..., Page], language: str
) -> None:
    thing = world.instrument()
    published(thing, date(2020, 1, 1), prices=[price("own_institution", 6000)])
    world.rules(thing, shortest_minutes=30, grid_minutes=30)
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    ten = datetime.combine(tomorrow, datetime.min.time(), SHANGHAI) + 10 * HOUR
    world.reservation(thing, world.person(), ten + HOUR, ten + 2 * HOUR)
    page = new_page(viewport={"width": 1280, "height": 1300})
    sign_in_page(page, app, world.person(thing.institution))
    year, week, weekday = tomorrow.isocalendar()
    page.goto(f"/language/{language}?next=/instruments/{thing.id}?week={year}-W{week:02}")
    page.wait_for_selector("[data-live]")
    boxes = [each.bounding_box() for each in page.locator(".week-live .ec-day").all()]
    columns = sorted((box for box in boxes if box and box["height"] > 300), key=lambda box: box["x"])
    here, first = columns[weekday - 1], int(page.locator("[data-week]").get_attribute("data-first") or 0)
    top = here["y"] + (10 - first) * 34
    form = page.locator("form:has([name=until])").last
    already = "is already booked" if language == "en" else "已被预约"
    # Over it; from within it to after it, to before it, and within it alone.
    for begun, left, times, taken in (
        (0.1, 2.4, ["10:00", "12:30"], "11:00–12:00"),
        (1.6, 3.4, ["11:30", "13:30"], "11:30–12:00"),
        (1.4, 0.1, ["10:00", "11:30"], "11:00–11:30"),
        (1.1, 1.9, ["11:00", "12:00"], "11:00–12:00"),
    ):
        # What was chosen before would be dragged itself.
        page.reload()
        page.wait_for_selector("[data-live]")
        page.mouse.move(here["x"] + 30, top + begun * 34)
        page.mouse.down()
        page.mouse.move(here["x"] + 30, top + left * 34, steps=8)
        page.mouse.up()
        assert [form.locator(f"[name={name}]").input_value() for name in ("from", "until")] == times
        expect(page.locator("#quote [data-against]")).to_contain_text(f"{taken} {already}")
        expect(page.locator(".week-live .is-chosen")).to_contain_text(f"{taken} {already}")
    # A click on it chooses nothing, and by the keyboard the same is typed and told.
    page.reload()
    page.wait_for_selector("[data-live]")
    before = form.locator("[name=from]").input_value()
    page.mouse.click(here["x"] + 30, top + 1.5 * 34)
    assert form.locator("[name=from]").input_value() == before
    form.locator("[name=day]").fill(tomorrow.isoformat())
    form.locator("[name=until]").fill("13:00")
    form.locator("[name=from]").fill("11:30")
    page.keyboard.press("Tab")
    expect(page.locator("#quote [data-against]")).to_contain_text(f"11:30–12:00 {already}")


@pytest.mark.xdist_group("browser")
def test_an_own_reservation_is_still_dragged_to_another_time(
    world: World, app: Flask, new_page: Callable[..., Page]
) -> None:
    thing = world.instrument()
    world.rules(thing, shortest_minutes=30, grid_minutes=30)
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    ten, person = (
        datetime.combine(tomorrow, datetime.min.time(), SHANGHAI) + 10 * HOUR,
        world.person(thing.institution),
    )
    mine = world.reservation(thing, person, ten, ten + HOUR)
    page = new_page(viewport={"width": 1280, "height": 1300})
    sign_in_page(page, app, person)
    year, week, _ = tomorrow.isocalendar()
    page.goto(f"/instruments/{thing.id}?week={year}-W{week:02}")
    page.wait_for_selector("[data-live]")
    box = page.locator(".week-live .ec-event.is-own").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 10 + 34, steps=8)
    page.mouse.up()
    page.wait_for_url(f"**/reservations/{mine.id}/move?**from=11%3A00**")


def test_the_price_costs_a_constant_number_of_statements(
    place: Place, client: FlaskClient, statements: Any
) -> None:
    sign_in(client, place.student)
    counts = []
    for more in (1, 20):
        for number in range(more):
            place.world.reservation(place.thing, place.world.person(), TEN + (24 * more + number) * HOUR)
        shown(client, place, until="10:30")
        statements.clear()
        shown(client, place, until="10:30")
        counts.append(len(statements))
    assert counts[0] == counts[1]
