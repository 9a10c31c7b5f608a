"""From the refusal to the booking in a real browser: asked for by one click, granted by an operator, booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from instruments.web import clock
from tests.live import faults, press_to, sign_in_page
from tests.world import World


def test_refused_asked_granted_and_booked(new_page: Callable[..., Page], app: Flask, world: World) -> None:
    home = world.institution()
    lab = world.lab(home)
    thing = world.instrument(lab, name_en="Raman microscope", name_zh="拉曼显微镜")
    world.needs(lab, level="independent", two_if_hazardous=True)
    member = world.person(home, name_en="Lin Shili of the Very Long Name Indeed")
    operator, officer = world.person(home), world.person(home)
    world.grant(operator, "lab_operator", lab)
    world.grant(officer, "safety_officer", home)
    world.admission(member, home)
    world.qualification(world.person(home), thing, expires_on=(clock.now() + timedelta(days=9)).date())
    number, day = thing.id, (clock.now() + timedelta(days=2)).date()

    def seen_by(person: Any, **options: Any) -> Page:
        page = new_page(viewport={"width": 1280, "height": 900}, **options)
        sign_in_page(page, app, person)
        page.goto("/language/en?next=/sign-in")
        return page

    page = seen_by(member)
    page.goto(f"/instruments/{number}?day={day}&from=10:00&until=12:00#booking")
    page.click("#booking button.btn-primary >> nth=0")
    page.wait_for_selector(".refused")
    wrong = {"refused": faults(page)}
    page.click(".refused form[action$=qualification-requests] button")
    page.wait_for_selector("text=Waits for an answer")
    wrong["mine"] = faults(page)

    staff = seen_by(operator)
    staff.goto(f"/labs/{lab.id}/qualification-requests")
    wrong["requests"] = faults(staff)
    staff.click("button[value=grant]")
    staff.wait_for_selector(".note-free")
    for path in ("qualifications", "qualifications/grant", "qualifications/import"):
        staff.goto(f"/labs/{lab.id}/{path}")
        wrong[path] = faults(staff)

    page.goto(f"/instruments/{number}?day={day}&from=10:00&until=12:00#booking")
    page.click("#booking button.btn-primary >> nth=0")
    page.wait_for_url("**/reservations/*")

    phone = new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
    sign_in_page(phone, app, operator)
    phone.goto("/language/zh_Hans_CN?next=/sign-in")
    for path in (
        f"/labs/{lab.id}/qualifications",
        f"/labs/{lab.id}/qualification-requests",
        "/profile/qualifications",
    ):
        phone.goto(path)
        wrong[f"phone {path}"] = faults(phone)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_requests_are_answered_by_keyboard_alone(view: Callable[[], Page], app: Flask, world: World) -> None:
    home = world.institution()
    lab = world.lab(home)
    thing = world.instrument(
        lab, name_en="Raman microscope with a name that goes on for a very long time indeed"
    )
    world.needs(lab, level="independent")
    member, operator = world.person(home), world.person(home)
    world.grant(operator, "lab_operator", lab)
    asker, staff = view(), view()
    sign_in_page(asker, app, member)
    sign_in_page(staff, app, operator)
    day = (clock.now() + timedelta(days=2)).date()
    asker.goto(f"/instruments/{thing.id}?day={day}&from=10:00&until=12:00")
    ask = "form[action$=qualification-requests] button"
    asker.locator(ask).first.focus()
    asker.keyboard.press("Enter")
    asker.wait_for_url("**/profile/qualifications")
    staff.goto(f"/labs/{lab.id}/qualification-requests")
    press_to(staff, "button[value=decline]")
    staff.keyboard.press("Enter")  # without a word why
    staff.locator("[aria-invalid=true]").wait_for()
    assert faults(staff) == []
    press_to(staff, "textarea[name=message]")
    staff.keyboard.type("Tuesday 14:00, room 12")
    press_to(staff, "button[value=invite]")
    staff.keyboard.press("Enter")
    staff.get_by_text("room 12").first.wait_for()
    assert faults(staff) == []
    asker.reload()
    asker.get_by_text("room 12").first.wait_for()
    assert faults(asker) == []


def test_admissions_are_granted_renewed_and_read_without_a_fault(
    view: Callable[[], Page], app: Flask, world: World
) -> None:
    home = world.institution()
    officer, member = world.person(home), world.person(home, name_en="Lin Shili of the Very Long Name Indeed")
    world.grant(officer, "safety_officer", home)
    kept = world.admission(member, home, exam="Laboratory safety / 实验室安全", result="Passed / 合格")
    page = view()
    sign_in_page(page, app, officer)
    for path in (f"/institutions/{home.id}/admissions", f"/admissions/{kept.id}"):
        page.goto(path)
        assert faults(page) == []
    page.goto(f"/institutions/{home.id}/admissions/grant")
    assert faults(page) == []
    press_to(page, "main button.btn-primary")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    assert faults(page) == []
