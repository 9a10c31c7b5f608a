"""The waitlist in a real browser: wide and on phones, in both languages, an offer taken by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.demand.models import UnmetDemand
from instruments.web import clock
from tests.live import faults, press_to, sign_in_page, violations
from tests.reservations.waiting import Queue, offers, states
from tests.world import World

LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)


@pytest.fixture
def queue(app: Flask, world: World) -> Queue:
    """Somebody who waits for much and is offered one thing, and who also runs the lab and the institution."""
    now = clock.now().replace(minute=0, second=0)
    made = Queue(world, now)
    made.instrument.name_en = LONG
    who = made.people[0]
    who.name_en = "Zhang Yangben of the Very Long Name"
    db.session.add(
        UnmetDemand(
            noted_on=now.date(), source="search", class_code="010101", place_id=made.home.id, earliest=made.start,
            latest=made.end, length_seconds=5400, asker_institution_id=made.home.id, asker_kind="university",
        )
    )  # fmt: skip
    db.session.commit()
    world.grant(who, Role.LAB_MANAGER, made.lab)
    world.grant(who, Role.INSTITUTION_MANAGER, made.home)
    made.wait(who)
    made.free()
    made.sweep(app)
    made.wait(who, 3, class_code="010101", earliest=made.end, latest=made.end + timedelta(days=9))
    app.config.pop("FROZEN_NOW")
    return made


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1440), ("zh_Hans_CN", 360)], ids=["english-desktop", "chinese-phone"]
)
def test_every_page_of_the_waitlist_is_sound(
    app: Flask, new_page: Callable[..., Page], queue: Queue, language: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in_page(page, app, queue.people[0])
    page.goto(f"/language/{language}?next=/waitlist")
    wrong = {}
    for address in (
        "/waitlist",
        "/waitlist?view=ended",
        f"/waitlist/new?instrument={queue.instrument.id}",
        f"/labs/{queue.lab.id}/waitlist",
        f"/institutions/{queue.home.id}/demand",
        "/?class=010101&hours=24&until=" + (queue.now + timedelta(days=1)).date().isoformat() + "&q=nothing",
    ):
        page.goto(address)
        found = faults(page)
        if found:
            wrong[address] = found
    assert wrong == {}


def test_an_offer_is_taken_by_keyboard(app: Flask, new_page: Callable[..., Page], queue: Queue) -> None:
    page = new_page(viewport={"width": 1280, "height": 900})
    sign_in_page(page, app, queue.people[0])
    page.goto("/waitlist")
    press_to(page, "form[action$='/accept'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reservations/*")
    assert [state for _, state in offers()] == ["accepted"]
    assert states() == ["met", "waiting"]


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1440), ("zh_Hans_CN", 360)], ids=["english-desktop", "chinese-phone"]
)
def test_the_form_is_filled_in_by_keyboard_and_says_what_is_wrong_at_its_field(
    app: Flask, new_page: Callable[..., Page], queue: Queue, language: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in_page(page, app, queue.people[1])
    page.goto(f"/language/{language}?next=/waitlist/new?instrument={queue.instrument.id}")
    for typed in ("x", "2"):
        press_to(page, "input[name=hours]")
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        if typed != "x":  # nothing else than digits is taken
            page.keyboard.type(typed)
        press_to(page, "main button.btn-primary")
        page.keyboard.press("Enter")
        if typed == "x":
            page.locator("input[name=hours][aria-invalid=true]").wait_for()
            assert violations(page) == []
    page.locator(".note-free").wait_for()
    assert violations(page) == []
