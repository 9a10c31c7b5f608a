"""Opening hours dragged by mouse: drawn, made longer, moved over midnight, removed; the table says the same, and is published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from instruments.availability.models import OpeningHours
from instruments.database import db
from instruments.people.rights import Role
from instruments.web import clock
from tests.live import DESKTOP, PHONE, faults, sign_in_page, violations
from tests.world import World


class Picture:
    """The picture as a hand meets it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, day: int, hour: float, nudge: float = 0) -> tuple[float, float]:
        """Where a time is on the screen."""
        picture = self.page.locator("#week-picture")
        box = picture.bounding_box()
        assert box is not None
        top, tall = (float(picture.get_attribute(f"data-{name}") or 0) for name in ("top", "tall"))
        return (
            box["x"] + box["width"] * (0.08 + 0.13142 * (day + 0.5)),
            box["y"] + top + hour * tall + nudge,
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move, release."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up()

    def says(self, *rows: str) -> None:
        """The table, a row each."""
        inputs = self.page.locator("[data-rules] input")
        expect(inputs).to_have_count(3 * len(rows))
        values = [each.input_value() for each in inputs.all()]
        assert [" ".join(values[place : place + 3]) for place in range(0, len(values), 3)] == list(rows)


def test_hours_are_dragged_and_published(page: Page, app: Flask, world: World) -> None:
    lab = world.lab()
    world.hours(lab, "Mon-Fri 08:00-18:00")
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    user = world.person(lab.institution, name_en="Zhang Yangben")
    monday = clock.now() + timedelta(days=7 - clock.now().weekday())
    start = monday.replace(hour=8, minute=0, second=0, microsecond=0)  # 16:00 on the wall of the lab
    world.reservation(world.instrument(lab, week=None), user, start)
    sign_in_page(page, app, manager)
    page.goto(f"/labs/{lab.id}/hours")
    picture = Picture(page)
    picture.drag(picture.at(5, 10), picture.at(5, 12))
    picture.says("Mon–Fri 08:00 18:00", "Sat 10:00 12:00")
    picture.drag(picture.at(5, 12, -1), picture.at(5, 13.5))
    picture.says("Mon–Fri 08:00 18:00", "Sat 10:00 13:30")
    picture.drag(picture.at(6, 22), picture.at(6, 24))
    picture.says("Mon–Fri 08:00 18:00", "Sat 10:00 13:30", "Sun 22:00 24:00")
    page.click("[data-drop]")
    picture.says("Mon–Fri 08:00 18:00", "Sat 10:00 13:30")
    picture.drag(picture.at(0, 18, -3), picture.at(0, 12))
    picture.says("Mon 08:00 12:00", "Tue–Fri 08:00 18:00", "Sat 10:00 13:30")
    expect(page.locator("#week-hit")).to_contain_text("1 booking falls outside the new hours")
    expect(page.locator("#week-hit")).to_contain_text("Zhang Yangben")
    assert violations(page) == []
    page.click("button[value=publish]")
    page.wait_for_url(f"**/labs/{lab.id}/hours")
    expect(page.locator("[role=status]").first).to_contain_text("Published from")
    page.goto(f"/labs/{lab.id}/hours/outside")
    assert violations(page) == []
    db.session.rollback()
    week = select(OpeningHours.week).order_by(OpeningHours.id.desc())
    assert db.session.scalar(week) == "Mon 08:00-12:00; Tue-Fri 08:00-18:00; Sat 10:00-13:30"


def test_what_a_chosen_span_offers_is_not_behind_the_bar_at_the_foot(
    page: Page, app: Flask, world: World
) -> None:
    lab = world.lab()
    world.hours(lab, "Mon-Fri 08:00-18:00")
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in_page(page, app, manager)
    for height in (720, 800, 900):
        page.set_viewport_size({"width": 1280, "height": height})
        page.goto(f"/labs/{lab.id}/hours")
        page.mouse.click(*Picture(page).at(1, 9))
        drop, bar = page.locator("[data-drop]").bounding_box(), page.locator(".save-bar").bounding_box()
        assert drop is not None and bar is not None
        assert drop["y"] + drop["height"] <= bar["y"]


def test_the_tap_that_adds_hours_presses_nothing_that_slides_under_the_finger(
    new_page: Callable[..., Page], app: Flask, world: World
) -> None:
    lab = world.lab()
    world.hours(lab, "Mon 08:00-18:00")
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    page = new_page(viewport=PHONE, is_mobile=True, has_touch=True)
    sign_in_page(page, app, manager)
    picture = Picture(page)
    for day, half in ((3, 21), (3, 22), (5, 23), (5, 24)):
        page.goto(f"/labs/{lab.id}/hours")
        # What is offered lies below the fold, and comes to lie where the finger is.
        page.touchscreen.tap(*picture.at(day, half / 2 + 0.25))
        since = half // 2
        expect(page.locator("[data-chosen]")).to_be_in_viewport(ratio=1)
        page.wait_for_timeout(60)
        picture.says("Mon 08:00 18:00", f"{'Thu' if day == 3 else 'Sat'} {since:02}:00 {since + 1:02}:00")
    # Once it is there, it works for a finger, and for keys.
    page.locator("[data-drop]").tap()
    picture.says("Mon 08:00 18:00")
    page.touchscreen.tap(*picture.at(6, 8.5))
    page.locator("[data-drop]").press("Enter")
    picture.says("Mon 08:00 18:00")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_the_bar_that_publishes_says_how_many_fall_outside(
    new_page: Callable[..., Page], app: Flask, world: World, viewport: dict[str, int]
) -> None:
    lab = world.lab()
    world.hours(lab, "Mon-Fri 08:00-18:00")
    world.season(lab.institution, clock.now().date(), clock.now().date())
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    monday = clock.now() + timedelta(days=7 - clock.now().weekday())
    start = monday.replace(hour=8, minute=0, second=0, microsecond=0)
    instrument = world.instrument(lab, week=None)
    world.reservation(instrument, world.person(lab.institution), start)
    page = new_page(viewport=viewport)
    sign_in_page(page, app, manager)
    page.goto(f"/instruments/{instrument.id}/hours")
    count = page.locator(".save-bar #week-count[aria-live=polite]")
    expect(count).to_contain_text("Bookings that are made stay valid.")
    page.check("[name=closed]")
    link = count.get_by_role("link", name="1 booking falls outside the new hours")
    expect(link).to_have_count(1)
    box, foot = link.bounding_box(), page.locator(".save-bar").bounding_box()
    assert box is not None and foot is not None
    if viewport == DESKTOP:
        assert foot["height"] < 100 and foot["y"] < box["y"] < viewport["height"]
    assert faults(page) == []
    link.click()
    expect(page.locator("#week-hit .hit-note b")).to_be_in_viewport()
    page.uncheck("[name=closed]")
    expect(link).to_have_count(0)
