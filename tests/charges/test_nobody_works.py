"""A month that is being issued while no worker runs says so: on the page, to programs, and to who watches the installation."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.tasks import issue_unfinished
from instruments.database.transactions import perform
from tests.charges.scene import Scene
from tests.charges.test_closing import MONTH, begin, mixed
from tests.charges.test_month_end_api import Program
from tests.conftest import NOW
from tests.world import World, sign_in

SAID = "Nobody has worked on it since"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def later(app: Flask, minutes: int) -> None:
    app.config["FROZEN_NOW"] = NOW + minutes * MINUTE


def test_it_is_said_after_a_while_and_goes_on_by_itself(
    client: FlaskClient, app: Flask, scene: Scene
) -> None:
    mixed(scene, 6)
    number = begin(scene)
    sign_in(client, scene.finance)
    page = f"/institutions/{scene.house.id}/months/{MONTH}"

    def seen(address: str) -> str:
        return client.get(address).get_data(as_text=True)

    later(app, 1)
    assert SAID not in seen(page) and "Numbering the statements" in seen(page)
    later(app, 3)
    for address in (page, f"{page}/progress"):
        found = seen(address)
        assert f"{SAID} Mon 1 Mar, 08:00" in found and "Not begun yet" in found
        assert f"charges close {MONTH} --institution {scene.house.id}" in found
    assert "目前无人处理" in seen(f"{page}?lang=zh")
    # A worker comes, and is killed among the statements.
    for at_once in (1, 1):
        perform(partial(issue_some, number, NOW + 3 * MINUTE, at_once))
    assert SAID not in seen(f"{page}/progress?lang=en")
    later(app, 5)
    assert f"{SAID} Mon 1 Mar, 08:03" in seen(f"{page}/progress?lang=en")
    assert "1 of 3 statements issued" in seen(f"{page}/progress")
    assert issue_unfinished() == 1
    done = seen(f"{page}/progress")
    assert SAID not in done and "All 3 statements are issued." in done
    # The mark beside the title follows.
    assert 'id="month-state" hx-swap-oob="true"' in done and "Being issued" not in done


def test_programs_and_who_watches_are_told(
    client: FlaskClient, world: World, app: Flask, scene: Scene
) -> None:
    mixed(scene, 3)
    begin(scene)
    ask, month = Program(client, world, scene.finance), f"/institutions/{scene.house.id}/months/{MONTH}"
    assert ask("GET", month).json["idle_since"] is None
    assert "statements: 1 waiting, the oldest for 0 s" in client.get("/readyz").get_data(as_text=True)
    later(app, 2)
    assert ask("GET", month).json["idle_since"] == "2027-03-01T08:00:00+08:00"
    assert "statements: 1 waiting, the oldest for 120 s" in client.get("/readyz").get_data(as_text=True)
    issue_unfinished()
    assert ask("GET", month).json["idle_since"] is None
    assert "statements: 0 waiting" in client.get("/readyz").get_data(as_text=True)


def test_what_is_not_issued_yet_fits_nothing(client: FlaskClient, scene: Scene) -> None:
    mixed(scene, 3)
    begin(scene)
    sign_in(client, scene.finance)
    page = client.get(f"/institutions/{scene.house.id}/months/{MONTH}?left=1&q=x").get_data(as_text=True)
    assert "No statement fits" not in page and "Nothing was owed" not in page
