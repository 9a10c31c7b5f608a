"""The week beside the form that moves a reservation: its own time counts as free, and the week follows the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from instruments.reservations.models import Reservation
from tests.live import sign_in_page
from tests.world import World

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def held(world: World) -> Reservation:
    """An hour from now on in three days, at noon in Shanghai."""
    start = (datetime.now(UTC) + timedelta(days=3)).replace(hour=4, minute=0, second=0, microsecond=0)
    return world.reservation(world.instrument(), world.person(world.institution()), start)


def opened(page: Page, app: Flask, held: Reservation) -> Page:
    """The page that moves it, for the person who uses it."""
    sign_in_page(page, app, held.user)
    page.goto(f"/reservations/{held.id}/move")
    return page


def test_its_own_time_is_what_is_chosen_not_what_stands_in_the_way(
    page: Page, app: Flask, held: Reservation
) -> None:
    opened(page, app, held)
    expect(page.locator(".ec-event.is-chosen")).to_contain_text("12:00–13:00")
    expect(page.locator(".ec-event.state-yours")).to_have_count(0)


def test_the_week_follows_the_day_that_is_typed(page: Page, app: Flask, held: Reservation) -> None:
    opened(page, app, held)
    expect(page.locator(".ec-event.is-chosen")).to_be_visible()
    before = page.inner_text("[data-week-title]")
    later = (held.starts_at + timedelta(days=14)).date()
    page.fill("#f-day", later.isoformat())
    page.locator("#f-day").blur()
    expect(page.locator("[data-week-title]")).not_to_have_text(before)
    expect(page.locator(".ec-event.is-chosen")).to_contain_text("12:00–13:00")
    page.get_by_role("button", name="Week before").click()
    expect(page.locator(".ec-event.is-chosen")).to_have_count(0)


def test_without_scripts_a_link_leads_to_the_week(
    new_page: Callable[..., Page], app: Flask, held: Reservation
) -> None:
    page = opened(new_page(java_script_enabled=False), app, held)
    assert page.locator(".with-scripts").is_hidden()
    assert page.get_by_role("link", name="Open the week").is_visible()


def test_of_what_has_begun_only_the_end_is_dragged(page: Page, app: Flask, world: World) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    noon_there = f"Etc/GMT{hour.hour - 12:+}"  # these names count westwards
    thing = world.instrument(world.lab(zone=noon_there))
    row = world.reservation(
        thing, world.person(world.institution()), hour - timedelta(hours=2), hour + timedelta(hours=2)
    )
    opened(page, app, row)
    chosen = page.locator(".ec-event.is-chosen")
    expect(chosen).to_contain_text("10:00–14:00")
    drag(page, chosen, 30, 90)
    expect(chosen).to_contain_text("10:00–14:00")
    drag(page, chosen.locator(".ec-resizer"), 2, 90)
    expect(chosen).not_to_contain_text("–14:00")
    assert page.input_value("#f-from") == "10:00"
    page.get_by_role("button", name="Save the change").first.click()
    expect(page.get_by_text("Changed.")).to_be_visible()


def drag(page: Page, what: Locator, at: float, by: float) -> None:
    """From so far below the upper edge, downwards."""
    what.evaluate("each => each.scrollIntoView({ block: 'center' })")
    box = what.bounding_box()
    across = box["x"] + box["width"] / 2
    page.mouse.move(across, box["y"] + at)
    page.mouse.down()
    page.mouse.move(across, box["y"] + at + by, steps=8)
    page.mouse.up()
