"""Invoices: a sum is invoiced once, everything missing is named, numbers are read back once, corrections are red letters."""

from __future__ import annotations

import os
import threading
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from instruments.charges import by_hand, disputing
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import ask, ask_payers
from instruments.charges.closing.invoicing.file import LAYOUTS, file_of, serial_of
from instruments.charges.closing.invoicing.items import Said, set_item
from instruments.charges.closing.invoicing.making_again import withdraw
from instruments.charges.closing.invoicing.parting import Line, Origin, parted, rows_of
from instruments.charges.closing.invoicing.planning import plans
from instruments.charges.closing.invoicing.wanted import Whose, set_wanted
from instruments.charges.closing_models import BillingDetails, Statement
from instruments.charges.invoice_models import Invoice, InvoiceLine
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import Refusal, Stale
from instruments.money import Money
from tests.charges.scene import Scene
from tests.charges.test_closing import DAY, close, mixed
from tests.conftest import NOW
from tests.databases import Database
from tests.racing import PROCESSES
from tests.world import World

TODAY = date(2027, 3, 1)
CODE = "3040101000000000000"
TAX = "91610000MA00000000"


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    made = Scene(world)
    mixed(made, 3)
    return made


def codes(act: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        perform(act)
    return [reason.code for reason in caught.value.reasons]


def company(scene: Scene) -> Any:
    row = db.session.scalars(select(Statement).order_by(Statement.number.desc())).first()
    assert row is not None
    return row


def said(scene: Scene, *payers: int) -> None:
    """All that invoices need, of the house and of these payers."""
    db.session.merge(BillingDetails(institution_id=scene.house.id, tax_number="12610000000000000A"))
    db.session.commit()
    perform(lambda: set_item(scene.house.id, Said(None, "*研发*测试费", CODE, "次"), NOW, scene.finance.id))
    for payer in payers:
        given = {"title": "示例公司", "tax_number": TAX.lower()}
        whose = Whose(payer, is_taxpayer=True)
        perform(partial(set_wanted, whose, given, None, NOW, scene.finance.id))


def asked(scene: Scene) -> list[int]:
    """February issued, all said, and both invoices asked for: the partner's and the company's."""
    close(scene)
    payers = [row.payer_institution_id for row in db.session.scalars(select(Statement)) if row.due_units]
    said(scene, *payers)
    return perform(lambda: ask(scene.house.id, NOW, scene.finance.id))


def answer(
    scene: Scene, *rows: tuple[int, str], amount: str = "", on: str = "2027-02-28"
) -> list[dict[str, str]]:
    return [
        {"row": str(place), "serial": serial_of(number), "number": given, "issued_on": on, "amount": amount}
        for place, (number, given) in enumerate(rows, start=2)
    ]


def numbered(scene: Scene) -> list[int]:
    found = asked(scene)
    rows = answer(scene, *((each, f"2661200000000000{each:04}") for each in found))
    perform(lambda: numbers.take_rows(scene.house.id, rows, TODAY, NOW, scene.finance.id))
    return found


# --- How lines part -------------------------------------------------------------------------------------------------


def line(charge: int, amount: int, about: int | None = None, root: int | None = None) -> Line:
    return Line(1, charge, charge, root or about or charge, 1, amount, 0, 600, about)


KNOWN = {7: Origin(70, "N7", 100), 8: Origin(80, "", 100), 9: Origin(None)}


@pytest.mark.parametrize(
    ("lines", "blue", "red", "waiting"),
    [
        ([line(1, 100), line(2, 50)], [1, 2], {}, []),
        ([line(1, 100), line(2, -100, 1)], [], {}, []),
        ([line(1, 100), line(2, -40, 1)], [1, 2], {}, []),
        ([line(1, 80), line(2, -100, 7)], [1], {70: [2]}, []),
        ([line(2, -100, 8), line(1, 80)], [1], {}, [2]),
        ([line(2, -100, 9)], [], {}, [2]),
        ([line(2, -101, 7)], [], {}, [2]),
        # A credit of an invoiced charge, taken back with it: one red letter of what is left.
        ([line(2, -20, 7), line(3, 20, 2, 7), line(4, -100, 7)], [], {70: [2, 3, 4]}, []),
        # A credit that is taken back alone is owed anew.
        ([line(3, 20, 7)], [3], {}, []),
        ([line(2, -20, 7), line(3, 20, 2, 7)], [], {}, []),
    ],
)
def test_how_the_lines_of_a_statement_part(lines: list[Line], blue: Any, red: Any, waiting: Any) -> None:
    found = parted(lines, KNOWN)
    assert [each.charge_id for each in found.blue] == blue
    assert {number: [each.charge_id for each in some] for number, some in found.red.items()} == red
    assert [each.charge_id for each in found.waiting] == waiting


def test_what_lessens_a_charge_is_one_row_with_it() -> None:
    rows = rows_of([line(1, 100), line(2, 50), line(3, -40, 1), line(4, -50, 2)])
    assert [(row.position, row.amount) for row in rows] == [(1, 60)]


# --- Refused, and named ---------------------------------------------------------------------------------------------


def test_everything_that_is_missing_is_named_with_where_it_is_mended(scene: Scene) -> None:
    close(scene)
    house = scene.house.id
    found = list(plans(house))
    assert [plan.statement.payer_institution_id == house for plan in found] == [False, False]
    # By lab and rate it comes to the same, and lacks the same.
    assert [(each.statement.id, each.parted.amount, each.is_ready, each.lacks) for each in plans(house, summed=True)] == [
        (each.statement.id, each.parted.amount, each.is_ready, each.lacks) for each in found
    ]  # fmt: skip
    lacks = found[1].lacks
    assert [lack.reason.code for lack in lacks] == ["no_own_tax_number", "no_item", "no_details"]
    assert [lack.address for lack in lacks] == [
        f"/institutions/{house}/billing", f"/institutions/{house}/invoices/items", "",
    ]  # fmt: skip
    assert codes(lambda: ask(house, NOW, scene.finance.id)) == ["nothing"]
    assert perform(lambda: ask_payers(house, NOW, scene.finance.id)) == 2
    assert perform(lambda: ask_payers(house, NOW, scene.finance.id)) == 0
    assert perform(lambda: ask_payers(house, NOW + 8 * DAY, scene.finance.id)) == 2


def test_without_tax_an_exemption_is_named(world: World, now: Any) -> None:
    scene = Scene(world)
    _, partner = scene.partner()
    scene.charged(payers=[(partner, "100", "partner")])
    close(scene)
    said(scene, company(scene).payer_institution_id)
    (plan,) = plans(scene.house.id)
    assert [lack.reason.code for lack in plan.lacks] == ["no_exemption"]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, ["no_title", "no_tax_number"]),
        ({"title": "A", "tax_number": "12"}, ["tax_number"]),
        ({"title": "A" * 201, "tax_number": TAX, "mail": "x", "type": "y"}, ["too_long", "type", "mail"]),
        ({"title": "A", "tax_number": TAX, "type": "special"}, ["missing"] * 4),
    ],
)
def test_what_a_payer_wants_is_checked(scene: Scene, given: dict[str, str], wrong: list[str]) -> None:
    whose = Whose(scene.house.id, is_taxpayer=True)
    assert codes(lambda: set_wanted(whose, given, None, NOW, scene.finance.id)) == wrong


def test_items_are_checked(scene: Scene) -> None:
    def of(*values: Any) -> list[str]:
        return codes(lambda: set_item(scene.house.id, Said(*values), NOW, scene.finance.id))

    assert of(None, "", "", "") == ["no_name", "code"]
    assert of(None, "x" * 101, "123", "x" * 21) == ["code", "too_long", "too_long"]
    assert of(987_654, "x", CODE, "") == ["no_lab"]
    assert of(987_654, "", "123", "") == ["no_name", "code", "no_lab"]


# --- Asked, answered ------------------------------------------------------------------------------------------------


def test_a_sum_is_invoiced_once(scene: Scene) -> None:
    found = asked(scene)
    rows = [db.session.get_one(Invoice, number) for number in found]
    assert [(row.colour, row.amount_units, row.tax_units, row.tax_number) for row in rows] == [
        ("blue", 18_000, 1_019, TAX), ("blue", 40_000, 2_264, TAX),
    ]  # fmt: skip
    assert codes(lambda: ask(scene.house.id, NOW, scene.finance.id)) == ["nothing"]
    # A request is taken back and asked for again, with what the payer wants by then.
    with pytest.raises(Stale):
        perform(lambda: withdraw(scene.house.id, found[1], 9, NOW, scene.finance.id))
    perform(lambda: withdraw(scene.house.id, found[1], None, NOW, scene.finance.id))
    assert len(perform(lambda: ask(scene.house.id, NOW, scene.finance.id))) == 1


def test_the_file_says_it_row_by_row(scene: Scene) -> None:
    found = asked(scene)
    columns = [
        {"code": code, "head": code}
        for code in ("serial", "title", "item_code", "amount", "rate", "tax", "net")
    ]
    rows = file_of(scene.house.id, "blue", columns)
    assert rows[1:] == [
        [
            serial_of(found[0]),
            "示例公司",
            CODE,
            Decimal("180.00"),
            Decimal("0.06"),
            Decimal("10.19"),
            Decimal("169.81"),
        ],
        [
            serial_of(found[1]),
            "示例公司",
            CODE,
            Decimal("400.00"),
            Decimal("0.06"),
            Decimal("22.64"),
            Decimal("377.36"),
        ],
    ]
    assert file_of(scene.house.id, "red", LAYOUTS["red"].usual)[1:] == []


def test_what_a_file_of_numbers_would_do(scene: Scene) -> None:
    first, second = asked(scene)
    house = scene.house.id
    rows = [
        *answer(scene, (first, "26612000000000000001"), (first, "26612000000000000001")),
        *answer(scene, (second, "26612000000000000001"), amount="400.00"),
        *answer(scene, (second, "?"), amount="1", on="2027-13-01"),
        *answer(scene, (second, "26612000000000000002"), amount="¥400.00", on="2027年2月28日"),
        *answer(scene, (second + 99, "26612000000000000003"), on="2028-01-01"),
        *answer(scene, (second + 99, "26612000000000000001"), amount="sNaN", on="soon"),
    ]
    checked = numbers.checked(house, rows, TODAY)
    assert [(each.outcome, [reason.code for reason in each.reasons]) for each in checked] == [
        ("new", []), ("same", []), ("refused", ["number_used"]), ("refused", ["no_number", "no_day", "amount"]),
        ("new", []), ("refused", ["no_request", "to_come"]),
        ("refused", ["no_request", "number_used", "no_day", "no_amount"]),
    ]  # fmt: skip
    assert db.session.get_one(Invoice, first).number == ""
    assert perform(lambda: numbers.take_rows(house, rows, TODAY, NOW, scene.finance.id)) == 2
    assert perform(lambda: numbers.take_rows(house, rows, TODAY, NOW, scene.finance.id)) == 0
    row = db.session.get_one(Invoice, second)
    assert (row.state, row.number, row.issued_on) == ("issued", "26612000000000000002", date(2027, 2, 28))
    assert codes(lambda: withdraw(house, second, None, NOW, scene.finance.id)) == ["issued"]
    other = answer(scene, (second, "26612000000000000009"))
    (refused,) = numbers.checked(house, other, TODAY)
    assert [reason.code for reason in refused.reasons] == ["has_number"]


def test_a_correction_is_a_red_letter_that_names_the_invoice(scene: Scene) -> None:
    _, invoice = numbered(scene)
    row = company(scene)
    before = [str(each) for each in db.session.execute(text("SELECT * FROM statement_line ORDER BY 1, 2"))]
    (charge,) = db.session.scalars(
        text("SELECT charge_id FROM statement_line WHERE statement_id = :id"), {"id": row.id}
    )
    manager, less = scene.actor(scene.manager), Money.from_units(10_000, "CNY")
    credit = perform(lambda: by_hand.enter(manager, charge, "credit", less, "Half of it failed", NOW))
    case = perform(lambda: disputing.dispute(scene.actor(scene.student), charge, "Too much", None, NOW))
    lower = Money.from_units(5_000, "CNY")
    perform(lambda: disputing.answer(manager, case, "adjusted", "Yes", lower, None, NOW))
    close(scene, "2027-03")
    (red, blue) = perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    back, again = db.session.get_one(Invoice, red), db.session.get_one(Invoice, blue)
    # The charge of 400.00 is taken back whole with its credit; 350.00 are owed anew, less the credit, which stands about them.
    assert (back.colour, back.corrects_id, back.amount_units) == ("red", invoice, -40_000)
    assert (again.colour, again.amount_units) == ("blue", 25_000)
    assert (back.title, back.tax_units) == ("示例公司", -2_264)
    columns = [
        {"code": code, "head": code} for code in ("original_number", "original_date", "quantity", "amount")
    ]
    assert file_of(scene.house.id, "red", columns)[1:] == [
        [f"2661200000000000{invoice:04}", "2027-02-28", -1, Decimal("-400.00")]
    ]
    after = [str(each) for each in db.session.execute(text("SELECT * FROM statement_line ORDER BY 1, 2"))]
    assert after[: len(before)] == before and credit


REFUSED = [
    "UPDATE invoice SET number = 'X1'",
    "UPDATE invoice SET title = 'X'",
    "DELETE FROM invoice_line",
    "DELETE FROM invoice",
    "INSERT INTO invoice_line (statement_id, position, invoice_id) SELECT statement_id, position, invoice_id"
    " FROM invoice_line",
    "UPDATE invoice_line SET takes_back = true",
    "UPDATE invoice SET withdrawn_at = 1",
    "INSERT INTO invoice (creditor_id, statement_id, colour, corrects_id, title, currency, amount_units, tax_units,"
    " asked_at) SELECT creditor_id, statement_id, 'red', id, title, currency, -amount_units - 1, 0, asked_at FROM invoice",
    "INSERT INTO invoice (creditor_id, statement_id, title, currency, amount_units, tax_units, state, number, issued_on,"
    " asked_at) SELECT creditor_id, statement_id, title, currency, 1, 0, 'issued', number, issued_on, asked_at FROM invoice",
]


def test_the_database_refuses(scene: Scene) -> None:
    numbered(scene)
    for statement in REFUSED:
        with pytest.raises(IntegrityError):
            db.session.execute(text(statement))
        db.session.rollback()


# --- Killed, and at once --------------------------------------------------------------------------------------------


def die_while_asking(url: str, folder: str, house: int, finance: int) -> None:
    """A process that is killed after it asked and before that is committed."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder, "SECRET_KEY": "tests"})
    with app.app_context(), deed():
        ask(house, NOW, finance)
        os._exit(9)


def test_killed_while_asking_nothing_is_half_done(scene: Scene, database: Database) -> None:
    close(scene)
    said(scene, company(scene).payer_institution_id)
    house, finance = scene.house.id, scene.finance.id
    db.session.rollback()
    killed = PROCESSES.Process(
        target=die_while_asking, args=(database.url, str(database.folder), house, finance)
    )
    killed.start()
    killed.join(60)
    assert killed.exitcode == 9
    assert db.session.scalars(select(Invoice.id)).all() == []
    assert len(perform(lambda: ask(house, NOW, finance))) == 1


def test_two_at_once_ask_for_nothing_twice(scene: Scene, app: Flask) -> None:
    close(scene)
    payers = [row.payer_institution_id for row in db.session.scalars(select(Statement)) if row.due_units]
    said(scene, *payers)
    house, finance, gate, outcomes = scene.house.id, scene.finance.id, threading.Barrier(2), list[str]()
    db.session.commit()

    def asker() -> None:
        with app.app_context():
            gate.wait(10)
            try:
                outcomes.append(str(len(perform(partial(ask, house, NOW, finance)))))
            except Refusal as refusal:
                outcomes.append(refusal.reasons[0].code)
            db.session.remove()

    threads = [threading.Thread(target=asker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["2", "nothing"]
    assert len(db.session.scalars(select(InvoiceLine.position)).all()) == 2
