"""Rules and quotas in a real browser: by keyboard, without axe violations, in both languages and widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.people.rights import Role
from instruments.web import clock
from tests.live import at_a_desk, faults, on_a_phone, sign_in_page
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")
LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)


@pytest.fixture
def lab(world: World):
    return world.lab(
        world.institution(name_en="Qinling University", name_zh="秦岭大学"),
        name_en=f"Laboratory of the {LONG}",
    )


@pytest.fixture
def instrument(world: World, lab):
    return world.instrument(lab, name_en=LONG)


@pytest.fixture
def seen(view: Callable[[], Page], app: Flask, world: World, lab) -> Page:
    """The pages as a manager of the institution sees them."""
    manager = world.person(lab.institution)
    world.grant(manager, Role.INSTITUTION_MANAGER, lab.institution)
    page = view()
    sign_in_page(page, app, manager)
    return page


def wrong_with(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    found = {}
    for address in addresses:
        page.goto(address)
        if wrong := faults(page):
            found[address] = wrong
    return found


def places(lab, instrument) -> list[str]:
    return [f"/labs/{lab.id}", f"/instruments/{instrument.id}"]


def test_the_pages_while_nothing_is_set(seen: Page, lab, instrument) -> None:
    owners = places(lab, instrument)
    addresses = [
        f"{owner}/{page}" for owner in owners for page in ("rules", "rules/dates", "quotas", "quotas/new")
    ]
    assert wrong_with(seen, [*addresses, f"/institutions/{lab.institution_id}/quotas"]) == {}


def test_the_pages_with_much_on_them(seen: Page, world: World, lab, instrument) -> None:
    today = clock.now().date()
    world.rules(lab, lab_days=90, partners_days=14, cutoff_minutes=120, before_minutes=15, buffer_minutes=30,
                consecutive_minutes=480, names_seen="group")  # fmt: skip
    world.dated_rules(instrument, today + timedelta(days=20), today + timedelta(days=34), longest_minutes=60)
    world.dated_rules(
        instrument, today - timedelta(days=20), None, cutoff_minutes=60, names_seen="institution"
    )
    world.quota(lab, peak="Mon-Fri 09:00-17:00", circles="partners companies", short_notice_hours=24)
    quota = world.quota(instrument, per="month", holder="group", valid_to=date(2099, 12, 31))
    world.quota(lab.institution, per="future", measured="count", amount=1)
    owners = places(lab, instrument)
    addresses = [f"{owner}/{page}" for owner in owners for page in ("rules", "quotas")]
    assert wrong_with(seen, [*addresses, f"{owners[1]}/quotas/{quota.id}", owners[1]]) == {}
    assert seen.locator("#rules-title ~ ul li").count() > 10


@on_a_phone
def test_a_quota_is_refused_with_every_reason_and_then_added_by_keyboard(seen: Page, lab) -> None:
    seen.goto(f"/labs/{lab.id}/quotas/new")
    for field, text in {
        "amount": "0",
        "peak": "whenever",
        "short_notice_hours": "9999",
        "until": "2020-01-01",
    }.items():
        seen.fill(f"#f-{field}", text)
    seen.locator("#f-amount").press("Enter")
    seen.wait_for_selector(".summary")
    refused = [each.get_attribute("href") for each in seen.locator(".summary a").all()]
    assert list(dict.fromkeys(refused)) == ["#f-amount", "#f-short_notice_hours", "#f-until", "#f-peak"]
    assert seen.evaluate("document.activeElement.matches('.summary')")
    assert faults(seen) == []
    for field, text in {"amount": "8", "peak": "", "short_notice_hours": "", "until": ""}.items():
        seen.fill(f"#f-{field}", text)
    seen.locator("#f-amount").press("Enter")
    seen.wait_for_url(f"**/labs/{lab.id}/quotas")
    assert seen.locator("[aria-labelledby=own-title] li").count() == 1


@at_a_desk
def test_a_preset_is_filled_in_and_saved(seen: Page, lab) -> None:
    seen.goto(f"/labs/{lab.id}/rules")
    seen.select_option("#f-preset", "overnight")
    seen.locator("form[method=get] button").click()
    assert seen.input_value("#f-longest_minutes") == "4320"
    assert faults(seen) == []
    seen.locator("#f-grid_minutes").press("Enter")
    seen.wait_for_url(f"**/labs/{lab.id}/rules")
    assert seen.input_value("#f-names_seen") == "group"


@on_a_phone
def test_a_used_up_quota_says_so_in_the_form_and_the_refusal(
    seen: Page, world: World, lab, instrument
) -> None:
    world.quota(lab, amount=1)
    start = (clock.now() + timedelta(days=2)).replace(hour=3, minute=0, second=0, microsecond=0)
    seen.goto(f"/instruments/{instrument.id}")
    assert seen.locator("#booking .rules-list li").count() == 1
    wall = start.astimezone(ZONE)
    fill(seen, wall, wall + timedelta(hours=3))
    seen.locator("#f-title").press("Enter")
    expect(seen.locator(".refused li")).to_have_count(1)
    assert faults(seen) == []
    seen.locator(".refused li button").click()
    assert seen.locator("h1").inner_text()
    seen.wait_for_url("**/reservations/*")


def fill(page: Page, start: datetime, end: datetime) -> None:
    page.fill("#f-day", start.date().isoformat())
    page.fill("#f-from", f"{start:%H:%M}")
    page.fill("#f-until", f"{end:%H:%M}")


def test_what_is_left_follows_the_day_that_is_typed(
    app: Flask, view: Callable[[], Page], world: World, lab, instrument
) -> None:
    who = world.person(lab.institution)
    world.quota(lab, per="day")
    day = (clock.now().astimezone(ZONE) + timedelta(days=3)).replace(
        hour=10, minute=0, second=0, microsecond=0
    )
    world.reservation(instrument, who, day, day + timedelta(hours=3))
    page = view()
    sign_in_page(page, app, who)
    page.goto(f"/instruments/{instrument.id}")
    left = page.locator("#quotas-left")
    expect(left).to_contain_text(re.compile("4 h left today|今天剩余 4 小时"))
    page.locator("#f-day").fill(day.date().isoformat())
    expect(left).to_contain_text(re.compile("1 h left on|剩余 1 小时"))
    page.locator("#f-day").fill((day + timedelta(days=1)).date().isoformat())
    expect(left).to_contain_text(re.compile("4 h left on|当天剩余 4 小时"))
    assert not faults(page)
