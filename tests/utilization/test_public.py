"""The public page: strangers see what the manager of an institution chose of a year, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.utilization import tasks
from tests.live import faults, sign_in_page, violations
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_boards import Board
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in

SCOPES = "usage:read usage:write"
BOTH = {"period": "2026", "hours": True, "served": True}


@pytest.fixture
def board(app: Flask, world: World) -> Board:
    app.config["FROZEN_NOW"] = NOW
    return Board(world)


def choose(client, board: Board, who: str = "manager", **changed: object):
    headers = bearer(board.world.token(getattr(board, who), SCOPES)) | {"If-Match": "*"}
    address = f"/api/v1/institutions/{board.homes[0].id}/sharing/choice"
    return client.put(address, json=BOTH | changed, headers=headers)


def guests(board: Board) -> None:
    """Five persons of a company, and five of its own, use something here for an hour each."""
    firm = board.world.institution(kind="company")
    for home, hours in ((firm, "09:00-10:00"), (board.homes[0], "13:00-14:00")):
        for number in range(5):
            facts.use(board.thing, board.world.person(home), span(f"2026-05-1{number}", hours))
    tasks.keep_up()


def test_who_chooses(client, board) -> None:
    page = f"/institutions/{board.homes[0].id}/sharing/edit"
    for who, status in (
        ("manager", 200),
        ("auditor", 403),
        ("platform", 403),
        ("keeper", 403),
        ("elsewhere", 403),
    ):
        assert choose(client, board, who).status_code == status, who
        sign_in(client, getattr(board, who))
        assert client.get(page).status_code == status, who


def test_strangers_see_what_was_chosen_and_nothing_else(client, board) -> None:
    home = board.homes[0].id
    page, program = f"/institutions/{home}/sharing", f"/api/v1/institutions/{home}/sharing"
    assert (client.get(page).status_code, client.get(program).status_code) == (404, 404)
    assert "Shared with others" not in client.get(f"/institutions/{home}").text
    choose(client, board)
    told = client.get(program).json
    assert (told["hours_shared"], told["institutions_served"], told["companies_served"]) == (None, None, 0)
    assert told["withheld_figures"] == ["hours_shared", "instruments_that_served", "institutions_served"]
    assert "Withheld: fewer than five persons stand behind it." in client.get(page).text
    choose(client, board, served=False)
    assert "These figures are withheld" in client.get(page).text
    choose(client, board)
    guests(board)
    told = client.get(program).json
    # Five persons of the company stand behind the hours and the company; one alone behind the other institution.
    assert (told["hours_shared"], told["institutions_served"], told["companies_served"]) == ("27.0", None, 1)
    assert (told["withheld"], told["withheld_figures"], told["old"]) == (True, ["institutions_served"], False)
    assert "Shared with others" in client.get(f"/institutions/{home}").text
    choose(client, board, hours=False)
    told = client.get(program).json
    assert (told["hours_shared"], told["instruments_that_served"], told["companies_served"]) == (
        None,
        None,
        1,
    )
    assert "Hours shared" not in client.get(page).text
    choose(client, board, hours=False, served=False)
    assert (client.get(page).status_code, client.get(program).status_code) == (404, 404)


def test_hours_are_withheld_where_few_of_its_own_had_the_others(client, board) -> None:
    """Managers elsewhere may be told all effective hours of its instruments: less those for others, they are its own."""
    firm = board.world.institution(kind="company")
    for number in range(5):
        facts.use(board.thing, board.world.person(firm), span(f"2026-05-1{number}", "09:00-10:00"))
    tasks.keep_up()
    choose(client, board)
    told = client.get(f"/api/v1/institutions/{board.homes[0].id}/sharing").json
    assert (told["hours_shared"], told["withheld_figures"][0]) == (None, "hours_shared")


def test_a_year_that_is_no_year_or_not_over_is_refused(client, board) -> None:
    for period, code in (
        ("2026-11", "a_year"),
        ("2027", "a_year"),
        ("2026/27", "a_year"),
        ("soon", "period"),
    ):
        told = choose(client, board, period=period)
        assert (told.status_code, told.json["reasons"][0]["code"]) == (422, code), period
    assert choose(client, board, period="2025/26").status_code == 200


def test_a_year_that_overlaps_one_told_before_is_refused_for_good(client, board) -> None:
    assert choose(client, board, period="2025").status_code == 200
    for period in ("2025/26", "2024/25"):
        told = choose(client, board, period=period)
        assert (told.status_code, told.json["reasons"][0]["code"]) == (422, "overlaps"), period
        assert "2025 was told before" in told.json["reasons"][0]["message"]
    # What strangers saw stays known when it is taken back.
    assert choose(client, board, period="2025", hours=False, served=False).status_code == 200
    assert choose(client, board, period="2025/26").status_code == 422
    # Years that share no month with it may follow, and the same one may come back.
    assert [choose(client, board, period=each).status_code for each in ("2026", "2025", "2023/24")] == [
        200
    ] * 3
    sign_in(client, board.manager)
    page = client.get(f"/institutions/{board.homes[0].id}/sharing/edit").text
    assert ('value="2025"' in page, 'value="2025/26"' in page) == (True, False)


def test_two_who_choose_at_once(client, board) -> None:
    sign_in(client, board.manager)
    address = f"/institutions/{board.homes[0].id}/sharing/edit"
    assert client.post(address, data={"period": "2026", "hours": "1", "version": "0"}).status_code == 303
    assert client.post(address, data={"period": "2026", "served": "1", "version": "0"}).status_code == 412


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    board = Board(world)
    guests(board)
    page = view()
    sign_in_page(page, app, board.manager)
    page.goto(f"/institutions/{board.homes[0].id}/sharing/edit")
    page.check("#f-hours")
    page.check("#f-served")
    page.click("main form button")
    page.wait_for_selector("main .page-actions a")
    found = violations(page)
    page.click("main .page-actions a")
    page.wait_for_selector("h1")
    assert found + faults(page) == []


def test_a_year_in_which_records_begin_says_so_to_everybody(client, board) -> None:
    guests(board)
    choose(client, board)
    home = board.homes[0].id
    first = client.get(f"/api/v1/institutions/{home}/sharing").json["records_begin"]
    assert first > "2026-01-01"
    said = "of the days before, no use is known"
    assert said in client.get(f"/institutions/{home}/sharing").text
    sign_in(client, board.manager)
    assert said in client.get(f"/institutions/{home}/sharing/edit").text
    facts.use(board.thing, board.world.person(board.homes[0]), span("2026-01-01", "00:00-10:00"))
    tasks.keep_up()
    assert client.get(f"/api/v1/institutions/{home}/sharing").json["records_begin"] is None
    assert said not in client.get(f"/institutions/{home}/sharing").text
