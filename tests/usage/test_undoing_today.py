"""One tap each, with undo: whatever is tapped in a lab's list of the day is taken back there by another tap."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse
from instruments.usage.walking_up import walk_up
from tests.live import faults, sign_in_page
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World, app: Flask, now: Any) -> Desk:
    found = Desk(world)
    found.set(check_in="optional", walk_up=True)
    at(app, NINE + 5 * MINUTE)
    return found


def at(app: Flask, moment: datetime) -> None:
    app.config["FROZEN_NOW"] = moment


def forms(page: str) -> dict[str, dict[str, str]]:
    """The taps of a page by their address, with what each sends; the first of each counts."""
    found: dict[str, dict[str, str]] = {}
    for address, body in re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL):
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        found.setdefault(address, {name: value.replace("&amp;", "&") for name, value in fields.items()})
    return found


def tap(client: FlaskClient, page: str, deed: str) -> str:
    """Tap it, and read the page that follows."""
    address, fields = next((each, sent) for each, sent in forms(page).items() if each.endswith(f"/{deed}"))
    answer = client.post(address, data=fields)
    assert answer.status_code == 303
    return client.get(answer.location).text


def bar(page: str) -> str:
    """What the head of the page offers to take back."""
    found = re.search(r'<div class="undo-bar.*?</div>', page, re.DOTALL)
    return found[0] if found else ""


def state(desk: Desk) -> tuple[str, list[str]]:
    db.session.rollback()
    row = db.session.get_one(Reservation, desk.reservation.id, populate_existing=True)
    return row.state, [each.state for each in db.session.query(InstrumentUse).order_by(InstrumentUse.id)]


def test_each_tap_is_taken_back_from_the_head_of_the_list(desk: Desk, client: FlaskClient) -> None:
    address = f"/labs/{desk.lab.id}/today"
    page = sign_in(client, desk.operator).get(address).text
    assert bar(page) == ""
    page = tap(client, page, "check-in")
    assert "Take the check-in back" in bar(page) and state(desk) == ("confirmed", ["running"])
    page = tap(client, bar(page), "undo")
    assert bar(page) == "" and state(desk) == ("confirmed", ["void"])
    page = tap(client, page, "check-in")
    page = tap(client, page, "finish")
    assert "Take the finish back" in bar(page) and state(desk) == ("done", ["void", "waiting"])
    page = tap(client, bar(page), "undo-finish")
    # It runs again: the check-in itself is fresh enough to be taken back, too.
    assert "Take the check-in back" in bar(page) and state(desk) == ("confirmed", ["void", "running"])
    page = tap(client, bar(page), "undo")
    page = tap(client, page, "no-show")
    assert "Let it stand again" in bar(page) and state(desk)[0] == "no_show"
    page = tap(client, bar(page), "stand-again")
    assert bar(page) == "" and state(desk)[0] == "confirmed"


def test_what_is_over_keeps_its_undo_in_its_row_as_long_as_it_can_be_taken_back(
    desk: Desk, client: FlaskClient, app: Flask
) -> None:
    number = desk.checked_in(NINE + MINUTE)
    address = f"/labs/{desk.lab.id}/today"
    page = tap(client, sign_in(client, desk.operator).get(address).text, "finish")
    row = client.get(address).text.split('id="list-over"')[1]
    assert f"/uses/{number}/undo-finish" in row
    assert "?" not in forms(row)[f"/uses/{number}/undo-finish"]["back"]
    at(app, NINE + 25 * MINUTE)
    late = client.get(f"{address}?tapped=use-{number}").text
    assert bar(late) == "" and "undo-finish" not in late
    # Tapped from an older page it is refused in words, and nothing changes.
    answer = client.post(f"/uses/{number}/undo-finish", data=forms(page)[f"/uses/{number}/undo-finish"])
    assert "too long ago" in client.get(answer.location).text and state(desk) == ("done", ["waiting"])


def test_what_somebody_began_without_a_reservation_is_taken_back_too(
    desk: Desk, client: FlaskClient, app: Flask
) -> None:
    other = desk.world.instrument(desk.lab)
    number = done(walk_up, desk.actor(desk.operator), other.id, NINE + HOUR, None, NINE + 4 * MINUTE)
    address = f"/labs/{desk.lab.id}/today"
    page = sign_in(client, desk.operator).get(address).text
    assert f"/uses/{number}/undo" in forms(page)
    page = tap(client, page, "finish")
    assert f"/uses/{number}/undo-finish" in forms(bar(page))


def test_nothing_of_elsewhere_is_offered(desk: Desk, client: FlaskClient, world: World) -> None:
    address = f"/labs/{desk.lab.id}/today"
    sign_in(client, desk.operator)
    for asked in ("use-999999999", "reservation-", "use", "nonsense-1", "reservation-1%20OR%201"):
        page = client.get(f"{address}?tapped={asked}")
        assert page.status_code == 200 and bar(page.text) == ""
    # From the page of the reservation one goes back to it, without it.
    page = client.get(f"/reservations/{desk.reservation.id}").text
    fields = forms(page)[f"/reservations/{desk.reservation.id}/check-in"]
    answer = client.post(f"/reservations/{desk.reservation.id}/check-in", data=fields)
    assert answer.location == f"/reservations/{desk.reservation.id}"


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Check in", "Finish", "Take the finish back")), ("zh_Hans_CN", ("签到", "结束使用", "撤销结束")),
])  # fmt: skip
def test_on_a_phone_each_is_one_tap_and_one_tap_back(
    world: World, app: Flask, new_page: Any, language: str, words: tuple[str, str, str]
) -> None:
    desk = Desk(world)
    desk.set(check_in="optional")
    now = datetime.now(UTC)
    row = world.reservation(world.instrument(desk.lab), desk.user, now - 5 * MINUTE, now + HOUR).id
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    sign_in_page(page, app, desk.operator)
    page.goto(f"/language/{language}?next=/labs/{desk.lab.id}/today")
    begin, finish, back = words
    page.locator(".taps button", has_text=begin).first.tap()
    page.locator(".taps button", has_text=finish).first.tap()
    bar = page.locator(".undo-bar button", has_text=back)
    bar.wait_for()
    assert faults(page) == [] and page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    bar.tap()
    page.locator(".undo-bar button", has_text=back).wait_for(state="detached")
    db.session.rollback()
    uses = [each.state for each in db.session.query(InstrumentUse).filter_by(reservation_id=row)]
    assert uses == ["running"] and db.session.get_one(Reservation, row).state == "confirmed"
