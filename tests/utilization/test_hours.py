"""What stands behind the hours of the week: instruments in use then, who sees them, and that they add up to the picture."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.people.rights import Role
from instruments.utilization import periods, tasks
from instruments.utilization.edges import edges, whole_months
from instruments.utilization.sums import Selection
from instruments.utilization.week_use import WeekHours, used_then, week_shares
from instruments.utilization.weekly import hours_there
from tests.live import faults, sign_in_page
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.utilization.test_pages import People, places
from tests.utilization.test_sums import NOW, Campus
from tests.world import World, bearer, sign_in

DOOR = "/api/v1/utilization/hours"


def test_only_whoever_answers_for_the_place(client, world, campus, people) -> None:
    assert client.get("/utilization/hours").status_code == 302
    assert client.get(DOOR).status_code == 401
    of = places(campus)["home"]
    for who, status in (
        (people.platform, 200),
        (people.manager, 200),
        (people.keeper, 404),
        (people.elsewhere, 404),
    ):
        sign_in(client, who)
        for page in ("hours", "hours.csv", "hours.xlsx"):
            assert (
                client.get(f"/utilization/{page}?of={of}&period=2026&weekday=1&hour=9").status_code == status
            )
        key = bearer(world.token(who, "usage:read"))
        assert client.get(f"{DOOR}?of={of}&period=2026&weekday=1", headers=key).status_code == status


def test_hours_that_are_none_are_refused(client, world, campus, people) -> None:
    sign_in(client, people.platform)
    key = bearer(world.token(people.platform, "usage:read"))
    for fields in ("weekday=7", "hour=24", "weekday=-1", "hour=nine", "hour=٣"):
        assert client.get(f"/utilization/hours?period=2026&{fields}").status_code == 422, fields
        assert client.get(f"{DOOR}?period=2026&{fields}", headers=key).status_code == 422, fields


@pytest.mark.parametrize("code", ["2026", "2026-11", "2026-11-20..2026-11-28", "2026-03-04..2026-11-25"])
def test_they_add_up_to_the_picture(campus, code) -> None:
    period = periods.read(code)
    months, parts = whole_months(period) or (0, 0), edges(Selection(), period, NOW)
    places: Counter[str] = Counter()
    for thing in campus.things:
        places[thing.lab.zone] += thing.capacity
    shares = week_shares(Selection(), months, parts, period, places)

    def part(of: WeekHours) -> float:
        rows = used_then(Selection(), months, parts, period, of)
        return sum(row.used for row in rows) / sum(row.there for row in rows)

    for day, hour in ((1, 9), (2, 13), (2, 14), (6, 3)):
        assert part(WeekHours(day, hour)) == pytest.approx(shares[day * 24 + hour])
    assert part(WeekHours(2)) == pytest.approx(sum(shares[48:72]) / 24)
    whole = used_then(Selection(), months, parts, period, WeekHours())
    by_hour = [used_then(Selection(), months, parts, period, WeekHours(hour=hour)) for hour in range(24)]
    assert sum(row.used for row in whole) == sum(row.used for rows in by_hour for row in rows) > 0


def test_page_file_and_api_say_the_same(client, world, campus, people) -> None:
    facts.use(campus.things[0], people.manager, span("2026-11-24", "09:00-10:30"))
    tasks.keep_up()
    sign_in(client, people.keeper)
    fields = "period=2026-11&weekday=1&hour=9"
    page = client.get(f"/utilization/hours?{fields}").text
    # Four Tuesdays of two places.
    assert ">Tue 09–10</h1>" in page
    assert "12.5%" in page
    rows = list(
        csv.reader(io.StringIO(client.get(f"/utilization/hours.csv?{fields}").data.decode("utf-8-sig")))
    )
    assert rows[1][4:] == ["1.0", "8.0", "12.5"]
    told = client.get(f"{DOOR}?{fields}", headers=bearer(world.token(people.keeper, "usage:read"))).json
    assert (told["used"], told["there"], told["items"][0]["used"], told["old"]) == ("1", "8", "1", 0)


@pytest.mark.parametrize(
    ("zone", "first", "end"),
    [
        ("Europe/Berlin", date(2026, 3, 2), date(2027, 1, 20)),
        ("America/New_York", date(2026, 10, 25), date(2026, 11, 8)),
        ("Australia/Lord_Howe", date(2026, 3, 25), date(2026, 10, 10)),  # by half an hour
        ("America/Sao_Paulo", date(2018, 2, 10), date(2018, 11, 10)),  # at midnight
        ("America/Havana", date(2026, 3, 1), date(2026, 11, 10)),
        ("Asia/Kathmandu", date(2026, 2, 1), date(2026, 3, 4)),
        ("Asia/Shanghai", date(2026, 2, 1), date(2026, 2, 1)),
    ],
)
def test_hours_there_were_agree_with_the_reference_of_minutes(zone: str, first: date, end: date) -> None:
    """Every minute on the wall, one by one."""
    place, found = ZoneInfo(zone), [0] * 168
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) - 86_400
    for minute in range(begin, begin + ((end - first).days + 3) * 86_400, 60):
        wall = datetime.fromtimestamp(minute, place)
        if first <= wall.date() < end:
            found[wall.weekday() * 24 + wall.hour] += 60
    assert list(hours_there(first, end, place)) == found


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("period", "hour", "used", "there"),
    [
        ("2026-10-25..2026-10-25", 2, "2", "2"),
        ("2026-10-25..2026-10-25", 1, "1", "1"),
        ("2026-10", 2, "2", "5"),
        ("2026", 2, "2", "52"),
        ("2026-03-29..2026-03-29", 2, "0", "0"),
        ("2026-03-29..2026-03-29", 3, "1", "1"),
        ("2026-03", 2, "0", "4"),
    ],
)
def test_hours_that_clocks_repeat_count_twice_and_those_they_skip_not(
    app, client, world, period: str, hour: int, used: str, there: str
) -> None:
    app.config["FROZEN_NOW"] = NOW
    lab = world.lab(zone="Europe/Berlin")
    thing, user = world.instrument(lab, week="Mon-Sun 00:00-24:00"), world.person(lab.institution)
    facts.use(thing, user, (at("2026-10-24 23:00", BERLIN), at("2026-10-25 04:00", BERLIN)))
    facts.use(thing, user, (at("2026-03-29 01:00", BERLIN), at("2026-03-29 04:00", BERLIN)))
    tasks.keep_up()
    keeper = world.person(lab.institution)
    world.grant(keeper, Role.LAB_MANAGER, lab)
    key, fields = bearer(world.token(keeper, "usage:read")), f"of=instrument-{thing.id}&period={period}"
    told = client.get(f"{DOOR}?{fields}&weekday=6&hour={hour}", headers=key).json
    assert (told["used"], told["there"]) == (used, there)
    week = client.get(f"/api/v1/utilization/dashboard?{fields}", headers=key).json["week"]
    share = int(used) / int(there) if int(there) else 0.0
    assert float(week[6 * 24 + hour]) == pytest.approx(share, abs=1e-6)
    sign_in(client, keeper)
    assert client.get(f"/utilization/hours?{fields}&weekday=6&hour={hour}").status_code == 200
    body = client.get(f"/utilization/board-week.csv?{fields}").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body)))[7][1 + hour] == str(round(share * 100, 1))


def test_a_click_leads_there(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    campus = Campus(world)
    boss = world.person(campus.homes[0])
    world.grant(boss, Role.PLATFORM_ADMINISTRATOR)
    page = view()
    sign_in_page(page, app, boss)
    page.goto("/utilization?period=2026")
    for kind in ("svg", "png"):
        for name in ("week", "trend", "instruments", "steps", "matrix"):
            button = page.locator(f"[data-name^={name}-] [data-picture={kind}]")
            with page.expect_download() as found:
                button.click()
            assert found.value.suggested_filename == f"{name}-platform-2026.{kind}"
            if kind == "svg":
                ElementTree.parse(found.value.path())  # noqa: S314 - our own page made it a moment ago
    page.click(".heat.linked tbody tr:nth-child(3) td:nth-of-type(5) a")
    page.wait_for_url("**/utilization/hours?**weekday=2**")
    assert faults(page) == []
    page.select_option("#f-hour", "")
    page.press(".view-form button", "Enter")
    page.wait_for_url("**hour=")
    assert page.locator("#hours-title").count() == 1


def test_a_day_of_24_hours_fits_a_wide_screen(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    campus = Campus(world)
    people, thing = People(world, campus), campus.things[0]
    start, end = span("2026-05-12", "00:00-23:59")
    facts.use(thing, people.keeper, (start, end + 60))
    tasks.keep_up()
    page = view()
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in_page(page, app, people.manager)
    page.goto(f"/utilization?of=instrument-{thing.id}&period=2026-05")
    table = page.locator("table[aria-labelledby=week-title]")
    assert table.locator("thead th").count() == 24
    assert table.evaluate("each => each.parentElement.scrollWidth <= each.parentElement.clientWidth")
