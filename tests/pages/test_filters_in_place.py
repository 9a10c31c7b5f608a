"""Ticking a filter in a real browser: the results change, and the focus, the open panel and what was typed stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.live import PHONE
from tests.world import World

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def two_universities(world: World) -> None:
    for name in ("Qinling University", "Weishui University"):
        world.instrument(world.lab(world.institution(name_en=name)))


@pytest.mark.usefixtures("two_universities")
@pytest.mark.parametrize("phone", [False, True])
def test_a_filter_changes_what_is_found_and_nothing_else(new_page: Callable[..., Page], phone: bool) -> None:
    page = new_page(**({"viewport": PHONE} if phone else {}))
    page.goto("/")
    expect(page.locator(".result")).to_have_count(2)
    page.wait_for_selector("html[data-ready]", state="attached")
    if phone:
        page.click(".facets > summary")
    page.fill("#s-q", "half typed")
    choice = page.get_by_role("checkbox", name="Qinling University")
    choice.focus()
    page.keyboard.press("Space")
    expect(page.locator(".result")).to_have_count(1)
    expect(choice).to_be_focused()
    expect(choice).to_be_checked()
    assert "institution=" in page.url
    assert page.input_value("#s-q") == "half typed"
    assert page.locator("#search-kept [name=institution]").count() == 1
    assert "institution" in (page.get_attribute('a[href*="/language/"]', "href") or "")
    page.go_back()
    expect(page.locator(".result")).to_have_count(2)


@pytest.mark.usefixtures("two_universities")
def test_without_scripts_a_button_applies_the_filters(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("checkbox", name="Qinling University").check()
    page.click(".facets button")
    expect(page.locator(".result")).to_have_count(1)


def test_ticks_to_compare_are_kept_over_the_pages_and_emptied(
    new_page: Callable[..., Page], world: World
) -> None:
    lab = world.lab()
    for number in range(22):
        world.instrument(lab, name_en=f"Machine {number:02}", name_zh=f"机器{number:02}")
    page = new_page()
    page.goto("/")
    page.wait_for_selector("html[data-ready]", state="attached")
    first = page.get_by_role("checkbox", name="Compare Machine 00")
    first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Compare 1 side by side")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Compare Machine 00")).to_be_focused()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("checkbox", name="Compare Machine 21").check()
    expect(page.get_by_role("button", name="Compare 2 side by side")).to_be_visible()
    assert "page=2" in page.url and page.url.count("instrument=") == 2
    page.get_by_role("link", name="Machine 00: no longer to compare").click()
    expect(page.get_by_role("button", name="Compare 1 side by side")).to_be_visible()
    page.get_by_role("button", name="Compare 1 side by side").click()
    expect(page.locator(".compare-name")).to_have_text(["Machine 21"])
    page.locator(".crumbs").get_by_role("link", name="Find").click()
    page.get_by_role("link", name="Empty").click()
    expect(page.get_by_role("button", name="Compare side by side")).to_be_visible()


def test_ticks_faster_than_the_answer_all_count(new_page: Callable[..., Page], world: World) -> None:
    lab = world.lab()
    for number in range(3):
        world.instrument(lab, name_en=f"Machine {number:02}", name_zh=f"机器{number:02}")
    page = new_page()
    page.goto("/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("document.querySelectorAll('.compare-tick input').forEach((each) => each.click())")
    expect(page.get_by_role("button", name="Compare 3 side by side")).to_be_visible()


def test_without_scripts_a_button_keeps_what_is_ticked(new_page: Callable[..., Page], world: World) -> None:
    lab = world.lab()
    for number in range(2):
        world.instrument(lab, name_en=f"Machine {number}", name_zh=f"机器{number}")
    page = new_page(java_script_enabled=False)
    page.goto("/?hours=3")
    page.get_by_role("checkbox", name="Compare Machine 0").check()
    page.get_by_role("button", name="Keep what is ticked").click()
    expect(page.get_by_role("button", name="Compare 1 side by side")).to_be_visible()
    assert "hours=3" in page.url
