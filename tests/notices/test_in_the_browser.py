"""Notices in a browser: the bell, the list and the preferences, at a desk and on a phone, in both languages, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.notices import tasks
from instruments.notices.models import NoticeDelivery, NoticePreference
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.web import clock
from tests.live import DESKTOP, PHONE, faults, sign_in_page

LANGUAGES = {
    "en": ("en-GB", "Notices", "Mark all as read", "Save"),
    "zh_Hans_CN": ("zh-CN", "通知", "全部标为已读", "保存"),
}


@pytest.fixture
def told(server, world):
    """A person for whom the lab booked twice, under the real clock."""
    university = world.institution()
    lab = world.lab(university)
    manager = world.person(university, name_en="Chen Moni", name_zh="陈模拟")
    world.grant(manager, "lab_manager", lab)
    name = "Confocal Raman microscope with a low-temperature stage and a long name"
    instrument = world.instrument(lab, name_en=name, name_zh="带低温台的共聚焦拉曼显微镜")
    person = world.person(university)
    now = clock.now()
    tomorrow = now.replace(minute=0, second=0) + timedelta(days=2)
    for hours in range(2):
        actor, user = actor_by_id(manager.id, now), actor_by_id(person.id, now)
        assert actor and user
        start = tomorrow + timedelta(hours=hours)
        wanted = BookingRequest(instrument.id, start, start + timedelta(hours=1))
        perform(lambda actor=actor, user=user, wanted=wanted: book(actor, user, wanted, now))
    tasks.follow()
    db.session.commit()
    return person


def open_list(new_page: Callable[..., Page], app, told, language: str, size) -> Page:
    page = new_page(viewport=size, locale=LANGUAGES[language][0])
    sign_in_page(page, app, told)
    page.goto(f"/language/{language}?next=/notices")
    return page


@pytest.mark.parametrize(("language", "size"), list(zip(LANGUAGES, [DESKTOP, PHONE], strict=True)))
def test_list_and_preferences_are_fit_for_everybody(new_page, app, told, language, size) -> None:
    page = open_list(new_page, app, told, language, size)
    _, title, _, save = LANGUAGES[language]
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert faults(page) == []
    page.goto("/profile/notices")
    expect(page.get_by_role("button", name=save, exact=True)).to_be_visible()
    kind = page.locator("tbody tr").first.get_by_role("checkbox")
    in_app, by_mail = (kind.nth(place).bounding_box() for place in range(2))
    assert in_app and by_mail
    assert (in_app["y"], in_app["x"] + 40 < by_mail["x"]) == (by_mail["y"], True), "each under its heading"
    assert faults(page) == []


def test_the_bell_leads_to_the_list_and_empties(new_page, app, told) -> None:
    page = open_list(new_page, app, told, "en", DESKTOP)
    page.goto("/home")
    page.get_by_role("link", name="2 unread notices").click()
    expect(page.get_by_text("unread", exact=True)).to_have_count(2)
    page.get_by_role("link", name="Chen Moni booked").first.click()
    expect(page).to_have_url(re.compile(r"/reservations/\d+$"))
    page.get_by_role("link", name="1 unread notice").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    expect(page.get_by_text("unread", exact=True)).to_have_count(0)


def test_a_choice_is_made_by_keyboard(new_page, app, told) -> None:
    page = open_list(new_page, app, told, "en", DESKTOP)
    page.get_by_role("link", name="Choose what you are told").click()
    box = page.get_by_role("checkbox", name="By mail: Somebody books for me")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.get_by_label("How long before").first.select_option("2 hours")
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("saved")
    expect(page.get_by_role("checkbox", name="By mail: Somebody books for me")).not_to_be_checked()
    expect(page.get_by_label("How long before").first).to_have_value("2")
    db.session.rollback()
    kept = db.session.get(NoticePreference, (told.id, "reservation.soon"))
    assert kept is not None and kept.hours == 2


@pytest.mark.parametrize(("language", "size"), list(zip(LANGUAGES, [DESKTOP, PHONE], strict=True)))
def test_letters_in_doubt_are_decided_one_by_one_and_all(new_page, app, told, world, language, size) -> None:
    with deed():
        values = {"state": "doubtful", "handed_at": clock.now(), "done_at": clock.now()}
        db.session.execute(update(NoticeDelivery).values(**values, failure="Connection unexpectedly closed"))
    runner = world.person(told.institution)
    world.grant(runner, "platform_administrator")
    page = new_page(viewport=size, locale=LANGUAGES[language][0])
    sign_in_page(page, app, runner)
    page.goto(f"/language/{language}?next=/platform/letters")
    words = {
        "en": ("Send again", "All of them arrived", "No letter is in doubt"),
        "zh_Hans_CN": ("重新发送", "全部已送达", "没有结果不明的邮件"),
    }
    again, all_arrived, empty = words[language]
    row = page.get_by_role("button", name=re.compile(f"^{again}[:：]"))
    before = row.count()
    assert before >= 2 and faults(page) == []
    page.screenshot(path=f"/tmp/in-doubt-{language}.png", full_page=True)
    row.first.click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(row).to_have_count(before - 1)
    page.get_by_role("button", name=all_arrived).click()
    expect(page.get_by_text(empty)).to_be_visible()
    assert faults(page) == []
