"""What the booking form says of times about a clock change, and which day the calendar calls today, in a browser elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.live import sign_in_page
from tests.world import World

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def night(world: World):
    """An instrument in Berlin, open every night, and somebody who reads in Shanghai."""
    lab = world.lab(zone="Europe/Berlin")
    return world.instrument(lab, week="Mon-Sun 20:00-06:00")


@pytest.mark.parametrize(
    ("day", "start", "end", "said", "own"),
    [
        ("2027-03-28", "01:30", "04:00", "Sun 28 Mar 2027, 1 h 30 min", "08:30–10:00"),
        ("2027-03-28", "02:30", "04:00", "Sun 28 Mar 2027", ""),
        ("2027-10-31", "02:00", "03:00", "Sun 31 Oct 2027, 02:00 (UTC+2)–03:00, 2 h", "08:00–10:00"),
        ("2027-10-31", "01:00", "04:00", "Sun 31 Oct 2027, 4 h", "07:00–11:00"),
        ("0002-03-14", "02:30", "03:30", "Thu 14 Mar", ""),  # the year as it is being typed
        ("2027-03-14", "02:30", "03:30", "Sun 14 Mar 2027, 1 h", "09:30–10:30"),
    ],
)
def test_lengths_and_own_times_are_those_that_really_pass(
    new_page: Callable[..., Page], app: Flask, world: World, night, day, start, end, said, own
) -> None:
    page = new_page(timezone_id="America/New_York")  # where 02:30 on 14 March does not exist
    page.clock.set_fixed_time("2026-11-25T12:00:00Z")
    sign_in_page(page, app, world.person(night.institution))
    page.goto(f"/instruments/{night.id}")
    for field, value in (("day", day), ("from", start), ("until", end)):
        page.fill(f"#f-{field}", value)
    expect(page.locator("[data-said]")).to_have_text(said)
    expect(page.locator("[data-own-time]")).to_contain_text(own) if own else expect(
        page.locator("[data-own-time]")
    ).to_be_empty()


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("en", "2026-12-31", "Thu 31 Dec, 1 h"),
        ("en", "2027-01-01", "Fri 1 Jan 2027, 1 h"),
        ("en", "2025-12-31", "Wed 31 Dec 2025, 1 h"),
        ("zh", "2026-12-31", "12月31日 周四，1 小时"),
        ("zh", "2027-01-01", "2027年1月1日 周五，1 小时"),
    ],
)
def test_the_day_of_another_year_is_said_with_it(
    new_page: Callable[..., Page], app: Flask, world: World, night, language, day, said
) -> None:
    page = new_page()
    page.clock.set_fixed_time("2026-11-25T12:00:00Z")
    sign_in_page(page, app, world.person(night.institution))
    page.goto(f"/instruments/{night.id}?lang={language}")
    for field, value in (("day", day), ("from", "21:00"), ("until", "22:00")):
        page.fill(f"#f-{field}", value)
    expect(page.locator("[data-said]")).to_have_text(said)
    expect(page.locator("[data-said-bar]")).to_contain_text(said.split(",")[0].split("，")[0])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_the_instruments_day(
    new_page: Callable[..., Page], app: Flask, world: World, night, zone: str
) -> None:
    page = new_page(timezone_id=zone)
    sign_in_page(page, app, world.person(night.institution))
    page.goto(f"/instruments/{night.id}")
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin"))
    marked = page.locator(".ec-col-head b.is-today")
    expect(marked).to_have_text(str(today.day))
    accent = marked.evaluate("each => getComputedStyle(each).color")
    others = page.locator(".ec-col-head b:not(.is-today)").evaluate_all(
        "all => all.map((each) => getComputedStyle(each).color)"
    )
    assert len(others) == 6
    assert accent not in others


def test_beside_another_reservation_the_icon_stands_alone_where_the_word_has_no_room(
    page: Page, app: Flask, world: World
) -> None:
    thing = world.instrument(capacity=2)
    person = world.person(thing.institution)
    start = (datetime.now(UTC) + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    for _ in range(2):
        world.reservation(thing, person, start, start + timedelta(hours=2), title="Carbon")
    sign_in_page(page, app, person)
    page.goto(f"/instruments/{thing.id}?day={start:%Y-%m-%d}")
    blocks = page.locator(".ec-event.state-yours [title='Yours, Carbon']")
    expect(blocks).to_have_count(2)
    for block in blocks.all():
        expect(block.locator("svg")).to_be_visible()
        for words in block.locator("span").all():
            expect(words).to_be_hidden()


@pytest.mark.parametrize(("day", "own"), [("2027-03-22", "UTC+1"), ("2027-03-29", "UTC+2")])
def test_the_readers_zone_is_told_with_the_clock_of_the_day_that_is_chosen(
    new_page: Callable[..., Page], app: Flask, world: World, day, own
) -> None:
    thing, page = world.instrument(), new_page()
    sign_in_page(page, app, world.person(thing.institution, zone="Europe/Berlin"))
    page.goto(f"/instruments/{thing.id}")
    for field, value in (("day", day), ("from", "16:00"), ("until", "17:00")):
        page.fill(f"#f-{field}", value)
    expect(page.locator("[data-own-time]")).to_contain_text(f"Berlin time, {own}")


def test_the_week_beside_what_is_moved_says_the_clocks_of_that_week(
    new_page: Callable[..., Page], app: Flask, world: World, night
) -> None:
    user = world.person(night.institution)
    start = datetime(2027, 3, 18, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    row = world.reservation(night, user, start, start + timedelta(hours=1))
    page = new_page()
    sign_in_page(page, app, user)
    page.goto(f"/reservations/{row.id}/move")
    said, after = page.locator("[data-week-zone]"), page.locator("[data-week-step='7']")
    for clocks in ("UTC+1", "UTC+1 / UTC+2", "UTC+2"):
        expect(said).to_contain_text(f"Berlin time, {clocks};")
        after.click()
