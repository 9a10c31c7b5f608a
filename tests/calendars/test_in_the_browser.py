"""Outside calendars that are refused or cannot be read, and secret addresses: by keyboard, in both languages and widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.calendars import tasks
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.people.rights import Role
from tests.calendars.files import calendar, event
from tests.live import faults, press_to, sign_in_page
from tests.world import World

LONG = "The calendar of the Analysis and Testing Centre that nobody has looked at for a very long time"


@pytest.fixture
def lab(world: World) -> Lab:
    return world.lab(name_en="Analysis and Testing Centre of Distances")


@pytest.fixture
def seen(view: Callable[[], Page], app: Flask, world: World, lab: Lab) -> Page:
    """The pages as the lab's manager sees them."""
    manager: Person = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    page = view()
    sign_in_page(page, app, manager)
    return page


def test_what_cannot_be_subscribed_or_read_is_said_where_the_hand_is(
    seen: Page, lab: Lab, tmp_path: Path
) -> None:
    seen.goto(f"/labs/{lab.id}/calendars")
    press_to(seen, "input[name=address]")
    seen.keyboard.type("ftp://calendar.example/lab.ics")
    seen.keyboard.press("Enter")
    expect(seen.locator("input[name=address]")).to_have_attribute("aria-invalid", "true")
    assert faults(seen) == []
    path = tmp_path / f"{LONG}.ics"
    path.write_bytes(
        calendar(event("DTSTART:20270302T090000Z", "RRULE:FREQ=SECONDLY"), event("DTSTART:tomorrow"))
    )
    seen.locator("input[type=file]").set_input_files(path)
    press_to(seen, "form:has(input[type=file]) button")
    seen.keyboard.press("Enter")
    seen.wait_for_url("**/calendars/subscriptions/*")
    db.session.rollback()  # what the server wrote is seen by who begins to read anew
    tasks.sweep()  # as the worker does
    seen.reload()
    listed = seen.locator("[aria-labelledby=unread-title] tbody tr")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("48")
    assert faults(seen) == []
    seen.goto(f"/labs/{lab.id}/calendars")
    assert faults(seen) == []


@pytest.mark.parametrize("whose", ["mine", "labs"])
def test_a_secret_address_is_made_and_revoked_by_keyboard_alone(seen: Page, lab: Lab, whose: str) -> None:
    seen.goto(f"/labs/{lab.id}/feeds" if whose == "labs" else "/profile/calendars")
    assert faults(seen) == []
    press_to(seen, "input[name=name]")
    seen.keyboard.press("Enter")
    expect(seen.locator("input[name=name]")).to_have_attribute("aria-invalid", "true")
    assert faults(seen) == []
    press_to(seen, "input[name=name]")
    seen.keyboard.type(LONG[:80])
    seen.keyboard.press("Enter")
    expect(seen.locator("input[name=made]")).to_have_value(re.compile(r"/calendars/\w+/\S+\.ics"))
    assert faults(seen) == []
    press_to(seen, "form[action$='/revoke'] button")
    seen.keyboard.press("Enter")
    expect(seen.locator("form[action$='/revoke']")).to_have_count(0)
    assert faults(seen) == []
