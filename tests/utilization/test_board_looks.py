"""A dashboard on a phone, on paper and of a lab: what stands on the first screen, on every sheet, and what is not known there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.people.rights import Role
from instruments.utilization.views.words import heat_number
from tests.live import PHONE, faults, sign_in_page
from tests.utilization.test_pages import places
from tests.utilization.test_sums import Campus
from tests.world import World, sign_in

# A share, the greatest beside it, what is written.
SHARES = [(0.5, 0.9, "50"), (0.004, 0.9, "0"), (0.05, 0.09, "5.0"), (0.004, 0.009, "0.40"), (0.0, 0.009, "–")]


@pytest.mark.parametrize(("part", "most", "words"), SHARES)
def test_small_shares_of_the_week_have_more_digits(part, most, words) -> None:
    assert heat_number(part, most) == words


def test_a_lab_is_told_that_searches_name_none(client, campus, people) -> None:
    sign_in(client, people.keeper)
    page = client.get(f"/utilization?of={places(campus)['lab']}&period=2026").text
    assert "Searches name no lab" in page
    assert "Nothing was looked for in vain" not in page
    sign_in(client, people.manager)
    assert "Nothing was looked for in vain" in client.get("/utilization?period=2026").text


def test_on_a_phone_and_on_paper(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    campus = Campus(world)
    boss = world.person(campus.homes[0])
    world.grant(boss, Role.INSTITUTION_MANAGER, campus.homes[0])
    page = view()
    page.set_viewport_size(PHONE)
    sign_in_page(page, app, boss)
    page.goto("/utilization?period=2026")
    page.wait_for_selector("[data-chart=trend] svg")
    chosen, line = page.locator("#f-period"), page.locator(".chooser > summary")
    assert (chosen.is_visible(), line.is_visible()) == (False, True)
    assert "2026" in line.inner_text()
    assert page.locator("#tiles > li").nth(5).bounding_box()["y"] < PHONE["height"]
    line.click()
    assert chosen.is_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert (chosen.is_visible(), line.is_visible()) == (True, False)
    page.evaluate("print = () => { document.body.dataset.printed = 'yes'; }")
    page.click("[data-print]")
    assert page.locator("body[data-printed=yes]").count() == 1
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    foot = page.locator(".print-foot")
    assert foot.evaluate("each => getComputedStyle(each).display") == "table-footer-group"
    assert "2026" in foot.inner_text()
    width = "each => each.querySelector('svg').viewBox.baseVal.width"
    assert page.locator("[data-chart=trend]").evaluate(width) == 672
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("[data-chart=trend]").evaluate(width) != 672
