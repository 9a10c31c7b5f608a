"""A company gets a quote in a real browser, reads its paper, accepts the agreement and then the quote; no axe violations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.database.transactions import perform
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.formal_quotes.agreements import publish
from instruments.web import clock
from tests.live import sign_in_page, violations
from tests.rates.pricing_world import published
from tests.world import World


@pytest.fixture(
    params=[("en", 1280, "light"), ("zh_Hans_CN", 390, "dark")], ids=["english-desktop", "chinese-dark-phone"]
)
def view(request: pytest.FixtureRequest) -> tuple[str, int, str]:
    return request.param


def test_quoted_read_agreed_and_accepted(
    view: tuple[str, int, str], new_page: Callable[..., Page], app: Flask, world: World
) -> None:
    language, width, colours = view
    lab, now = world.lab(name_en="Laboratory of " + "very long names " * 5), clock.now()
    instrument = world.instrument(lab, audience="companies")
    published(lab, now.date() - timedelta(days=9))
    company = world.institution(kind="company")
    boss, officer = world.person(company, kind="external"), world.person(lab.institution)
    world.grant(boss, Role.COMPANY_MANAGER, company)
    world.grant(officer, Role.FINANCE_OFFICER, lab.institution)
    world.fund(company, boss, creditor=lab.institution, kind="credit", budget_units=900_000)
    house, author = lab.institution_id, actor_by_id(officer.id, now)
    assert author is not None
    perform(lambda: publish(author, house, ("Pay within 30 days.", "三十日内付款。"), 0, now))

    page = new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
    sign_in_page(page, app, boss)
    page.goto(f"/language/{language}?next=/sign-in")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

    def looked_at(what: str) -> None:
        assert (what, violations(page), page.evaluate(wide)) == (what, [], False)

    page.goto(f"/instruments/{instrument.id}")
    page.fill("#f-day", (now + timedelta(days=3)).date().isoformat())
    page.fill("#f-from", "10:00")
    page.fill("#f-until", "12:00")
    page.click("button[formaction$='/formal-quotes']")
    page.wait_for_url("**/formal-quotes/*")
    looked_at("offered")
    paper = page.request.get(f"{page.url}.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")

    page.click("#f-agreement a")
    looked_at("agreement")
    page.click("form[action$='/agreement/accept'] button")
    page.wait_for_url("**/formal-quotes/*")
    looked_at("agreed")
    page.select_option("#f-fund_id", index=1)
    page.click("form[action$='/accept'] .btn-primary")
    page.wait_for_selector("#order-title")
    looked_at("accepted")
    assert page.locator("a[href^='/reservations/']").count() >= 1
    for address in ("/formal-quotes", f"/institutions/{house}/agreement"):
        page.goto(address)
        looked_at(address)
