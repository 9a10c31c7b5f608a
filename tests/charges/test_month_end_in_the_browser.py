"""A company objects to a line before its statement is issued; finance invoices, reads numbers back and sees who is late."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from instruments.charges.closing.reminding import remind
from instruments.charges.closing.starting import open_for_objections
from instruments.charges.closing_models import Statement
from instruments.charges.dispute_models import Dispute
from instruments.charges.invoice_models import Invoice
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Institution
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import DAY, MONTH, close, mixed
from tests.charges.test_invoicing import CODE, said
from tests.conftest import NOW
from tests.live import faults, sign_in_page
from tests.world import World

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


def test_who_pays_objects_and_finance_invoices(
    new_page: Callable[..., Page], app: Flask, world: World, tmp_path: Path
) -> None:
    scene = Scene(world)
    mixed(scene, 6)
    company = db.session.scalars(select(Institution).where(Institution.kind == "company")).one()
    boss = world.person(company)
    world.grant(boss, Role.COMPANY_MANAGER, company)
    house, finance, wrong = scene.house.id, scene.finance, dict[str, list[str]]()
    perform(partial(open_for_objections, house, MONTH, None, NOW, finance.id))

    def seen_by(person: Any, language: str, **options: Any) -> Page:
        page = new_page(**options)
        sign_in_page(page, app, person)
        page.goto(f"/language/{language}?next=/statements")
        return page

    # The company looks at its statement to come: two clicks, and a line waits for the lab's answer.
    page = seen_by(boss, "zh_Hans_CN", **PHONE)
    wrong["statements"] = faults(page)
    page.click("main a[href*='/statements/to-come/']")
    page.click("ol.statement-lines summary >> nth=0")
    wrong["to come"] = faults(page)
    page.click("button[value=fault]")
    page.wait_for_selector(".note-free")
    db.session.rollback()
    assert db.session.scalars(select(Dispute.state)).all() == ["open"]
    db.session.rollback()
    page.goto(f"/institutions/{company.id}/invoice-details")
    page.fill("#f-title", "示例公司")
    page.click("main form button.btn-primary")
    page.wait_for_selector(".summary")
    wrong["invoice details"] = faults(page)

    # Finance: the month is issued; what is missing is named, mended, and invoiced.
    close(scene)
    office = seen_by(finance, "en")
    invoices = f"/institutions/{house}/invoices"
    office.goto(invoices)
    assert "tax number is missing" in office.inner_text("main")
    wrong["lacking"] = faults(office)
    office.goto(f"{invoices}/items")
    office.fill("#f-name", "*研发和技术服务*测试费")
    office.fill("#f-code", CODE)
    office.click("main form button.btn-primary")
    office.wait_for_selector(".note-free")
    wrong["items"] = faults(office)
    payers = [row.payer_institution_id for row in db.session.scalars(select(Statement)) if row.due_units]
    db.session.rollback()
    said(scene, *payers)
    db.session.rollback()
    office.goto(invoices)
    office.click("main .card-head button.btn-primary")
    office.wait_for_selector(".note-free")
    wrong["asked"] = faults(office)
    with office.expect_download() as taken:
        office.click("a[href$='blue.csv']")
    serial = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    back = tmp_path / "back.csv"
    back.write_text(
        f"发票流水号,发票号码,开票日期\n{serial},26612000000000000001,2020-02-28\nIC9,1,1\n", encoding="utf-8"
    )
    office.set_input_files("#f-file", str(back))
    office.click("main form button.btn-soft")
    office.wait_for_selector("main .page-actions .btn-primary")
    wrong["dry run"] = faults(office)
    office.click("main .page-actions .btn-primary")
    office.wait_for_selector(".note-free")
    db.session.rollback()
    assert "26612000000000000001" in db.session.scalars(select(Invoice.number)).all()
    db.session.rollback()

    # Long afterwards: who is late was reminded, and stands on the page.
    perform(partial(remind, house, NOW + 60 * DAY))
    small = seen_by(finance, "zh_Hans_CN", **PHONE)
    for name in ("overdue", "invoices", "invoices/columns/red", "billing"):
        small.goto(f"/institutions/{house}/{name}")
        wrong[f"phone {name}"] = faults(small)
    small.goto(
        f"/statements/{db.session.scalars(select(Statement.id).order_by(Statement.id.desc())).first()}"
    )
    wrong["phone statement"] = faults(small)
    assert {name: found for name, found in wrong.items() if found} == {}
