"""People's pages in a real browser: no axe violation, nothing wider than the screen, in both languages and widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.people.rights import Role
from tests.live import faults, on_a_phone, sign_in_page, violations
from tests.world import World

FOR_ALL = ("/sign-in", "/register", "/forgotten", "/letter/confirm", "/reset/over")


@pytest.fixture
def seen(view: Callable[[], Page]) -> Page:
    return view()


def look(page: Page, addresses: tuple[str, ...]) -> dict[str, Any]:
    """What is wrong on each page."""
    wrong: dict[str, Any] = {}
    for address in addresses:
        page.goto(address)
        if found := faults(page):
            wrong[address] = found
    return wrong


def test_strangers_pages(seen: Page) -> None:
    assert look(seen, FOR_ALL) == {}


def test_managers_pages(seen: Page, app: Flask, world: World) -> None:
    institution = world.institution(
        "qinling.edu.cn", name_en="Qinling University of Very Long Names and Distances"
    )
    admin, other = (
        world.person(institution, name_en="Chen Moni"),
        world.person(institution, name_en="Lin Shili"),
    )
    own = world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    world.grant(admin, Role.INSTITUTION_MANAGER, institution)
    other.membership_confirmed_on = None
    lab = world.lab(institution)
    group = world.group(institution, other)
    world.token(admin)
    sign_in_page(seen, app, admin)
    place = f"/institutions/{institution.id}"
    assert look(
        seen,
        (
            "/profile", "/profile/tokens", "/institutions/new", f"{place}/edit", f"{place}/people",
            f"{place}/people?view=overdue", f"{place}/journal", f"{place}/roles", f"{place}/invitations",
            f"/labs/new?institution={institution.id}", f"/labs/{lab.id}/roles", "/groups", "/groups/new",
            f"/groups/{group.id}", f"/people/{other.id}", f"/people/{other.id}/leaving",
            f"/people/{other.id}/membership", f"/roles/{own.id}", "/platform/roles",
        ),
    ) == {}  # fmt: skip


@on_a_phone
def test_a_refused_form_leads_to_its_reasons(seen: Page) -> None:
    seen.goto("/register")
    seen.locator('main form button[type="submit"]').click()
    expect(seen.locator(".summary")).to_be_focused()
    assert seen.locator(".field-reason").count() >= 3
    assert violations(seen) == []
