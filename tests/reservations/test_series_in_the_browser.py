"""A series in a real browser: by keyboard from the form to what is booked, wide and on a phone, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest
from instruments.reservations.form import prefilled
from instruments.reservations.models import Reservation
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import SeriesRequest
from instruments.reservations.series.repetition import Repetition
from instruments.reservations.series_models import SeriesOccurrence
from instruments.timespan import Timespan
from instruments.web import clock
from tests.journeys.reader import Reader, day_after, hours_of
from tests.live import DESKTOP, PHONE, sign_in_page, violations

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)
LOOKS = {
    "en": ("en-GB", DESKTOP, "Book the chosen dates", "Cancel some of the series?"),
    "zh_Hans_CN": ("zh-CN", PHONE, "预约所选日期", "取消系列中的预约？"),
}


def weekly(thing, person, start) -> int:
    """A series of three that stands."""
    actor, now = actor_by_id(person.id, clock.now()), clock.now()
    rule = replace(Repetition.at(start, start + 2 * HOUR, ZoneInfo("Asia/Shanghai")), every="week", times=3)
    wanted = SeriesRequest(BookingRequest(thing.id, start, start + 2 * HOUR, "research", ""), rule)
    return perform(lambda: book_series(actor, actor, wanted, now)).id


def overflowing(page: Page) -> list[str]:
    """What makes the page wider than the screen."""
    return page.evaluate(
        "() => document.documentElement.scrollWidth > innerWidth ? [String(document.documentElement.scrollWidth)] : []"
    )


@pytest.mark.parametrize("language", list(LOOKS))
def test_from_the_form_to_the_booked_series_by_keyboard(new_page, app, server, world, language) -> None:
    locale, size, book, cancel = LOOKS[language]
    home = world.institution()
    lab, person = world.lab(home), world.person(home)
    thing = world.instrument(lab, name_en=LONG, name_zh="场发射透射电子显微镜（原位加热与直接电子探测）")
    # Ten in the morning on the lab's wall, at whatever hour this runs.
    start = clock.now().replace(hour=2, minute=0, second=0, microsecond=0) + 72 * HOUR
    world.reservation(thing, world.person(home), start + WEEK, start + WEEK + HOUR)
    when = prefilled(Timespan(start, start + 2 * HOUR), "Asia/Shanghai")
    page = new_page(viewport=size, locale=locale)
    sign_in_page(page, app, person)
    page.goto(f"/language/{language}?next=/instruments/{thing.id}")
    for name, value in when.items():
        page.fill(f"#f-{name}", value)
    fold = page.locator("details.repeats > summary")
    fold.focus()
    page.keyboard.press("Enter")
    page.locator("#f-repeats").select_option("week")
    page.locator("#f-times").fill("3")
    page.locator("#f-times").press("Enter")
    conflict = page.locator("select[name^=on-]").nth(1)
    expect(conflict).to_have_value("skip")
    assert violations(page) == [] and overflowing(page) == []
    conflict.focus()
    page.keyboard.press("ArrowDown")
    expect(conflict).not_to_have_value("skip")
    page.locator("main section").get_by_role("button", name=book).press("Enter")
    page.wait_for_url("**/reservations/series/*")
    expect(page.locator("ul.rows > li")).to_have_count(3)
    assert violations(page) == [] and overflowing(page) == []
    page.locator("a[href*='/cancel']").first.press("Enter")
    expect(page.get_by_role("heading", name=cancel)).to_be_visible()
    assert violations(page) == [] and overflowing(page) == []


@pytest.mark.parametrize("language", ["zh_Hans_CN"])
def test_a_date_that_cannot_move_is_decided_about_by_keyboard(new_page, app, server, world, language) -> None:
    locale, size, *_ = LOOKS[language]
    home = world.institution()
    lab, person = world.lab(home), world.person(home)
    thing = world.instrument(lab, name_en=LONG, name_zh="场发射透射电子显微镜（原位加热与直接电子探测）")
    world.needs(thing, two_if_hazardous=True)
    # Ten in the morning on the lab's wall, at whatever hour this runs.
    start = clock.now().replace(hour=2, minute=0, second=0, microsecond=0) + 72 * HOUR
    number = weekly(thing, person, start)
    world.reservation(thing, world.person(home), start + WEEK + 3 * HOUR, start + WEEK + 4 * HOUR)
    page = new_page(viewport=size, locale=locale)
    sign_in_page(page, app, person)
    page.goto(f"/language/{language}?next=/reservations/series/{number}/change")
    for name, value in prefilled(Timespan(start + 2 * HOUR, start + 4 * HOUR), "Asia/Shanghai").items():
        if page.locator(f"#f-{name}").count():
            page.fill(f"#f-{name}", value)
    page.locator("#f-title").press("Enter")
    choice = page.locator("select[name=at-1]")
    expect(choice).to_be_visible()
    assert violations(page) == [] and overflowing(page) == []
    choice.focus()
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_value("leave")
    page.locator("#f-title").press("Enter")
    page.wait_for_url(f"**/reservations/series/{number}")


def test_this_date_and_those_that_follow_move_by_keyboard_and_those_before_stay(
    new_page, app, server, world
) -> None:
    home = world.institution()
    person, other = world.person(home), world.person(home)
    thing = world.instrument(world.lab(home), name_en=LONG)
    before = [hours_of(day_after(3 + 7 * week), 10, 12) for week in range(4)]
    after = [hours_of(day_after(4 + 7 * week), 13, 15) for week in range(4)]
    number = weekly(thing, person, before[0].start)
    blocked = world.reservation(thing, other, after[2].start + HOUR, after[2].end + HOUR)
    page = new_page()
    sign_in_page(page, app, person)
    hands = Reader(page, "en", phone=False)
    hands.opens(f"/reservations/series/{number}")
    hands.follows("Change, %(time)s", time=hands.when(before[1]))
    expect(page.locator("input[name=scope]:checked")).to_have_value("following")
    hands.types_day("Day", after[1].start.date())
    hands.types_time("From", 13)
    hands.types_time("Until", 15)
    hands.presses("Save the change")

    # The third date meets somebody else: it is asked about before anything is changed.
    hands.reads("Nothing was changed.")
    choice = page.get_by_label(hands.when(before[2]))
    expect(choice.locator("option")).to_have_text([re.compile("^Take "), "Leave it as it is", "Cancel it"])
    hands.reaches(choice)
    page.keyboard.press("End")
    page.keyboard.press("Home")
    hands.presses("Save the change")
    hands.reads("%(num)s reservation is changed.", "%(num)s reservations are changed.", num=2)
    rows = page.locator("ul.rows > li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(hands.when(before[0]))
    expect(rows.nth(1)).to_contain_text(hands.when(after[1]))

    db.session.rollback()
    of_series = select(SeriesOccurrence.reservation_id).where(SeriesOccurrence.series_id == number)
    stands = select(Reservation).where(Reservation.id.in_(of_series)).order_by(Reservation.starts_at)
    first, second, third = db.session.scalars(stands)
    assert (first.starts_at, first.version) == (before[0].start, 1)
    assert (second.starts_at, second.ends_at) == (after[1].start, after[1].end)
    assert third.starts_at.date() == after[2].start.date()
    assert third.ends_at <= blocked.starts_at or third.starts_at >= blocked.ends_at
