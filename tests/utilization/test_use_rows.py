"""The uses behind an instrument's figure: who sees them, and that they add up to it; charts that filter and are taken away."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.utilization import periods
from instruments.utilization.adding import totals_in
from instruments.utilization.sums import Selection
from instruments.utilization.use_rows import use_rows
from tests.live import faults, sign_in_page, violations
from tests.utilization.test_boards import Board
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in


@pytest.fixture
def board(app: Flask, world: World) -> Board:
    app.config["FROZEN_NOW"] = NOW
    return Board(world)


@pytest.mark.parametrize("period", ["2026", "2026-03", "2026-12", "2026-03-04..2026-03-31", "2027-01"])
def test_the_rows_add_up_to_the_figure(board, period) -> None:
    when = periods.read(period)
    for thing in board.things:
        rows = use_rows(thing.id, when, NOW)
        totals = totals_in(Selection(instrument_id=thing.id), when, NOW)
        for name, parts in (
            ("effective", [row.hours for row in rows]),
            ("external", [row.external for row in rows]),
        ):
            assert abs(sum(parts, Fraction()) - totals.measure(name)) < Fraction(1, 1000), (thing.id, name)
        assert sum(row.counts for row in rows) == totals.measure("uses")
        assert sum(row.samples for row in rows) == totals.measure("samples")


def test_who_sees_them(client, board) -> None:
    of = f"instrument-{board.thing.id}"
    for who, status in (
        ("manager", 200),
        ("auditor", 200),
        ("keeper", 200),
        ("platform", 200),
        ("elsewhere", 404),
    ):
        person = getattr(board, who)
        sign_in(client, person)
        for ending in ("", ".csv", ".xlsx"):
            answer = client.get(f"/utilization/uses{ending}?of={of}&period=2026")
            assert answer.status_code == status, (who, ending)
        key = bearer(board.world.token(person, "usage:read"))
        told = client.get(f"/api/v1/utilization/uses?of={of}&period=2026&limit=2", headers=key)
        assert told.status_code == status, who
    sign_in(client, board.manager)
    assert client.get(f"/utilization/uses?of={board.home}&period=2026").status_code == 404
    assert "Nothing was used in this period" in client.get(f"/utilization/uses?of={of}&period=2026-05").text
    key = bearer(board.world.token(board.manager, "usage:read"))
    first = client.get(f"/api/v1/utilization/uses?of={of}&period=2026&limit=2", headers=key).json
    assert (len(first["items"]), bool(first["next"])) == (2, True)


INK, DARK_INK, ON_PAPER = "rgb(69, 78, 92)", "rgb(180, 188, 200)", "rgb(0, 0, 0)"
# The look's second ink, as the first label of an axis shows it.
LABEL = "[...document.querySelectorAll('svg text')].map(each => getComputedStyle(each).fill)"


def test_charts_follow_light_dark_and_paper(
    view: Callable[[], Page], app: Flask, world: World, tmp_path: Path
) -> None:
    """While the page is open, and as a picture that is opened elsewhere."""
    app.config["FROZEN_NOW"] = None
    board = Board(world)
    page = view()
    page.emulate_media(color_scheme="light")
    sign_in_page(page, app, board.manager)
    page.goto(f"/utilization?of={board.home}&period=2026-10")
    page.wait_for_selector("[data-chart=trend] svg")

    def inks() -> set[str]:
        return set(page.evaluate(LABEL.replace("svg", "[data-chart] svg"))) & {INK, DARK_INK, ON_PAPER}

    assert inks() == {INK}
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-bs-theme=dark]").wait_for(state="attached")
    assert inks() == {DARK_INK}
    page.emulate_media(color_scheme="dark", media="print")
    assert inks() == {ON_PAPER}
    page.emulate_media(color_scheme="dark", media="screen")
    with page.expect_download() as taken:
        page.locator("section", has=page.locator("[data-chart=trend]")).locator("[data-picture=svg]").click()
    taken.value.save_as(tmp_path / "trend.svg")
    drawing = (tmp_path / "trend.svg").read_text(encoding="utf-8")
    assert (
        "var(" not in drawing
        and 'fill="#454e5c" data-fill="ink2"' in drawing
        and 'fill="#fff" data-fill="paper"' in drawing
    )
    page.goto((tmp_path / "trend.svg").as_uri())
    looks = {}
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        page.emulate_media(color_scheme=scheme, media=media)
        looks[scheme, media] = set(page.evaluate(LABEL)) & {INK, DARK_INK}
    assert looks == {("light", "screen"): {INK}, ("dark", "screen"): {DARK_INK}, ("dark", "print"): {INK}}


def test_charts_filter_and_are_taken_away(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    board = Board(world)
    page = view()
    sign_in_page(page, app, board.manager)
    page.goto(f"/utilization?of={board.home}&period=2026-10")
    page.wait_for_selector("[data-chart=trend] svg")
    trend = page.locator("section", has=page.locator("[data-chart=trend]"))
    for kind, begin in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as taken:
            trend.locator(f"[data-picture={kind}]").click()
        assert taken.value.suggested_filename == f"trend-{board.home}-2026-10.{kind}"
        assert taken.value.path().read_bytes().startswith(begin)
    assert violations(page) == []
    box = page.locator("[data-chart=trend]").bounding_box()
    assert box is not None
    page.locator("[data-chart=trend]").click(position={"x": box["width"] / 2, "y": 100})
    page.wait_for_url(lambda address: "period=2026-10" not in address)
    page.goto(f"/utilization/uses?of=instrument-{board.thing.id}&period=2026")
    assert faults(page) == []
