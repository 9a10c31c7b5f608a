"""From the refusal to the booking in a real browser: asked for by one click, granted by an operator, booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from instruments.web import clock
from tests.live import sign_in_page, violations
from tests.world import World


def faults(page: Page) -> list[str]:
    """What is wrong with what is shown now."""
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return violations(page) + (["wider than the screen"] if too_wide else [])


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
