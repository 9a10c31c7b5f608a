"""Statements and month end in the browser: who sees what, the files, and the way from preview to issued."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from instruments.charges.closing.income import earned
from instruments.charges.closing.papers import paper_of
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import BillingDetails, Statement
from instruments.database import db
from instruments.funds.ledger_models import LedgerTransfer
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import MONTH, close, mixed
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def looks() -> list[tuple[str, int]]:
    db.session.rollback()
    entries = JournalEntry
    asked = select(entries.thing_kind, entries.thing_id).where(entries.deed == "money.looked_at")
    return [tuple(row) for row in db.session.execute(asked)]


def issued(scene: Scene) -> dict[str, int]:
    """Statements by kind of payer."""
    mixed(scene, 3)
    close(scene)
    found = db.session.scalars(select(Statement).order_by(Statement.number)).all()
    return dict(zip(("own", "partner", "company"), (row.id for row in found), strict=True))


def sees(client: FlaskClient, world: World, person: Person, address: str) -> int:
    sign_in(client, person)
    return int(client.get(address).status_code)


def test_who_sees_a_statement(client: FlaskClient, world: World, scene: Scene) -> None:
    numbers = issued(scene)
    company = db.session.get_one(Statement, numbers["company"])
    boss = world.person(company.creditor)
    manager = world.person(db.session.get_one(type(scene.house), company.payer_institution_id))
    world.grant(
        manager, Role.COMPANY_MANAGER, db.session.get_one(type(scene.house), company.payer_institution_id)
    )
    address = f"/statements/{numbers['company']}"
    assert [
        sees(client, world, each, address) for each in (boss, scene.student, scene.head, scene.manager)
    ] == [404] * 4
    assert looks() == []
    assert sees(client, world, manager, address) == 200
    assert looks() == []
    assert sees(client, world, scene.finance, address) == 200
    assert looks() == [("statement", numbers["company"])]
    assert sees(client, world, scene.head, f"/statements/{numbers['own']}") == 200
    assert sees(client, world, scene.head, f"/statements/{numbers['own']}.csv") == 200
    assert looks() == [("statement", numbers["company"])]


def test_the_files_of_a_statement_are_the_same_twice(client: FlaskClient, world: World, scene: Scene) -> None:
    row = BillingDetails(
        institution_id=scene.house.id, bank="First bank", bank_account="6222 0000", tax_number="91"
    )
    db.session.add(row)
    number = issued(scene)["company"]
    sign_in(client, scene.finance)
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        for language in ("en", "zh"):
            first, second = (client.get(f"/statements/{number}.{kind}?lang={language}") for _ in range(2))
            assert first.status_code == 200 and first.data.startswith(start)
            assert first.data == second.data
    page = client.get(f"/statements/{number}").get_data(as_text=True)
    assert "6222 0000" in page and "2027-0003" in page
    assert client.get(f"/statements/{number}?after=1").status_code == 200


def test_a_bank_that_is_named_in_both_languages_is_read_in_one(client: FlaskClient, scene: Scene) -> None:
    bank = "First bank / 第一银行"
    db.session.add(BillingDetails(institution_id=scene.house.id, bank=bank, bank_account="6222 0000"))
    number = issued(scene)["company"]
    sign_in(client, scene.finance)
    for language, own, other in (("en", "First bank", "第一银行"), ("zh_Hans_CN", "第一银行", "First bank")):
        page = client.get(f"/statements/{number}?lang={language[:2]}").text
        assert own in page and other not in page
        with client.application.test_request_context("/"), force_locale(language):
            row = db.session.get_one(Statement, number)
            texts = " ".join(paper_of(row, [], [], standings([row])[row.id]).blocks[-1].texts)
        assert own in texts and other not in texts


def test_a_paper_writes_months_and_days_as_its_reader_does(client: FlaskClient, scene: Scene) -> None:
    number = issued(scene)["company"]
    sign_in(client, scene.finance)
    row = db.session.get_one(Statement, number)
    month, due, name = row.month, row.due_on, f"{row.year}-{row.number:04}"
    month_words = f"{date.fromisoformat(f'{month}-01'):%B %Y}"
    with client.application.test_request_context("/?lang=en"):
        paper = paper_of(row, [], [], standings([row])[row.id])
        facts = dict(paper.facts)
        assert facts["Due"] == f"{due:%-d %b %Y}" and facts["Month"] == month_words
        assert facts["Due"] in paper.blocks[-1].texts[-1]
        assert paper.footer.endswith(month_words) and month not in paper.footer.replace(name, "")
    foot = (
        client.get(f"/statements/{number}?lang=en").get_data(as_text=True).partition('class="print-foot"')[2]
    )
    assert month not in foot.partition("</p>")[0] and month_words in foot


def test_from_preview_to_issued(client: FlaskClient, world: World, scene: Scene) -> None:
    mixed(scene, 3)
    address = f"/institutions/{scene.house.id}/months/{MONTH}"
    for person in (scene.student, scene.manager, scene.head):
        assert sees(client, world, person, address) == 404
        assert client.post(f"{address}/issue", data={"early": "1"}).status_code == 404
    auditor = world.person(scene.house)
    world.grant(auditor, Role.AUDITOR, scene.house)
    assert sees(client, world, auditor, address) == 200
    assert client.post(f"{address}/open").status_code == 404
    sign_in(client, scene.finance)
    before = len(looks())
    assert client.get(f"/institutions/{scene.house.id}/months").status_code == 200
    assert looks()[before:] == [("institution", scene.house.id)]
    assert client.get(f"/institutions/{scene.house.id}/months/2027-13").status_code == 404
    assert client.post(f"{address}/issue", data={}).status_code == 422
    assert client.post(f"{address}/open", data={"version": "none"}).status_code == 412
    assert client.post(f"{address}/open", data={"version": "0"}).status_code == 303
    assert client.post(f"{address}/open", data={}).status_code == 422
    assert client.post(f"{address}/issue", data={"early": "1", "version": "0"}).status_code == 412
    assert client.post(f"{address}/issue", data={"early": "1"}).status_code == 303
    page = client.get(address).get_data(as_text=True)
    assert "2027-0001" in page and "2027-0003" in page
    found = client.get(f"{address}?q=2027-0003&left=1").get_data(as_text=True)
    assert "2027-0003" in found and "2027-0002" not in found
    assert "2027-0001" not in client.get(f"{address}?left=1").get_data(as_text=True)
    asked = select(Statement).where(Statement.number == 3)
    name = db.session.scalars(asked).one().payer["name_en"]
    assert "2027-0003" in client.get(f"{address}?q={name.upper()}").get_data(as_text=True)
    assert "2027-0003" not in client.get(f"{address}?q=%25").get_data(as_text=True)
    assert client.get(f"{address}/progress").status_code == 200
    assert client.get("/statements").status_code == 200


def test_billing_details(client: FlaskClient, world: World, scene: Scene) -> None:
    address = f"/institutions/{scene.house.id}/billing"
    assert sees(client, world, scene.manager, address) == 404
    sign_in(client, scene.finance)
    assert (
        client.post(address, data={"version": "0", "due_days": "0", "objection_days": "99"}).status_code
        == 422
    )
    said = {"version": "0", "due_days": "14", "objection_days": "0", "bank": "A bank", "title_zh": "大学"}
    assert client.post(address, data=said).status_code == 303
    assert client.post(address, data=said).status_code == 412
    db.session.rollback()
    assert db.session.get_one(BillingDetails, scene.house.id).due_days == 14
    page = client.get(address).get_data(as_text=True)
    assert "A bank" in page


def test_income_and_the_journal(client: FlaskClient, world: World, scene: Scene) -> None:
    issued(scene)
    month = f"/institutions/{scene.house.id}/months/{MONTH}"
    layout = f"/institutions/{scene.house.id}/journal-layout"
    addresses = (f"{month}/income", f"{month}/journal.csv", f"{month}/journal.xlsx", layout)
    assert [sees(client, world, scene.manager, each) for each in addresses] == [404] * 4
    assert [sees(client, world, scene.finance, each) for each in addresses] == [200] * 4
    # 120.00 + 180.00 + 400.00; tax 10.19 + 22.64; a fifth of the net is the institution's: 24.00 + 33.96 + 75.47.
    (row,) = earned(scene.house.id, MONTH)
    split = row.split
    assert (split.total, split.within, split.outside, split.programmes) == (70_000, 12_000, 58_000, 0)
    assert (split.tax, split.shared, split.kept) == (3_283, 13_343, 53_374)
    rows = client.get(f"{month}/journal.csv").get_data(as_text=True).splitlines()
    booked = db.session.query(LedgerTransfer).filter_by(institution_id=scene.house.id, month=MONTH).count()
    assert len(rows) == 1 + booked
    assert client.post(layout, data={"columns": "nothing = x"}).status_code == 422
    assert client.post(layout, data={"columns": ""}).status_code == 422
    said = {"columns": "amount = Sum\nkey", "version": "0"}
    assert client.post(layout, data=said).status_code == 303
    assert client.post(layout, data=said).status_code == 412
    first = client.get(f"{month}/journal.csv").data
    assert first.decode("utf-8-sig").splitlines()[0] == "Sum,key"
    assert client.get(f"{month}/journal.csv").data == first
