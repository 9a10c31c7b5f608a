"""A head gives a student a fund in a real browser, the student sees it; finance reads the books; each page by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from instruments.database.transactions import perform
from instruments.funds.bringing_in import bring_in_for_fund
from instruments.money import Money
from instruments.people.signing import actor_by_id
from instruments.web import clock
from tests.live import faults, sign_in_page
from tests.world import World


def test_a_fund_is_given_charged_and_read(new_page: Callable[..., Page], app: Flask, world: World) -> None:
    home = world.institution()
    head, student, finance = world.person(home), world.person(home, kind="student"), world.person(home)
    world.grant(finance, "finance_officer", home)
    world.grant(world.person(home), "auditor", home)
    group = world.group(home, head, name_en="Thin films")
    long_name = "Key project on wide-gap semiconductors for power electronics in electric vehicles"
    fund = world.fund(
        group, name_en=long_name, name_zh="宽禁带半导体", budget_units=100_000, warn_percents=[80]
    )
    number, mail, home_id = fund.id, student.mail, home.id
    actor, now = actor_by_id(finance.id, clock.now()), clock.now()
    assert actor is not None
    perform(lambda: bring_in_for_fund(actor, number, Money.from_units(85_000, "CNY"), "Old books", now))

    def seen_by(person: Any, **options: Any) -> Page:
        page = new_page(**({"viewport": {"width": 1280, "height": 900}} | options))
        sign_in_page(page, app, person)
        page.goto("/language/en?next=/sign-in")
        return page

    page = seen_by(head)
    page.goto("/funds")
    wrong = {"list": faults(page)}
    page.click(f"main a[href$='/funds/{number}'] >> nth=0")
    wrong["fund"] = faults(page)
    page.click("text=Give the right >> nth=0")
    page.fill("#f-people", mail)
    page.fill("#f-limit", "100")
    page.fill("#f-ends_on", (now + timedelta(days=30)).date().isoformat())
    wrong["rights"] = faults(page)
    page.click("main form button.btn-primary")
    page.wait_for_selector(".note-free")
    for path in (f"/funds/{number}/edit", f"/funds/{number}/allowed", "/funds/new", "/programmes"):
        page.goto(path)
        wrong[path] = faults(page)

    phone = seen_by(student, viewport={"width": 360, "height": 800}, color_scheme="dark")
    phone.goto("/language/zh_Hans_CN?next=/funds")
    wrong["phone list"] = faults(phone)
    phone.goto(f"/funds/{number}")
    assert "100.00" in phone.inner_text("main")
    wrong["phone fund"] = faults(phone)

    books = seen_by(finance, viewport={"width": 360, "height": 800})
    for path in (f"/institutions/{home_id}/ledger", f"/funds/{number}", f"/funds/{number}/opening"):
        books.goto(path)
        wrong[f"finance {path}"] = faults(books)
    books.goto(f"/institutions/{home_id}/ledger")
    books.click("main .table a >> nth=0")
    wrong["account"] = faults(books)
    assert {name: found for name, found in wrong.items() if found} == {}
