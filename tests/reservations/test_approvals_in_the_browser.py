"""The queue of a lab in a real browser: wide and on phones, in both languages, by keyboard, without axe violations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from instruments.web import clock
from tests.live import at_a_desk, faults, on_a_phone, press_to, sign_in_page
from tests.world import World, bearer

LONG = (
    "Field-emission transmission electron microscope with in-situ heating holder and direct electron detector"
)
HOUR = timedelta(hours=1)


class Place:
    """A lab with three requests that wait."""

    def __init__(self, app: Flask, world: World) -> None:
        home = world.institution(name_en="Qinling University", name_zh="秦岭大学")
        elsewhere = world.institution(
            name_en="Weibei Institute of Optics and Precision Mechanics of the Province",
            name_zh="渭北光学精密机械研究所",
        )
        lab = world.lab(home)
        thing = world.instrument(lab, name_en=LONG, name_zh="场发射透射电子显微镜（原位加热与直接电子探测）")
        world.approval_rule(lab, "institution", "partners", own_together=True)
        self.manager = world.person(home, name_en="Chen Moni")
        world.grant(self.manager, Role.LAB_MANAGER, lab)
        self.asker = world.person(elsewhere, name_en="Zhang Yangben of the Very Long Name", name_zh="张样本")
        members = [world.person(home), world.person(home)]
        # From ten in the morning on the wall of the lab, so that none of them crosses midnight at whatever hour this runs.
        start = clock.now().replace(hour=2, minute=0, second=0) + 48 * HOUR
        world.closure(thing, start + 3 * HOUR, start + 4 * HOUR, reason="Cooling water / 冷却水检修")
        self.numbers = []
        client = app.test_client()
        for place, who in enumerate((self.asker, *members)):
            begin = start + 5 * place * HOUR
            body = {
                "instrument_id": thing.id,
                "start": begin.isoformat(),
                "end": (begin + 2 * HOUR).isoformat(),
            }
            headers = bearer(world.token(who))
            self.numbers.append(client.post("/api/v1/reservations", json=body, headers=headers).json["id"])
        self.queue, self.lab, self.thing = (
            f"/labs/{lab.id}/approvals",
            f"/labs/{lab.id}",
            f"/instruments/{thing.id}",
        )

    def states(self) -> list[str]:
        db.session.rollback()
        return [db.session.get(Reservation, number, populate_existing=True).state for number in self.numbers]


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    return Place(app, world)


@pytest.fixture
def seen(view: Callable[[], Page], app: Flask) -> Callable[[Person], Page]:
    """The pages as a person sees them."""

    def see(person: Person) -> Page:
        page = view()
        sign_in_page(page, app, person)
        return page

    return see


def test_every_page_of_approval_is_sound(seen: Callable[[Person], Page], place: Place) -> None:
    page = seen(place.manager)
    wrong = {}
    for address in (
        place.queue,
        f"{place.queue}?view=answered",
        f"{place.lab}/approval",
        f"{place.thing}/approval",
        f"/reservations/{place.numbers[0]}",
        "/home",
    ):
        page.goto(address)
        for summary in page.locator("main details summary").all():
            summary.click()
        if found := faults(page):
            wrong[address] = found
    assert wrong == {}


@on_a_phone
def test_requests_are_answered_by_keyboard_alone(seen: Callable[[Person], Page], place: Place) -> None:
    page = seen(place.manager)
    page.goto(place.queue)
    press_to(page, ".request button[value=decline]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-message[aria-invalid]")
    assert faults(page) == []
    press_to(page, "#f-message")
    page.keyboard.type("维修 Repair")
    press_to(page, ".request button[value=decline]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place.queue}")
    assert place.states() == ["declined", "requested", "requested"]
    press_to(page, ".request button[value=approve]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place.queue}")
    page.wait_for_selector(".note-free")
    assert place.states() == ["declined", "confirmed", "requested"]
    assert faults(page) == []


@at_a_desk
def test_several_are_answered_at_once(seen: Callable[[Person], Page], place: Place) -> None:
    page = seen(place.manager)
    page.goto(place.queue)
    page.locator("main details.card summary").click()
    for number in place.numbers[1:]:
        page.check(f"#c-{number}")
    page.click("details.card button[value=approve]")
    page.wait_for_selector(".note-free")
    assert place.states() == ["requested", "confirmed", "confirmed"]


@at_a_desk
def test_another_time_is_proposed_and_accepted(seen: Callable[[Person], Page], place: Place) -> None:
    page = seen(place.manager)
    page.goto(place.queue)
    page.locator(".request details summary").click()
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    page.fill("#f-day", day)
    page.fill("#f-from", "13:00")
    page.fill("#f-until", "15:00")
    page.click("button[value=propose]")
    page.wait_for_selector(".note-free")
    asker = seen(place.asker)
    asker.goto("/home")
    asker.locator("[aria-labelledby=needs-title] a").click()
    asker.wait_for_url(f"**/reservations/{place.numbers[0]}")
    assert "13:00–15:00" in asker.locator("[aria-labelledby=proposed-title]").inner_text()
    assert faults(asker) == []
    asker.locator("[aria-labelledby=proposed-title] form button").click()
    asker.wait_for_selector(".note-free")
    assert place.states() == ["confirmed", "requested", "requested"]
    asker.goto(place.thing)
    assert faults(asker) == []
