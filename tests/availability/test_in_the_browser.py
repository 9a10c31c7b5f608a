"""Hours, holidays, closures and rules in a real browser: by keyboard, without axe violations, in both languages and widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.web import clock
from tests.journeys.reader import Reader
from tests.live import at_a_desk, faults, on_a_phone, press_to, sign_in_page
from tests.world import World

LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)


@dataclass
class Place:
    """A lab with one instrument, and the address of its institution."""

    lab: Lab
    instrument: Instrument
    institution: str


@pytest.fixture
def place(world: World) -> Place:
    """In Berlin, so that its wall is not the reader's."""
    institution = world.institution(name_en="Qinling University", name_zh="秦岭大学")
    lab = world.lab(institution, zone="Europe/Berlin", name_en="Analysis and Testing Centre of Distances")
    return Place(lab, world.instrument(lab, week=None, name_en=LONG), f"/institutions/{institution.id}")


@pytest.fixture
def seen(view: Callable[[], Page], app: Flask, world: World, place: Place) -> Page:
    """The pages as a manager of the institution sees them."""
    manager = world.person(place.lab.institution)
    world.grant(manager, Role.INSTITUTION_MANAGER, place.lab.institution)
    page = view()
    sign_in_page(page, app, manager)
    return page


def addresses(place: Place) -> list[str]:
    owners = (f"/labs/{place.lab.id}", f"/instruments/{place.instrument.id}")
    return [
        *(f"{owner}/{page}" for owner in owners for page in ("hours", "closures", "rules")),
        *(
            f"{place.institution}/{page}"
            for page in ("holidays", "holidays/reservations", "seasons", "seasons/new")
        ),
        f"/labs/{place.lab.id}/make-up-days",
    ]


def test_the_pages_while_nothing_is_set(seen: Page, place: Place) -> None:
    wrong = {}
    for address in addresses(place):
        seen.goto(address)
        if found := faults(seen):
            wrong[address] = found
    assert wrong == {}


def test_the_pages_full_of_everything(seen: Page, place: Place, world: World) -> None:
    now = clock.now()
    today = now.date()
    world.hours(place.lab, "Mon-Fri 08:00-12:00,13:00-18:00,22:00-02:00; Sat 09:00-12:30")
    world.hours(
        place.instrument, "24/7", valid_from=today + timedelta(days=30), valid_to=today + timedelta(days=90)
    )
    world.hours(place.instrument, "Sat,Sun 10:00-18:00", valid_to=today - timedelta(days=9))
    for owner in (place.lab, place.instrument):
        world.days(
            owner, today + timedelta(days=3), today + timedelta(days=4), reason="Cooling water / 冷却水"
        )
        world.days(owner, today - timedelta(days=9), times="09:00-12:00", reason=LONG)
    world.rules(place.lab, grid_minutes=30, buffer_minutes=15)
    for day in (today, today + timedelta(days=1)):
        world.holiday(place.lab.institution, day, name_en="Spring Festival", name_zh="春节")
    saturday = today + timedelta(days=12 - today.weekday())
    values = {"name_en": "Spring Festival", "name_zh": "春节", "source": "announced"}
    world.holiday(place.lab.institution, saturday, kind="make_up", replaces=today, **values)
    world.holiday(place.lab.institution, saturday + timedelta(days=2), **values)
    world.holiday(place.lab.institution, saturday + timedelta(days=2), kind="workday")
    world.season(place.lab.institution, today, today + timedelta(days=13))
    user = world.person(place.lab.institution, name_en="Lin Shili of the Laboratory for Very Long Names")
    world.reservation(place.instrument, user, now + timedelta(hours=30))
    world.closure(
        place.lab, now + timedelta(days=1), now + timedelta(days=3), reason="Cooling water / 冷却水检修"
    )
    world.closure(place.instrument, now - timedelta(hours=3), now + timedelta(hours=3), reason=LONG * 2)
    world.closure(place.instrument, now - timedelta(days=9), now - timedelta(days=8), kind="closed")
    wrong = {}
    for address in addresses(place):
        seen.goto(address)
        for summary in seen.locator("details.hit summary, details.padded summary").all():
            summary.click()
        if found := faults(seen):
            wrong[address] = found
    assert wrong == {}


def refused(page: Page) -> list[str]:
    """The fields that a refused form marks; its summary has taken the focus and leads to each."""
    assert page.locator(".summary").evaluate("node => document.activeElement === node")
    assert faults(page) == []
    for link in page.locator(".summary a").all():
        assert page.locator(str(link.get_attribute("href"))).count() == 1
    return page.locator("[aria-invalid]").evaluate_all("nodes => nodes.map((node) => node.name)")


@at_a_desk
def test_refused_hours_say_every_reason_and_keep_what_was_typed(seen: Page, place: Place) -> None:
    seen.goto(f"/instruments/{place.instrument.id}/hours")
    for field, text in {"days-0": "Someday", "from-0": "25:00", "to-0": "26:00"}.items():
        seen.fill(f"#f-{field}", text)
    seen.fill("#f-since", "2020-01-01")
    seen.click("button[value=publish]")
    assert refused(seen) == ["days-0", "from-0", "since"]
    assert seen.input_value("#f-days-0") == "Someday"
    seen.click("[data-add]")
    rows = [("Mon", "22:00", "06:00"), ("Tue", "05:00", "08:00")]
    for number, row in enumerate(rows):
        for part, text in zip(("days", "from", "to"), row, strict=True):
            seen.fill(f"#f-{part}-{number}", text)
    seen.click("button[value=publish]")
    assert refused(seen) == ["days-1", "since"]


@on_a_phone
def test_a_refused_closure_says_every_reason(seen: Page, place: Place) -> None:
    seen.goto(f"/labs/{place.lab.id}/closures")
    seen.fill("#f-start_day", "2020-01-02")
    seen.fill("#f-end_day", "2020-01-01")
    seen.locator("#f-reason").press("Enter")
    assert refused(seen) == ["reason", "start_day", "start_time", "end_day", "end_time"]
    assert seen.input_value("#f-end_day") == "2020-01-01"


@at_a_desk
def test_refused_rules_say_every_reason(seen: Page, place: Place) -> None:
    seen.goto(f"/labs/{place.lab.id}/rules")
    for field, text in {
        "grid_minutes": "7",
        "shortest_minutes": "90",
        "longest_minutes": "60",
        "horizon_days": "0",
    }.items():
        seen.fill(f"#f-{field}", text)
    seen.locator("#f-grid_minutes").press("Enter")
    assert refused(seen) == ["grid_minutes", "shortest_minutes", "horizon_days"]


@on_a_phone
def test_refused_holidays_are_named_by_line(seen: Page, place: Place) -> None:
    seen.goto(f"{place.institution}/holidays")
    seen.fill("#f-lines", "2099-13-01 Nothing, 无\nwhenever")
    seen.click("main form button.btn-primary")
    assert refused(seen) == ["lines"]
    assert "whenever" in seen.input_value("#f-lines")


@on_a_phone
def test_hours_are_published_by_keyboard_alone(seen: Page, place: Place) -> None:
    seen.goto(f"/labs/{place.lab.id}/hours")
    press_to(seen, "#f-days-0")
    for text in ("Mon-Fri", "22:00", "02:00"):
        seen.keyboard.type(text)
        seen.keyboard.press("Tab")
    # Each night lies on two days.
    expect(seen.locator(".week-picture .block")).to_have_count(10)
    press_to(seen, "button[value=publish]")
    seen.keyboard.press("Enter")
    seen.wait_for_url(f"**/labs/{place.lab.id}/hours")
    assert "22:00–" in seen.locator("[aria-labelledby=weeks-title] tbody").inner_text()


@at_a_desk
def test_a_make_up_workday_is_set_by_keyboard_alone(seen: Page, place: Place) -> None:
    seen.goto(f"{place.institution}/holidays?year={clock.now().year + 1}")
    saturday = date(clock.now().year + 1, 6, 1)
    saturday += timedelta(days=5 - saturday.weekday())
    press_to(seen, "input[name=kind]")
    seen.keyboard.press("ArrowDown")
    press_to(seen, "textarea[name=lines]")
    seen.keyboard.type(f"{saturday} Sports day, 运动会")
    press_to(seen, "#add-title ~ button")
    seen.keyboard.press("Enter")
    seen.wait_for_selector(".d-make_up.by-hand")


@on_a_phone
def test_a_part_of_the_places_is_closed_by_keyboard_alone(seen: Page, place: Place, world: World) -> None:
    oven = world.instrument(place.lab, capacity=2, week="24/7")
    day = (
        clock.now().astimezone(ZoneInfo("Europe/Berlin")).replace(hour=10, minute=0, second=0, microsecond=0)
    )
    day += timedelta(days=20)
    first, last = (world.reservation(oven, world.person(place.lab.institution), day) for _ in range(2))
    seen.goto(f"/instruments/{oven.id}/closures")
    for typed in ("2", "1"):
        press_to(seen, "#f-units")
        seen.keyboard.press("Control+a")
        seen.keyboard.type(typed)
        if typed == "2":
            seen.keyboard.press("Enter")
            seen.wait_for_selector(".summary")
            assert refused(seen) == ["units", "reason"]
            assert "2" in seen.locator(".summary").inner_text()
    press_to(seen, "#f-reason")
    seen.keyboard.type("Door seal / 炉门密封")
    hands = Reader(seen, "zh_Hans_CN", phone=True)
    for end, hour in {"Starts": 9, "Ends": 18}.items():
        hands.types_day(f"{end} on", day.date())
        hands.types_time(f"{end} at", hour)
    press_to(seen, "main button.btn-primary")
    seen.keyboard.press("Enter")
    seen.wait_for_selector(f"[name=choice-{last.id}]")
    assert faults(seen) == []
    press_to(seen, "input[name=all]")
    seen.keyboard.press("ArrowDown")
    seen.keyboard.press("ArrowDown")
    assert seen.locator("input[name=all]:checked").input_value() == "move"
    press_to(seen, "main button.btn-primary")
    seen.keyboard.press("Enter")
    expect(seen.locator("[aria-labelledby=coming-title] tbody tr")).to_have_count(1)
    assert faults(seen) == []
    db.session.rollback()
    assert (first.starts_at, last.starts_at > day) == (day, True), seen.locator("main").inner_text()[:300]
    seen.goto(f"/instruments/{oven.id}?day={day.date()}")
    named = seen.get_by_text(re.compile("1 of 2 places|2 个名额中的 1 个"))
    expect(named.filter(visible=True).first).to_be_visible()
    assert faults(seen) == []


@at_a_desk
def test_a_closure_is_read_on_the_wall_of_the_lab(seen: Page, place: Place) -> None:
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    seen.goto(f"/instruments/{place.instrument.id}/closures")
    for field, text in {
        "reason": "Laser",
        "start_day": day,
        "start_time": "09:00",
        "end_day": day,
        "end_time": "17:30",
    }.items():
        seen.fill(f"#f-{field}", text)
    seen.locator("#f-reason").press("Enter")
    assert "09:00–17:30" in seen.locator("[aria-labelledby=coming-title] tbody th").inner_text()
    seen.locator("[aria-labelledby=coming-title] .act a").click()
    assert seen.input_value("#f-start_time") == "09:00"
    assert faults(seen) == []
