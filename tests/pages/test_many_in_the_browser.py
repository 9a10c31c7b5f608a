"""Changing many at once and looking as others in a real browser: by keyboard alone, without axe violations, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from instruments.availability.models import OpeningHours
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.people.rights import Role
from instruments.web import clock
from tests.live import faults, press_to, sign_in_page
from tests.world import World

LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)


def a_lab(world: World) -> tuple[Lab, Person]:
    """A lab with two instruments, hours that differ by audience and an evening booked; and its manager."""
    lab = world.lab()
    world.hours(lab, "daily 08:00-18:00")
    world.hours(lab, "daily 08:00-24:00", circles="lab institution")
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    first, _ = world.instrument(lab, week=None, name_en=LONG), world.instrument(lab, week=None)
    start = (clock.now() + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
    world.reservation(first, world.person(lab.institution), start)
    return lab, manager


def test_many_are_chosen_looked_at_and_changed_by_keyboard(
    new_page: Callable[..., Page], app: Flask, world: World
) -> None:
    lab, manager = a_lab(world)
    page = new_page(viewport={"width": 390, "height": 900})
    sign_in_page(page, app, manager)
    page.goto(f"/language/zh_Hans_CN?next=/catalog/change?lab={lab.id}")
    assert faults(page) == []
    page.goto(f"/language/en?next=/catalog/change?lab={lab.id}")
    page.set_viewport_size({"width": 1280, "height": 900})
    press_to(page, "input[name=picked]")
    page.keyboard.press("Space")
    # Of the changes, the fields of the chosen one are shown.
    page.locator("input[value=limits]").check(force=True)
    expect(page.locator("#f-longest_minutes")).to_be_visible()
    expect(page.locator("#f-week")).to_be_hidden()
    page.locator("input[value=hours]").check(force=True)
    press_to(page, "#f-week")
    page.keyboard.type("Mon-Fri 09:00-17:00")
    press_to(page, "button[value=preview]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#touched-title")
    assert faults(page) == []
    expect(page.locator("#changes-title")).to_have_text("1 instrument changes")
    expect(page.locator("#touched-title")).to_have_text("1 reservation is touched")
    press_to(page, "button[value=carry-out]")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]").first).to_contain_text("1 instrument changed.")
    db.session.rollback()
    own = select(func.count()).where(OpeningHours.instrument_id.is_not(None))
    assert db.session.scalar(own) == 1


def test_looking_as_others_is_sound_and_left_in_one_click(
    new_page: Callable[..., Page], app: Flask, world: World
) -> None:
    lab, manager = a_lab(world)
    page = new_page(viewport={"width": 390, "height": 900})
    sign_in_page(page, app, manager)
    page.goto(f"/language/zh_Hans_CN?next=/labs/{lab.id}/as?who=partners")
    assert faults(page) == []
    page.goto(f"/language/en?next=/labs/{lab.id}/as?who=partners")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click(".result-name a >> nth=0")
    expect(page.locator("#seen-as-title")).to_contain_text("a researcher of another university or institute")
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    for name, value in (("day", day), ("from", "20:30"), ("until", "21:30")):
        page.fill(f"#f-{name}", value)
    page.click("text=What are they told?")
    expect(page.locator("[role=status]").last).to_contain_text("only to its own lab, its own institution")
    assert faults(page) == []
    page.click("text=Leave the preview")
    page.wait_for_url("**/instruments/*")
    expect(page.locator("#booking")).to_be_visible()
