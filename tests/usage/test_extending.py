"""Staying longer is offered where it can be, as far as it can be; else it is said who is in the way, and when they begin."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.usage.carrying_on import extend
from instruments.usage.checking_in import check_in
from instruments.usage.lookup import use_row
from instruments.usage.staying import longer
from tests.charges.scene import MORNING, Scene
from tests.conftest import Statements
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    return Desk(world)


def test_nobody_is_offered_to_extend_what_is_over(app, client: FlaskClient, desk: Desk) -> None:
    number = desk.checked_in(NINE)
    sign_in(client, desk.user)
    for late, offered in ((-MINUTE, True), (0 * MINUTE, False), (20 * MINUTE, False)):
        app.config["FROZEN_NOW"] = NINE + 2 * HOUR + late
        page = client.get(f"/uses/{number}").text
        assert "In use" in page and f"/uses/{number}/finish" in page
        assert (f"/uses/{number}/extend" in page) == offered


@pytest.mark.parametrize(
    ("follows", "capacity", "offered", "end"),
    [
        (None, 1, "Extend by 30 min", 30),
        (0, 1, "It cannot be extended: the next reservation begins at 11:00.", None),
        (5, 1, "It cannot be extended: the next reservation begins at 11:05.", None),
        (15, 1, "Extend until 11:15", 15),
        (30, 1, "Extend by 30 min", 30),
        (60, 1, "Extend by 30 min", 30),
        (0, 2, "Extend by 30 min", 30),
    ],
)
def test_staying_longer_is_offered_as_far_as_it_can_be(
    world: World, app, client: FlaskClient, follows: int | None, capacity: int, offered: str, end: int | None
) -> None:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    desk = Desk(world, capacity)
    if follows is not None:
        start = NINE + 2 * HOUR + follows * MINUTE
        world.reservation(desk.instrument, world.person(desk.home), start, start + HOUR)
    number = desk.checked_in(NINE)
    version = desk.use(number).version
    sign_in(client, desk.user)
    for address in (f"/reservations/{desk.reservation.id}", f"/uses/{number}"):
        page = client.get(address).text
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert offered in words
        assert (f"/uses/{number}/extend" in page) == (end is not None)
    sent = client.post(f"/uses/{number}/extend", data={"version": version}, follow_redirects=True)
    assert end is not None or offered in sent.text
    assert desk.held()[1] == NINE + 2 * HOUR + (end or 0) * MINUTE


# --- The last moment that is really accepted


def shut(desk: Desk, minutes: int) -> None:
    start = NINE + 2 * HOUR + minutes * MINUTE
    desk.world.closure(desk.instrument, start, start + HOUR, reason="Laser")


def closes(desk: Desk, at: str) -> None:
    desk.world.hours(desk.instrument, f"Mon-Sun 00:00-{at}", valid_from=date(2027, 1, 2))


def longest(desk: Desk, minutes: int) -> None:
    desk.world.rules(desk.instrument, longest_minutes=minutes)


def quota(desk: Desk, minutes: int) -> None:
    """Three hours a day, of which so many minutes are left."""
    start = NINE + 6 * HOUR
    desk.world.reservation(desk.instrument, desk.user, start, start + HOUR - minutes * MINUTE)
    desk.world.quota(desk.instrument, per="day", amount=3)


LAST = [
    ("closing time", lambda desk: closes(desk, "11:15"), 15, ""),
    ("it closes with it", lambda desk: closes(desk, "11:00"), None, "closed"),
    ("closing within a step of the grid", lambda desk: closes(desk, "11:10"), None, "closed"),
    ("a closure", lambda desk: shut(desk, 15), 15, ""),
    ("a closure at its end", lambda desk: shut(desk, 0), None, "Laser"),
    ("the longest", lambda desk: longest(desk, 135), 15, ""),
    ("as long as one may be", lambda desk: longest(desk, 120), None, "longer than one reservation may be"),
    ("a quota", lambda desk: quota(desk, 15), 15, ""),
    ("a quota that is used up", lambda desk: quota(desk, 0), None, "The quota is"),
    ("nothing", lambda _desk: None, 30, ""),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "arrange", "end", "why"), LAST, ids=[each[0] for each in LAST])
def test_the_last_end_that_is_accepted_is_offered_and_none_where_none_is(
    app,
    client: FlaskClient,
    desk: Desk,
    _what: str,
    arrange: Callable[[Desk], None],
    end: int | None,
    why: str,
) -> None:
    number = desk.checked_in(NINE)
    arrange(desk)
    until = NINE + 2 * HOUR + (end or 0) * MINUTE
    found = longer(desk.actor(), use_row(number, desk.actor()), NINE + 5 * MINUTE)
    assert found.until == (until if end else None)
    sign_in(client, desk.user)
    for address in (
        f"/reservations/{desk.reservation.id}",
        f"/uses/{number}",
        f"/instruments/{desk.instrument.id}/here",
    ):
        page = client.get(address).text
        assert (f"/uses/{number}/extend" in page) == (end is not None), address
        assert why in page and (end is not None) == ("It cannot be extended" not in page), address
    page = sign_in(client, desk.operator).get(f"/labs/{desk.lab.id}/today?show=in_use").text
    assert (f"/uses/{number}/extend" in page) == (end is not None)
    # One step of the grid more is refused, and so is a tap on a page of before.
    beyond = until + 15 * MINUTE
    if end != 30:
        assert refused(extend, desk.actor(), number, beyond, None, NINE + 5 * MINUTE)
    client.post(f"/uses/{number}/extend", data={"version": desk.use(number).version})
    assert desk.held()[1] == until


def test_what_a_fund_cannot_bear_is_not_offered(world: World, app, client: FlaskClient) -> None:
    scene = Scene(world)
    reservation = scene.reservation()
    scene.grant.budget_units = 100
    db.session.commit()
    app.config["FROZEN_NOW"] = MORNING
    number = done(check_in, scene.actor(scene.student), reservation.id, None, MORNING)
    row = use_row(number, scene.actor(scene.student))
    found = longer(scene.actor(scene.student), row, MORNING)
    assert found.until is None and found.against is not None
    assert refused(extend, scene.actor(scene.student), number, row.held_ends_at + 15 * MINUTE, None, MORNING)
    page = sign_in(client, scene.student).get(f"/uses/{number}").text
    assert f"/uses/{number}/extend" not in page and "It cannot be extended." in page
    scene.grant.budget_units = 10_000_000
    db.session.commit()
    assert longer(scene.actor(scene.student), row, MORNING).until == row.held_ends_at + 30 * MINUTE


def test_in_chinese_it_is_said_why_not(app, client: FlaskClient, desk: Desk) -> None:
    number = desk.checked_in(NINE)
    longest(desk, 120)
    sign_in(client, desk.user)
    client.set_cookie("language", "zh_Hans_CN")
    assert "无法延长" in client.get(f"/uses/{number}").text


def test_looking_for_the_last_end_is_short_to_ask(app, desk: Desk, statements: Statements) -> None:
    number = desk.checked_in(NINE)
    row, actor = use_row(number, desk.actor()), desk.actor()
    needed = []
    for arrange in (lambda: None, lambda: shut(desk, 15)):
        arrange()
        longer(actor, row, NINE + 5 * MINUTE)
        statements.clear()
        longer(actor, row, NINE + 5 * MINUTE)
        needed.append(len(statements))
    assert needed[0] <= 10 and needed[1] <= 30, needed
