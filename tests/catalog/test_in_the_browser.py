"""The catalogue's pages in a real browser: no axe violation, nothing wider than the screen, in both languages and appearances."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from instruments.catalog import tasks
from instruments.catalog.models import ImportRun, Technique
from instruments.database import db
from instruments.people.models import Institution
from instruments.people.rights import Role
from tests.catalog.files import FORTY, csv_bytes
from tests.live import at_a_desk, faults, on_a_phone, sign_in_page
from tests.world import World

LONG = "Ultra-high-resolution field-emission scanning transmission electron microscope with several detectors"
LATER = 20_000


@pytest.fixture
def seen(view: Callable[[], Page]) -> Page:
    return view()


@pytest.fixture
def institution(seen: Page, app: Flask, world: World) -> Institution:
    """An institution, with its manager signed in."""
    institution = world.institution(
        "qinling.example", name_en="Qinling University of Very Long Names and Distances"
    )
    person = world.person(institution, name_en="Zhou Nishe")
    world.grant(person, Role.INSTITUTION_MANAGER, institution)
    sign_in_page(seen, app, person)
    return institution


def look(page: Page, *addresses: str) -> dict[str, Any]:
    """What is wrong on each page."""
    wrong: dict[str, Any] = {}
    for address in addresses:
        page.goto(address)
        if found := faults(page):
            wrong[address] = found
    return wrong


def test_the_pages_of_instruments(seen: Page, institution: Institution, world: World) -> None:
    lab = world.lab(institution, name_en="Centre for the Analysis of Materials under Extreme Conditions")
    full = world.instrument(
        lab, name_en=LONG, maker="Thermo Fisher Scientific", model="Spectra 300", asset_number="20190033",
        class_code="010101", specifications=[{"name": "Resolution", "value": "0.05", "unit": "nm"}],
        measured_quantities=["Lattice structure / 晶格"], national_record={"country": "德国", "fees": "校内 100 元/时"},
        original_value=Decimal(9_000_000), commissioned_on=date(2020, 1, 2), status="limited", status_note="Detector B is away.",
    )  # fmt: skip
    full.techniques.append(
        Technique(key="tem", name_en="Transmission electron microscopy", name_zh="透射电镜")
    )
    bare = world.instrument(lab, week=None)
    retired = world.instrument(lab, status="retired", retired_on=date(2026, 1, 2))
    own = f"/instruments/{full.id}"
    assert look(
        seen, "/catalog", "/catalog?q=nothing-like-it", f"/instruments/new?lab={lab.id}", own, f"{own}/edit", f"{own}/history",
        f"/instruments/{bare.id}", f"/instruments/{bare.id}/edit", f"/instruments/{retired.id}",
        f"/instruments/{retired.id}/edit", "/catalog/imports/new",
    ) == {}  # fmt: skip


@on_a_phone
def test_a_refused_form_leads_to_its_reasons(seen: Page, institution: Institution, world: World) -> None:
    lab = world.lab(institution)
    seen.goto(f"/instruments/new?lab={lab.id}")
    seen.locator("#f-capacity").fill("0")
    seen.locator("#f-original_value").fill("many")
    seen.locator(".save-bar .btn-primary").click()
    expect(seen.locator(".summary")).to_be_focused()
    assert seen.locator("[aria-invalid=true]").count() == 2
    assert seen.locator("#f-original_value").input_value() == "many"
    assert faults(seen) == []


def upload(page: Page, file: Path, *, week: str = "", add_labs: bool = False) -> None:
    """Choose a file on the page, send it, and wait until it is checked or refused."""
    page.goto("/catalog/imports/new")
    page.locator("#f-file").set_input_files(file)
    page.locator("#f-week").fill(week)
    page.locator("#f-create_labs").set_checked(add_labs)
    page.locator("main form .btn-main").click()
    finish(page)


def finish(page: Page) -> None:
    """Do as the worker does, and wait until the page shows what came of it."""
    tasks.sweep()
    page.locator(".tally, .note-bad").first.wait_for(timeout=LATER)
    page.wait_for_load_state()


@on_a_phone
def test_a_file_with_errors_is_mended_and_imported(
    seen: Page, institution: Institution, tmp_path: Path
) -> None:
    file = tmp_path / "instruments.csv"
    wrong = {**FORTY, "asset_number": "X2", "contact_mail": "nobody", "booked_on": "2027-13-01"}
    file.write_bytes(csv_bytes([FORTY, wrong], encoding="gb18030"))
    upload(seen, file, week="Mon-Fri 08:00-18:00")
    assert seen.locator("tbody tr").count() == 4
    assert faults(seen) == []
    seen.locator('form[action$="/check-again"] button').click()
    finish(seen)
    seen.get_by_text("nobody").wait_for(timeout=LATER)
    assert seen.locator("tbody tr").count() == 2
    seen.locator('form[action$="/import"] button').click()
    finish(seen)
    seen.locator(".note-free").wait_for(timeout=LATER)
    assert faults(seen) == []

    file.write_bytes(csv_bytes([{**FORTY, "contact_phone": "029-2"}, {**FORTY, "asset_number": "X2"}]))
    upload(seen, file)
    run = seen.url.partition("?")[0]
    assert look(seen, *(f"{run}?show={kind}" for kind in ("refused", "new", "changed", "same"))) == {}


@at_a_desk
def test_how_far_a_file_is(seen: Page, institution: Institution) -> None:
    run = ImportRun(
        institution=institution, file_name="instruments.xlsx", file_path="", state="checking", rows_total=4200, rows_checked=3000,
        created_at=datetime.now(UTC), woken_at=datetime.now(UTC), options={"create_labs": False, "week": ""},
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    seen.goto(f"/catalog/imports/{run.id}")
    assert seen.locator("progress").evaluate("bar => [bar.value, bar.max]") == [3000, 4200]
    assert "71%" in seen.locator("#progress").inner_text()
    assert faults(seen) == []
    run.rows_checked = 4000
    db.session.commit()
    seen.get_by_text("95%").wait_for(timeout=LATER)


@at_a_desk
def test_a_file_that_is_no_table(seen: Page, institution: Institution, tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_bytes(b"<!DOCTYPE html><html><table></table></html>")
    upload(seen, file)
    seen.locator(".note-bad").wait_for(timeout=LATER)
    assert faults(seen) == []


def test_an_instrument_on_paper(new_page: Callable[..., Page], world: World) -> None:
    thing = world.instrument(name_en=LONG)
    page = new_page()
    page.goto(f"/instruments/{thing.id}")
    page.emulate_media(media="print")
    for hidden in (".bar", ".foot", ".crumbs", "#booking"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("h1").is_visible()
    assert page.locator("#record-title, #rules-title").first.is_visible()
    rules = "[...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join()"
    assert "counter(pages)" in page.evaluate(rules)
