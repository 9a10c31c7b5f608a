"""Conduct in a real browser: every page without axe violations in both languages and widths, and an appeal by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.database.transactions import perform
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.conduct.recording import Wanted, record_violation
from instruments.web import clock
from tests.live import faults, sign_in_page
from tests.world import World


@pytest.fixture(
    params=[("en", 1280, "light"), ("zh_Hans_CN", 390, "dark")], ids=["english-desktop", "chinese-dark-phone"]
)
def view(request: pytest.FixtureRequest) -> tuple[str, int, str]:
    return request.param


def test_recorded_read_appealed_and_lifted(
    view: tuple[str, int, str], new_page: Callable[..., Page], app: Flask, world: World
) -> None:
    language, width, colours = view
    lab = world.lab(name_en="Laboratory of " + "very long names " * 5)
    user, operator, manager = (world.person(lab.institution) for _ in range(3))
    world.grant(operator, Role.LAB_OPERATOR, lab)
    world.grant(manager, Role.LAB_MANAGER, lab)
    kind = world.violation_kind(lab)
    now = clock.now()
    used = world.reservation(world.instrument(lab), user, now - timedelta(hours=3))
    actor = actor_by_id(operator.id, now)
    assert actor is not None
    wanted = Wanted(kind.id, "Left open", now.date(), reservation_id=used.id)
    number = perform(lambda: record_violation(actor, lab, wanted, now).id)

    def shown(person, *addresses: str) -> Page:
        page = new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
        sign_in_page(page, app, person)
        page.goto(f"/language/{language}?next=/sign-in")
        for address in addresses:
            page.goto(address)
            assert (address, faults(page)) == (address, [])
        return page

    page = shown(user, "/home", "/profile/violations", f"/violations/{number}")
    page.locator("#f-words").focus()
    page.keyboard.type("It was not me")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert page.locator("#appeal-title").count() == 1
    own = f"/labs/{lab.id}/violations"
    page = shown(manager, own, f"{own}?view=earlier", f"{own}/new", f"{own}/kinds", f"/violations/{number}")
    page.fill("#f-reason", "Seen on the camera")
    page.locator("button[value=lifted]").click()
    page.wait_for_selector("[role=status]")
    assert page.locator("#answer-title").count() == 1
