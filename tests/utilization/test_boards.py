"""Views saved under a name, targets with their gap, and reference lines of the field: whose, for whom, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.utilization import periods
from instruments.utilization.boards.lines import lines_of
from instruments.utilization.boards.models import SavedView
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.figures import Figure
from tests.live import faults, sign_in_page
from tests.utilization.test_idle import House
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in

SCOPES = "usage:read usage:write"


class Board(House):
    """The same with somebody of the platform."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.platform = world.person(self.homes[0])
        world.grant(self.platform, Role.PLATFORM_ADMINISTRATOR)
        self.home = f"institution-{self.homes[0].id}"


@pytest.fixture
def board(app: Flask, world: World) -> Board:
    app.config["FROZEN_NOW"] = NOW
    return Board(world)


def figure(code: str, value: Fraction | None) -> Figure:
    return Figure(code, DEFINITIONS[code], Fraction(), None, value, 1)


def test_lines_are_brought_to_the_length_of_the_period() -> None:
    mean, full = lines_of(figure("per_instrument", Fraction(1200)), periods.read("2026"), None)
    assert (mean.a_year, mean.gap, full.gap) == (1599, -399, 0)
    [external] = lines_of(figure("external_per_instrument", None), periods.read("2026-11"), None)
    assert (external.value, external.gap) == (Fraction(273 * 30, 365), None)
    [mean] = lines_of(figure("shared_by_hours", Fraction(273, 1599)), periods.read("2026-11"), None)
    assert (round(float(mean.value), 4), mean.gap) == (0.1707, 0)
    target, *_ = lines_of(figure("per_instrument", Fraction(100)), periods.read("2026-11"), Fraction(730))
    assert (target.is_target, target.value, target.gap) == (True, 60, 40)
    [share] = lines_of(figure("utilization", Fraction(1, 2)), periods.read("2026-11"), Fraction(3, 5))
    assert (share.value, share.gap) == (Fraction(3, 5), Fraction(-1, 10))


def put(client, board: Board, who: str, of: str, **body: object):
    told = {"of": of, "figure": "utilization", "value": "0.6"} | body
    return client.put(
        "/api/v1/utilization/targets",
        json=told,
        headers=bearer(board.world.token(getattr(board, who), SCOPES)),
    )


def test_who_sets_targets_and_of_what(client, board) -> None:
    lab, thing = f"lab-{board.lab.id}", f"instrument-{board.thing.id}"
    for who, of, status in (
        ("manager", board.home, 200), ("manager", lab, 200), ("manager", "platform", 404), ("platform", "platform", 200),
        ("keeper", lab, 403), ("manager", thing, 200), ("platform", thing, 200), ("keeper", thing, 403),
        ("elsewhere", thing, 404), ("auditor", board.home, 403), ("elsewhere", board.home, 404),
    ):  # fmt: skip
        assert put(client, board, who, of).status_code == status, (who, of)
    for body, codes in (
        ({"figure": "uses"}, {"choice"}),
        ({"value": "1.5"}, {"share"}),
        ({"figure": "per_instrument", "value": "9000"}, {"hours"}),
        ({"of": f"instrument-{board.thing.id}", "figure": "shared_by_count"}, {"choice"}),
    ):
        told = put(client, board, "manager", str(body.pop("of", board.home)), **body)
        assert {reason["code"] for reason in told.json["reasons"]} == codes
    gone = put(client, board, "manager", board.home, value=None)
    assert "utilization" not in gone.json["lines"]
    assert gone.json["lines"]["per_instrument"][0]["a_year"] == "1599"


def test_a_target_stands_beside_its_figure_with_the_gap(client, board) -> None:
    sign_in(client, board.manager)
    of = {"of": board.home, "period": "2026"}
    refused = client.post("/utilization/targets", data=of | {"figure": "utilization", "value": "much"})
    assert (refused.status_code, 'href="#f-value">Write a number.' in refused.text) == (422, True)
    assert 'name="value" value="much"' in refused.text
    refused = client.post("/utilization/views", data=of | {"name": "", "for": "institution"})
    assert (refused.status_code, 'href="#f-name">Give it a name.' in refused.text) == (422, True)
    assert '<option value="institution" selected' in refused.text
    client.post("/utilization/targets", data=of | {"figure": "utilization", "value": "60 %"})
    page = client.get(f"/utilization?of={board.home}&period=2026").text
    assert "target 60.0%" in page
    assert "points below" in page
    assert "Target: 60.0%, the dotted line." in page
    told = client.get(
        f"/api/v1/utilization/targets?of={board.home}&period=2026",
        headers=bearer(board.world.token(board.manager, SCOPES)),
    ).json["lines"]["utilization"]
    assert (told[0]["value"], float(told[0]["gap"]) < 0) == ("0.6", True)
    assert "target 60.0%" not in client.get(f"/utilization?of={board.home}&period=2026&class=01").text
    assert "1,599" in client.get(f"/utilization?of={board.home}&period=2026&open=per_instrument").text


def test_saved_views_are_mine_or_of_my_institution(client, board) -> None:
    sign_in(client, board.manager)
    view = {"of": board.home, "period": "2026", "per": "open"}
    client.post("/utilization/views", data=view | {"name": "A year", "for": "institution"})
    client.post("/utilization/views", data=view | {"name": "Mine"})
    page = client.get("/utilization").text
    assert f"/utilization?of={board.home}&amp;period=2026&amp;per=open" in page
    sign_in(client, board.auditor)
    page = client.get("/utilization").text
    assert ("A year" in page, "Mine" in page, "Give up: A year" in page) == (True, False, False)
    assert (
        client.post("/utilization/views", data=view | {"name": "x", "for": "institution"}).status_code == 403
    )
    sign_in(client, board.elsewhere)
    number = db.session.scalar(select(SavedView.id).where(SavedView.name == "Mine"))
    own = {"of": f"institution-{board.homes[1].id}"}
    assert client.post(f"/utilization/views/{number}/give-up", data=own).status_code == 404
    assert client.post("/utilization/views", data=view | {"name": "x"}).status_code == 404


def test_programs_save_views_too(client, board) -> None:
    key = bearer(board.world.token(board.manager, SCOPES))
    body = {"name": "Year", "of": board.home, "period": "2026/27", "for": "institution"}
    made = client.post("/api/v1/utilization/views", json=body, headers=key)
    assert (made.status_code, made.json["shared"]) == (201, True)
    assert made.json["path"] == f"/utilization?of={board.home}&period=2026%2F27&against=year"
    again = client.post("/api/v1/utilization/views", json=body, headers=key)
    assert {reason["code"] for reason in again.json["reasons"]} == {"name_taken"}
    empty = client.post("/api/v1/utilization/views", json={"name": " "}, headers=key)
    assert {reason["code"] for reason in empty.json["reasons"]} == {"missing"}
    number = made.json["id"]
    assert client.delete(f"/api/v1/utilization/views/{number}", headers=key).status_code == 204
    assert client.get("/api/v1/utilization/views", headers=key).json == {"items": []}


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    board = Board(world)
    page = view()
    sign_in_page(page, app, board.manager)
    page.goto(f"/utilization?of={board.home}&period=2026&open=utilization")
    page.fill("#f-value", "60")
    page.click(".target-form button")
    page.wait_for_selector("text=60.0%")
    page.click(".saved-views summary")
    page.fill("#f-name", "A view with a long name, to see how it is broken on a narrow screen of a phone")
    page.click(".saved-views .view-form button")
    page.click(".saved-views summary")
    assert faults(page) == []
