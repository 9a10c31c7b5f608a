"""Invoices on the pages: finance asks, takes the file and reads numbers back; payers say what stands on theirs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.invoicing.asking import ask
from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing_models import Statement
from instruments.charges.invoice_models import Invoice
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_api import asking
from tests.charges.test_closing import close, mixed
from tests.charges.test_invoicing import CODE, TAX, company, said
from tests.conftest import NOW
from tests.world import World, bearer, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    made = Scene(world)
    mixed(made, 3)
    return made


def test_finance_asks_takes_the_file_and_reads_the_numbers_back(client: FlaskClient, scene: Scene) -> None:
    close(scene)
    address = f"/institutions/{scene.house.id}/invoices"
    for person in (scene.student, scene.manager, scene.head):
        sign_in(client, person)
        assert [client.get(f"{address}{end}").status_code for end in ("", "/items", "/blue.csv")] == [404] * 3
        assert client.post(address).status_code == 404
    sign_in(client, scene.finance)
    assert client.post(address).status_code == 422
    page = client.get(address).get_data(as_text=True)
    assert "/billing" in page and "/invoices/items" in page
    assert client.post(f"{address}/ask-payers").status_code == 303
    assert client.post(f"{address}/items", data={"name": "x"}).status_code == 422
    assert client.post(f"{address}/items", data={"name": "*研发*测试费", "code": CODE}).status_code == 303
    columns = {"columns": "serial = 发票流水号\namount", "version": "0"}
    assert client.post(f"{address}/columns/blue", data={"columns": "no"}).status_code == 422
    assert client.post(f"{address}/columns/blue", data=columns).status_code == 303
    assert client.get(f"{address}/columns/red").status_code == 200
    said(scene, *[row.payer_institution_id for row in db.session.scalars(select(Statement)) if row.due_units])
    assert client.post(address).status_code == 303
    first, second = (client.get(f"{address}/blue.{kind}").data for kind in ("csv", "csv"))
    assert first == second and first.decode("utf-8-sig").splitlines()[0] == "发票流水号,amount"
    assert client.get(f"{address}/blue.xlsx").data == client.get(f"{address}/blue.xlsx").data
    number = db.session.scalars(select(Invoice.id).order_by(Invoice.id.desc())).first()
    assert number is not None
    bad = {"file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")}
    assert client.post(f"{address}/number-files", data=bad).status_code == 422
    table = f"发票流水号,发票号码,开票日期\n{serial_of(number)},26612000000000000001,2027-02-28\nIC9,1,1\n"
    brought = client.post(f"{address}/number-files", data={"file": (io.BytesIO(table.encode()), "back.csv")})
    assert brought.status_code == 303
    assert client.get(brought.location).status_code == 200
    assert db.session.get_one(Invoice, number).number == ""
    for _ in range(2):
        assert client.post(f"{brought.location}/take").status_code == 303
    db.session.rollback()
    assert db.session.get_one(Invoice, number).number == "26612000000000000001"
    assert "26612000000000000001" in client.get(f"/statements/{company(scene).id}").get_data(as_text=True)
    assert "26612000000000000001" in client.get(address).get_data(as_text=True)


def test_payers_say_what_stands_on_their_invoices(client: FlaskClient, world: World, scene: Scene) -> None:
    firm = world.institution(kind="company")
    boss = world.person(firm)
    address = f"/institutions/{firm.id}/invoice-details"
    sign_in(client, boss)
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    world.grant(boss, Role.COMPANY_MANAGER, firm)
    assert client.post(address, data={"title": "x"}).status_code == 422
    wanted = {"title": "示例公司", "tax_number": TAX, "type": "ordinary", "version": "0"}
    assert client.post(address, data=wanted).status_code == 303
    assert client.post(address, data=wanted).status_code == 412
    assert TAX in client.get(address).get_data(as_text=True)
    assert client.post("/profile/invoices", data={"title": "林示例", "type": "ordinary"}).status_code == 303
    assert "林示例" in client.get("/profile/invoices").get_data(as_text=True)


def test_the_command_reads_numbers_back(app: Flask, scene: Scene, tmp_path: Path) -> None:
    close(scene)
    said(scene, company(scene).payer_institution_id)
    (number,) = perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    file = tmp_path / "back.csv"
    head, row = "发票流水号,发票号码,开票日期", f"{serial_of(number)},26612000000000000001,2027-02-28"
    file.write_text(f"{head}\n{row}\nIC9,1,1\n", encoding="utf-8")
    run, house = app.test_cli_runner().invoke, str(scene.house.id)
    db.session.rollback()
    assert run(args=["charges", "numbers", str(file), "--institution", "999999"]).exit_code == 2
    dry = run(args=["charges", "numbers", str(file), "--institution", house, "--dry-run"])
    assert "1 numbers would be taken over" in dry.output and "row 3, IC9" in dry.output
    assert db.session.get_one(Invoice, number).number == ""
    db.session.rollback()
    for taken in (1, 0):
        done = run(args=["charges", "numbers", str(file), "--institution", house])
        assert f"{taken} numbers taken over" in done.output
    db.session.rollback()
    assert db.session.get_one(Invoice, number).number == "26612000000000000001"
    file.write_text("nothing\n", encoding="utf-8")
    assert run(args=["charges", "numbers", str(file), "--institution", house]).exit_code == 1


def test_programs_ask_and_give_numbers(client: FlaskClient, world: World, scene: Scene) -> None:
    close(scene)
    address = f"/api/v1/institutions/{scene.house.id}/invoices"
    reading, writing = (
        world.token(scene.finance, scopes) for scopes in ("money:read", "money:write money:read")
    )
    stranger = bearer(world.token(scene.head, "money:read money:write"))
    assert client.get(address, headers=stranger).status_code == 404
    assert client.post(address, headers=stranger).status_code == 404
    assert client.post(address, headers=bearer(reading)).status_code == 403
    headers = bearer(writing)
    told = client.post(address, headers=headers).get_json()
    assert told["asked"] == [] and "no_details" in {each["code"] for each in told["lacking"][0]["missing"]}
    said(scene, company(scene).payer_institution_id)
    (serial,) = client.post(address, headers=headers).get_json()["asked"]
    assert client.post(address, headers=headers).get_json()["asked"] == []
    (row,) = client.get(address, headers=headers).get_json()["items"]
    assert (row["serial"], row["amount"], row["tax"]) == (serial, "400.00", "22.64")
    numbers = [
        {"serial": serial, "number": "26612000000000000001", "issued_on": "2027-02-28", "amount": "400.00"}
    ]
    body = {"numbers": [*numbers, {"serial": "IC9", "number": "1", "issued_on": "x"}], "dry_run": True}
    sent = client.post(f"{address}/numbers", json=body, headers=headers).get_json()
    assert ([each["outcome"] for each in sent["items"]], sent["taken"]) == (["new", "refused"], 0)
    for taken in (1, 0):
        sent = client.post(f"{address}/numbers", json={"numbers": numbers}, headers=headers).get_json()
        assert sent["taken"] == taken
    assert client.post(f"{address}/numbers", json={"numbers": []}, headers=headers).status_code == 422
    (row,) = client.get(f"{address}?state=issued", headers=headers).get_json()["items"]
    assert row["number"] == "26612000000000000001"


def test_nobodys_change_of_an_item_is_lost(client: FlaskClient, scene: Scene) -> None:
    address, lab = f"/institutions/{scene.house.id}/invoices/items", str(scene.lab.id)
    sign_in(client, scene.finance)
    item = {"name": "*研发*测试费", "code": CODE}
    assert 'name="version" value="0"' in client.get(address).text
    assert client.post(address, data=item | {"version": "0"}).status_code == 303
    assert client.post(address, data=item | {"lab_id": lab, "version": "0"}).status_code == 303
    page = client.get(address).text
    assert 'name="version" value="1"' in page and f'name="version-{lab}" value="1"' in page
    for late in ({"version": "0"}, {"lab_id": lab, "version": "0", f"version-{lab}": "0"}):
        refused = client.post(address, data=item | late | {"name": "Mine"})
        assert refused.status_code == 412 and "This was changed since you opened it." in refused.text
        assert 'value="Mine"' in refused.text
    seen = {"lab_id": lab, "version": "0", f"version-{lab}": "1", "name": "Ours"}
    assert client.post(address, data=item | seen).status_code == 303
    gone = {"lab_id": lab, "version": "0", f"version-{lab}": "2", "name": "", "code": ""}
    assert client.post(address, data=gone | {f"version-{lab}": "1"}).status_code == 412
    assert client.post(address, data=gone).status_code == 303


def test_programs_set_items_and_columns_as_the_pages_do(client: FlaskClient, scene: Scene) -> None:
    finance, manager = asking(scene, client, scene.finance), asking(scene, client, scene.manager)
    address, lab_id = f"/institutions/{scene.house.id}/invoices", scene.lab.id
    usual, own = f"{address}/items/usual", f"{address}/items/labs/{lab_id}"
    item = {"name": " *研发*测试费 ", "code": CODE, "unit": "次"}
    for method, path, body in (
        ("GET", f"{address}/items", None), ("PUT", usual, item), ("PUT", own, item), ("DELETE", own, None),
        ("GET", f"{address}/columns/blue", None), ("PUT", f"{address}/columns/blue", {"columns": []}),
    ):  # fmt: skip
        assert manager(method, path, body, '"0"')[0] == 404
    assert finance("PUT", usual, item)[0] == 428
    assert finance("PUT", usual, item, '"1"')[0] == 412
    status, body, _ = finance("PUT", usual, {"name": "", "code": "1"}, '"0"')
    assert (status, [each["field"] for each in body["reasons"]]) == (422, ["name", "code"])
    status, told, tag = finance("PUT", usual, item, '"0"')
    assert (status, tag, told) == (200, '"1"', item | {"name": "*研发*测试费", "lab_id": None, "version": 1})
    assert finance("PUT", own, {"name": "", "code": ""}, '"0"')[0] == 422
    assert finance("PUT", own, item | {"name": "Own"}, '"0"')[1]["lab_id"] == lab_id
    items = finance("GET", f"{address}/items")[1]["items"]
    assert [each["name"] for each in items] == ["*研发*测试费", "Own"]
    assert finance("DELETE", own, None, '"7"')[0] == 412
    assert len(finance("DELETE", own, None, '"1"')[1]["items"]) == 1
    assert finance("DELETE", own, None, '"1"')[0] == 404
    elsewhere = scene.world.lab(scene.world.institution())
    assert finance("PUT", f"{address}/items/labs/{elsewhere.id}", item, '"0"')[0] == 404

    for colour in ("blue", "red"):
        status, told, tag = finance("GET", f"{address}/columns/{colour}")
        assert (status, tag, told["version"]) == (200, '"0"', 0) and "serial" in told["codes"]
        wish = {"columns": [{"code": "serial", "head": "发票流水号"}, {"code": "amount", "head": "amount"}]}
        assert finance("PUT", f"{address}/columns/{colour}", wish)[0] == 428
        assert finance("PUT", f"{address}/columns/{colour}", {"columns": []}, tag)[0] == 422
        assert finance("PUT", f"{address}/columns/{colour}", wish, tag)[1]["columns"] == wish["columns"]
        assert finance("PUT", f"{address}/columns/{colour}", wish, tag)[0] == 412
    assert finance("GET", f"{address}/columns/green")[0] == 404
