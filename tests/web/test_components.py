"""Every widget in a real browser: no axe violation, no overflow, no policy report, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.live import Complaints, violations
from tests.web.components import make_app, serving

Opened = Callable[..., Page]

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(make_app(tmp_path_factory.mktemp("components"))) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Opened]:
    """Opens the page of components; fails the test afterwards if the page complained of anything."""
    complaints = Complaints()
    contexts = []

    def open_page(width: int = 1440, language: str = "en", appearance: str = "light", **more: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, timezone_id="Asia/Shanghai", **more
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": address}
                for name, value in (("language", language), ("appearance", appearance))
            ]
        )
        page = context.new_page()
        complaints.watch(page)
        page.goto(f"{address}/components")
        if more.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize(
    ("language", "appearance", "width"),
    [
        ("en", "light", 1440),
        ("en", "dark", 360),
        ("en", "light", 820),
        ("zh_Hans_CN", "dark", 1440),
        ("zh_Hans_CN", "light", 360),
        ("zh_Hans_CN", "dark", 820),
    ],
)
def test_no_violation_and_no_overflow(opened: Opened, language: str, appearance: str, width: int) -> None:
    page = opened(width, language, appearance)
    if width >= 768:
        page.wait_for_selector("[data-live]")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "fault",
    [
        "document.querySelector('#f-rest').removeAttribute('id')",
        "document.querySelector('[role=status], main p').setAttribute('role', 'nothing')",
        "document.querySelector('main a').replaceChildren()",
        "document.querySelector('main p').style.color = '#ccc'",
    ],
)
def test_axe_finds_a_fault_on_a_page_that_was_sound(opened: Opened, fault: str) -> None:
    page = opened()
    assert violations(page) == []
    page.evaluate(fault)
    assert violations(page) != []


def chosen(page: Page) -> list[str]:
    """What the plain form holds."""
    return [page.input_value(f"#booking [name={name}]") for name in ("day", "from", "until")]


def place(page: Page, day: int, hour: float) -> tuple[float, float]:
    """Where a time is in the picture of the week, day counted from Monday."""
    column = page.locator(".ec-body .ec-day").nth(day).bounding_box()
    first = int(page.get_attribute("[data-week]", "data-first") or 0)
    assert column is not None
    return column["x"] + column["width"] / 2, column["y"] + (hour - first) * 34


@pytest.fixture
def week(opened: Opened) -> Page:
    """The page with the week drawn, at a moment before it: nothing in it is past."""
    page = opened(1440)
    page.clock.set_fixed_time("2026-11-20T12:00:00Z")
    page.wait_for_selector("[data-live]")
    page.locator(".week-live").scroll_into_view_if_needed()
    page.evaluate(
        "document.querySelectorAll('[data-week]').forEach((each) => { each.week.now = new Date(0); })"
    )
    return page


def test_dragging_fills_the_form_on_the_grid(week: Page) -> None:
    week.mouse.move(*place(week, 4, 12.6))
    week.mouse.down()
    week.mouse.move(*place(week, 4, 13), steps=4)
    week.mouse.move(*place(week, 4, 14.4), steps=4)
    week.mouse.up()
    assert chosen(week) == ["2026-11-27", "12:30", "14:30"]
    assert week.inner_text("#booking [data-said]") == "Fri 27 Nov, 2 h"
    assert "12:30–14:30" in week.inner_text(".ec-event.is-chosen")


def test_dragging_stops_at_what_is_booked_or_closed(week: Page) -> None:
    before = chosen(week)
    for hour in (9, 18):
        week.mouse.click(*place(week, 0, hour))
    week.mouse.click(*place(week, 6, 12))
    assert chosen(week) == before
    week.mouse.click(*place(week, 0, 16.1))
    assert chosen(week) == ["2026-11-23", "16:00", "17:00"]


def test_typing_moves_the_picture(week: Page) -> None:
    week.fill("#booking [name=from]", "08:00")
    week.fill("#booking [name=until]", "09:30")
    week.locator("#booking [name=until]").blur()
    assert "08:00–09:30" in week.inner_text(".ec-event.is-chosen")
    assert week.inner_text("#booking [data-said]") == "Wed 25 Nov, 1 h 30 min"


def test_a_reservation_of_ones_own_is_moved_by_its_form(week: Page) -> None:
    own = week.locator(".ec-event.is-own").bounding_box()
    assert own is not None
    week.mouse.move(own["x"] + 40, own["y"] + 30)
    week.mouse.down()
    week.mouse.move(own["x"] + 40, own["y"] + 64, steps=8)
    with week.expect_navigation(wait_until="commit") as moved:
        week.mouse.up()
    assert moved.value.url.endswith("/moved?day=2026-11-24&from=17%3A00&until=19%3A00")


def test_without_scripts_the_picture_and_the_form_are_there(opened: Opened) -> None:
    page = opened(1440, java_script_enabled=False)
    assert page.locator("svg.week-picture .b-booked").count() == 2
    assert page.locator(".facets [type=checkbox]").first.is_visible()
    assert chosen(page) == ["2026-11-25", "18:30", "21:00"]


def test_when_the_week_does_not_load_the_picture_stays(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.route("**/week.json*", lambda route: route.abort())
    page.goto(f"{address}/components")
    page.wait_for_selector("[data-failed]")
    assert page.locator("svg.week-picture").is_visible()
    page.close()


def test_the_refusal_takes_focus_and_leads_to_its_field(opened: Opened) -> None:
    page = opened()
    assert page.evaluate("document.activeElement.matches('[data-focus]')")
    page.click(".summary a")
    assert page.evaluate("document.activeElement.id") == "f-wrong"
