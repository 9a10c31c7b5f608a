"""A student books from the grant of a group and sees the price change while moving the slot; and the pages with prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.models import FundUser
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.rates.models import RateWindow
from instruments.reservations.cancelling import cancel
from instruments.reservations.models import Displacement, Reservation
from instruments.web import clock
from tests.live import faults, sign_in_page
from tests.rates.pricing_world import price, published
from tests.world import World


class Place:
    """An instrument at 60.00 an hour, with an add-on and two modes, and a student whose group has two grants."""

    def __init__(self, world: World) -> None:
        now = clock.now()
        self.day = (now + timedelta(days=2)).date().isoformat()
        self.lab = world.lab()
        self.thing = world.instrument(self.lab)
        prices = [price("own_institution", 6000), price("own_institution", 500, "item", code="tip", name_en="Tip"),
                  price("own_institution", 9000, mode="assisted")]  # fmt: skip
        cheap = RateWindow(
            position=0, name_en="Afternoon", since=12 * 60, until=18 * 60, factor=Decimal(50), days=""
        )
        published(self.lab, since=date(2020, 1, 1), prices=prices,
                  windows=[cheap], late_percent=50)  # fmt: skip
        self.student = world.person(self.lab.institution)
        group = world.group(self.lab.institution, world.person(self.lab.institution))
        world.grant(self.student, Role.MEMBER, group)
        for units in (50_000, 900):
            fund = world.fund(group, name_en=f"Grant of {units}", budget_units=units)
            db.session.add(FundUser(fund_id=fund.id, given_at=now))
        db.session.commit()

    def address(self, first: str, last: str) -> str:
        return f"/instruments/{self.thing.id}?day={self.day}&from={first}&until={last}"


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    return Place(world)


def test_a_student_sees_the_price_while_moving_the_slot_and_books(
    app: Flask, new_page: Callable[..., Page], place: Place
) -> None:
    page = new_page(viewport={"width": 1280, "height": 1000})
    sign_in_page(page, app, place.student)
    page.goto(place.address("10:00", "12:00"))
    chosen = page.locator(".ec-event.is-chosen")
    expect(chosen).to_contain_text("CNY 120.00")
    expect(page.locator("#payer-said")).to_contain_text("CNY 380.00 left after this booking")

    # Dragged into the cheap hours: the block itself says what it would cost there, then the form does.
    chosen.scroll_into_view_if_needed()
    box = chosen.bounding_box()
    assert box
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle, height)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(middle, height + step * 34 * 3 / 12)
    expect(page.locator(".ec-event", has_text="CNY 60.00")).not_to_have_count(0)
    page.mouse.up()
    expect(page.locator(".book-words").first).to_have_text("Book for CNY 60.00")
    expect(page.locator("#payer-said")).to_contain_text("CNY 440.00 left after this booking")
    page.locator("form[data-booking] .btn-main").click()
    page.wait_for_url("**/reservations/*")
    expect(page.locator("main")).to_contain_text("CNY 60.00")
    expect(page.locator("main")).to_contain_text("Grant of 50000")


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1440), ("zh_Hans_CN", 390)], ids=["english-desktop", "chinese-phone"]
)
def test_the_form_with_its_price_is_sound(
    app: Flask, new_page: Callable[..., Page], place: Place, language: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in_page(page, app, place.student)
    page.goto(f"/language/{language}?next=/")
    wrong = {}
    for address in (place.address("10:00", "12:00"), "/?sort=price&at_most=500"):
        page.goto(address)
        found = faults(page)
        if found:
            wrong[address] = found
    assert wrong == {}


def test_what_a_closure_took_is_booked_again_by_two_presses(
    app: Flask, new_page: Callable[..., Page], place: Place
) -> None:
    page = new_page(viewport={"width": 1280, "height": 1000})
    sign_in_page(page, app, place.student)
    page.goto(place.address("10:00", "12:00"))
    page.locator("form[data-booking] [name=title]").fill("Graphene & flakes")
    page.get_by_label("Show my name and the title to others").check()
    page.locator("form[data-booking] [name=purpose]").select_option("development")
    page.locator("form[data-booking] .btn-main").click()
    page.wait_for_url("**/reservations/*")
    first = page.url
    now, student = clock.now(), actor_by_id(place.student.id, clock.now())
    number = int(first.rsplit("/", 1)[1])
    assert student
    perform(lambda: cancel(student, number, "closed", None, now))
    row = db.session.get_one(Reservation, number)
    db.session.add(
        Displacement(
            reservation_id=number, outcome="cancelled", instrument_id=place.thing.id, starts_at=row.starts_at,
            ends_at=row.ends_at, decided_at=now, offered_until=now + timedelta(hours=9),
        )
    )  # fmt: skip
    db.session.commit()

    page.goto(first)
    assert faults(page) == []
    page.get_by_role("link", name="Book it again").click()
    expect(page.locator("form[data-booking] [name=title]")).to_have_value("Graphene & flakes")
    expect(page.get_by_label("Show my name and the title to others")).to_be_checked()
    expect(page.locator("form[data-booking] [name=purpose]")).to_have_value("development")
    expect(page.locator(".book-words").first).to_have_text("Book for CNY 120.00")
    page.locator("form[data-booking] .btn-main").click()
    page.wait_for_url("**/reservations/*")
    assert page.url != first
    expect(page.locator("main")).to_contain_text("Graphene & flakes")
    expect(page.locator("main")).to_contain_text("Grant of 50000")
