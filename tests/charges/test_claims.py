"""What a programme bears is claimed of it: a statement that who runs it sees, is told and reminded of, invoiced and collected."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.invoicing.asking import ask, ask_payers
from instruments.charges.closing.invoicing.planning import plans
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.reminding import late_of, remind
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import Statement
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.invoice_models import Invoice
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import Scene, balances
from tests.charges.test_closing import DAY, close
from tests.charges.test_invoicing import said
from tests.charges.test_month_end_api import Program, codes
from tests.charges.test_subsidies import charged_with_voucher
from tests.charges.test_to_come import told
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    """February issued: of 1,000.00 that a company used a voucher of the platform bears 300.00, with 6 % of tax in it."""
    made = Scene(world)
    db.session.add(ChargingSettings(institution_id=made.house.id, tax_rate=600))
    charged_with_voucher(made)
    close(made)
    return made


def test_what_an_own_programme_bears_for_a_company_has_no_tax_in_it(world: World, now: Any) -> None:
    made = Scene(world)
    db.session.add(ChargingSettings(institution_id=made.house.id, tax_rate=600))
    charged_with_voucher(made, run_by=made.house)
    close(made)
    row = claim()
    assert (row.total_units, row.tax_units) == (30_000, 0)
    taxed = {
        kind: units for (kind, _, _), units in balances().items() if kind in ("output_tax", "programme_claim")
    }
    # Of the other 700.00, which the company pays, the tax is 39.62.
    assert taxed == {"output_tax": -3_962, "programme_claim": 30_000}


def claim() -> Statement:
    db.session.rollback()
    return db.session.scalars(select(Statement).where(Statement.programme_id.is_not(None))).one()


def administrator(scene: Scene) -> Person:
    """Who runs the platform's programmes."""
    person = scene.world.person(scene.world.institution())
    scene.world.grant(person, Role.PLATFORM_ADMINISTRATOR)
    return person


def run_by(scene: Scene, house: Any) -> None:
    """The programme is an institution's."""
    db.session.scalars(select(ProgrammeRow)).one().institution_id = house.id
    db.session.commit()


# --- Seen by who runs it --------------------------------------------------------------------------------------------


def test_who_runs_a_programme_sees_what_is_claimed_of_it(client: FlaskClient, scene: Scene) -> None:
    boss, row = administrator(scene), claim()
    addresses = (
        f"/programmes/{row.programme_id}/claims",
        f"/statements/{row.id}",
        f"/statements/{row.id}.pdf",
    )
    for person in (scene.student, scene.head, scene.manager):
        sign_in(client, person)
        assert [client.get(each).status_code for each in addresses] == [404] * 3
    sign_in(client, boss)
    assert [client.get(each).status_code for each in addresses] == [200] * 3
    page = client.get(addresses[0]).get_data(as_text=True)
    assert "CNY 300.00" in page and f'href="/statements/{row.id}"' in page
    assert f'href="/statements/{row.id}"' in client.get("/statements").get_data(as_text=True)
    assert "/charges/" not in client.get(addresses[1]).get_data(as_text=True)
    assert addresses[0] in client.get(f"/programmes/{row.programme_id}").get_data(as_text=True)
    # One of another institution's is that institution's alone.
    other = Scene(scene.world)
    run_by(scene, other.house)
    assert [client.get(each).status_code for each in addresses] == [404] * 3
    sign_in(client, other.finance)
    assert [client.get(each).status_code for each in addresses] == [200] * 3


def test_programs_read_the_claims(client: FlaskClient, world: World, scene: Scene) -> None:
    row = claim()
    path = f"/statements?programme_id={row.programme_id}"
    assert Program(client, world, scene.head)("GET", path).status_code == 404
    ask_ = Program(client, world, administrator(scene))
    (found,) = ask_("GET", path).json["items"]
    assert (found["id"], found["left"], found["payer"]["programme_id"]) == (
        row.id,
        "300.00",
        row.programme_id,
    )
    assert [each["id"] for each in ask_("GET", "/statements").json["items"]] == [row.id]
    house = f"/statements?institution_id={scene.house.id}&programme_id={row.programme_id}"
    assert [each["id"] for each in Program(client, world, scene.finance)("GET", house).json["items"]] == [
        row.id
    ]


# --- Told and reminded ----------------------------------------------------------------------------------------------


def test_it_is_told_and_reminded_like_any_payer(scene: Scene) -> None:
    boss, row = administrator(scene), claim()
    assert told(boss) == [("statement.issued", "due")]
    (late,), _ = late_of(scene.house.id, NOW + 33 * DAY)
    assert (late.units, late.next_on) == (30_000, row.due_on + 3 * DAY)
    assert perform(partial(remind, scene.house.id, NOW + 33 * DAY))[0] == 1
    assert perform(partial(remind, scene.house.id, NOW + 33 * DAY))[0] == 0
    assert told(boss)[1:] == [("statement.overdue", "overdue")]
    came = Received(Money.from_units(30_000, "CNY"), date(2027, 2, 20), "6222 7", "P1")
    perform(partial(pay, row.id, came, NOW, scene.finance.id))
    assert told(boss)[2:] == [("payment.told", "received")]
    assert standings([row])[row.id].left == 0
    assert ("programme_claim", scene.house.id, None) not in balances()
    assert perform(partial(remind, scene.house.id, NOW + 60 * DAY))[0] == 0


def test_a_programme_of_the_institution_itself_is_not_reminded(scene: Scene) -> None:
    run_by(scene, scene.house)
    (late,), _ = late_of(scene.house.id, NOW + 40 * DAY)
    assert (late.units, late.next_on) == (30_000, None)
    assert perform(partial(remind, scene.house.id, NOW + 40 * DAY))[0] == 0
    # Within the institution it moves without an invoice, too.
    assert [plan.statement.programme_id for plan in plans(scene.house.id)] == [None]


# --- Invoiced -------------------------------------------------------------------------------------------------------


def test_its_part_is_invoiced_with_what_its_runner_wants(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    boss, row = administrator(scene), claim()
    number = row.programme_id
    said(scene)
    lacking = {
        plan.statement.programme_id: [each.reason.code for each in plan.lacks]
        for plan in plans(scene.house.id)
    }
    assert lacking == {None: ["no_details"], number: ["no_details"]}
    assert perform(partial(ask_payers, scene.house.id, NOW, scene.finance.id)) == 2
    assert ("invoice.details", "asked") in told(boss)
    address = f"/programmes/{number}/invoice-details"
    sign_in(client, scene.finance)
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    sign_in(client, boss)
    assert client.post(address, data={"title": "", "version": "0"}).status_code == 422
    wanted = {"title": "省科技资源中心", "tax_number": "", "type": "ordinary", "version": "0"}
    assert client.post(address, data=wanted).status_code == 303
    assert "省科技资源中心" in client.get(address).get_data(as_text=True)
    (made,) = perform(partial(ask, scene.house.id, NOW, scene.finance.id))
    found = db.session.get_one(Invoice, made)
    assert (found.title, found.amount_units, found.tax_units) == ("省科技资源中心", 30_000, 1_698)
    ask_ = Program(client, world, boss)
    tag = ask_("GET", address).headers["ETag"]
    assert ask_("PUT", address, wanted_of(ask_, address)).status_code == 428
    assert codes(ask_("PUT", address, {"title": ""}, If_Match=tag)) == ["no_title"]
    changed = ask_("PUT", address, {"title": "新名称"}, If_Match=tag)
    assert (changed.status_code, changed.json["title"], changed.json["version"]) == (200, "新名称", 2)
    assert ask_("PUT", address, {"title": "x"}, If_Match=tag).status_code == 412


def wanted_of(ask_: Program, address: str) -> dict[str, str]:
    return {name: value for name, value in ask_("GET", address).json.items() if name != "version"}


def test_payers_say_what_stands_on_their_invoices_by_program(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    own = Program(client, world, scene.head)
    assert own("GET", "/invoice-details").json["title"] == ""
    made = own("PUT", "/invoice-details", {"title": "林示例"}, If_Match="*")
    assert (made.status_code, made.json["title"]) == (200, "林示例")
    assert codes(own("PUT", "/invoice-details", {"title": "x", "type": "special"}, If_Match="*")) == [
        "no_special"
    ]
    house = f"/institutions/{scene.house.id}/invoice-details"
    assert own("GET", house).status_code == 404
    office = Program(client, world, scene.finance)
    assert codes(office("PUT", house, {"title": "示例大学"}, If_Match="*")) == ["no_tax_number"]
    body = {"title": "示例大学", "tax_number": "12610000MA00000000"}
    assert office("PUT", house, body, If_Match="*").json["tax_number"] == "12610000MA00000000"
