"""Staying longer is offered where it can be, as far as it can be; else it is said who is in the way, and when they begin."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.usage.desk import HOUR, MINUTE, NINE, Desk
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
