"""An invoice with a wrong title is made again: the old one is kept and linked, and each sum stands on one invoice at a time."""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from instruments.charges import by_hand
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import ask
from instruments.charges.closing.invoicing.file import file_of, serial_of
from instruments.charges.closing.invoicing.making_again import make_again, withdraw
from instruments.charges.closing.invoicing.planning import plans
from instruments.charges.closing.invoicing.wanted import Whose, set_wanted
from instruments.charges.closing.views import invoices as pages_of_invoices
from instruments.charges.invoice_models import Invoice, InvoiceLine
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.money import Money
from tests.charges.scene import Scene
from tests.charges.test_closing import close, mixed
from tests.charges.test_invoicing import TAX, TODAY, answer, asked, codes, company, numbered
from tests.charges.test_month_end_api import Program
from tests.charges.test_month_end_api import codes as told_codes
from tests.conftest import NOW
from tests.world import World, sign_in

RIGHT = "示例科技公司"
COLUMNS = [
    {"code": code, "head": code} for code in ("serial", "title", "amount", "tax", "original_number", "reason")
]


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    made = Scene(world)
    mixed(made, 3)
    return made


def said_right(scene: Scene) -> None:
    """The company says its title anew."""
    whose = Whose(company(scene).payer_institution_id, is_taxpayer=True)
    given = {"title": RIGHT, "tax_number": TAX}
    perform(partial(set_wanted, whose, given, None, NOW, scene.finance.id))


def again(scene: Scene, number: int, version: int | None = None) -> list[int]:
    return perform(partial(make_again, scene.house.id, number, version, NOW, scene.finance.id))


def gives(scene: Scene, number: int, given: str) -> int:
    rows = answer(scene, (number, given))
    return perform(lambda: numbers.take_rows(scene.house.id, rows, TODAY, NOW, scene.finance.id))


def row_of(number: int) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, number)


def standing(charge_units: int) -> None:
    """What stands on invoices now, red letters and old ones counted, comes to this; each line is live once at most."""
    db.session.rollback()
    whole = db.session.execute(select(func.sum(Invoice.amount_units)).where(Invoice.withdrawn_at.is_(None)))
    assert whole.scalar_one() == charge_units
    live = select(InvoiceLine.statement_id, InvoiceLine.position).where(InvoiceLine.live)
    found = db.session.execute(live).all()
    assert len(found) == len(set(found))


# --- Refused --------------------------------------------------------------------------------------------------------


def test_what_is_not_made_again(scene: Scene) -> None:
    _, number = numbered(scene)
    assert codes(partial(make_again, scene.house.id, number, None, NOW, scene.finance.id)) == ["same"]
    said_right(scene)
    with pytest.raises(Stale):
        again(scene, number, version=7)
    red, blue = again(scene, number)
    act = partial(make_again, scene.house.id, number, None, NOW, scene.finance.id)
    assert codes(act) == ["red_open"]
    assert codes(partial(make_again, scene.house.id, red, None, NOW, scene.finance.id)) == ["red"]
    gives(scene, red, "R0001")
    assert codes(act) == ["nothing_left"]
    gives(scene, blue, "B0002")
    # The one in its place can be wrong in its turn.
    whose = Whose(company(scene).payer_institution_id, is_taxpayer=True)
    perform(partial(set_wanted, whose, {"title": "第三", "tax_number": TAX}, None, NOW, scene.finance.id))
    assert len(again(scene, blue)) == 2


def test_the_database_refuses_a_second_in_its_place(scene: Scene) -> None:
    _, number = numbered(scene)
    said_right(scene)
    again(scene, number)
    copy = (
        "INSERT INTO invoice (creditor_id, statement_id, colour, type, title, currency, amount_units, tax_units, asked_at,"
        " replaces_id) SELECT creditor_id, statement_id, colour, type, title, currency, amount_units, tax_units, asked_at,"
        " replaces_id FROM invoice WHERE replaces_id IS NOT NULL"
    )
    for statement in (copy, "UPDATE invoice_line SET live = true", "UPDATE invoice SET replaces_id = NULL"):
        with pytest.raises(IntegrityError):
            db.session.execute(text(statement))
        db.session.rollback()


# --- Made again -----------------------------------------------------------------------------------------------------


def test_a_request_without_a_number_is_withdrawn_and_kept(scene: Scene) -> None:
    _, number = asked(scene)
    said_right(scene)
    (made,) = again(scene, number, version=1)
    old, new = row_of(number), row_of(made)
    assert (old.withdrawn_at, old.title, old.withdrawn_by_id) == (NOW, "示例公司", scene.finance.id)
    assert (new.replaces_id, new.title, new.amount_units) == (number, RIGHT, 40_000)
    standing(58_000)
    assert [row[:3] for row in file_of(scene.house.id, "blue", COLUMNS)[2:]] == [
        [serial_of(made), RIGHT, Decimal("400.00")]
    ]
    # A number that comes for the old one all the same is refused, and says what to do.
    (late,) = numbers.checked(scene.house.id, answer(scene, (number, "26612000000000000009")), TODAY)
    assert (late.outcome, [reason.code for reason in late.reasons]) == ("refused", ["withdrawn"])
    assert gives(scene, number, "26612000000000000009") == 0
    assert codes(partial(withdraw, scene.house.id, number, None, NOW, scene.finance.id)) == ["withdrawn"]
    assert list(plans(scene.house.id)) == []


def test_an_invoice_with_a_number_is_taken_back_whole_by_a_red_letter(scene: Scene) -> None:
    _, number = numbered(scene)
    said_right(scene)
    red, blue = again(scene, number)
    back, new, old = row_of(red), row_of(blue), row_of(number)
    assert (back.colour, back.corrects_id, back.amount_units, back.tax_units) == (
        "red",
        number,
        -40_000,
        -2_264,
    )
    assert (back.title, new.title, new.replaces_id) == ("示例公司", RIGHT, number)
    assert (old.state, old.number, old.withdrawn_at) == ("issued", f"2661200000000000{number:04}", None)
    standing(58_000)
    assert file_of(scene.house.id, "red", COLUMNS)[1:] == [
        [serial_of(red), "示例公司", Decimal("-400.00"), Decimal("-22.64"), old.number, "开票有误"]
    ]
    assert file_of(scene.house.id, "blue", COLUMNS)[1:] == [
        [serial_of(blue), RIGHT, Decimal("400.00"), Decimal("22.64"), "", ""]
    ]
    assert gives(scene, red, "R0001") == gives(scene, blue, "B0001") == 1
    standing(58_000)
    deeds = db.session.scalars(
        select(JournalEntry.deed).where(JournalEntry.deed == "invoice.made_again")
    ).all()
    assert len(deeds) == 1


def test_what_was_taken_back_before_is_not_invoiced_again(scene: Scene) -> None:
    _, number = numbered(scene)
    lines = text("SELECT charge_id FROM statement_line WHERE statement_id = :id")
    charge = db.session.execute(lines, {"id": company(scene).id}).scalar_one()
    actor, less = scene.actor(scene.manager), Money.from_units(10_000, "CNY")
    perform(lambda: by_hand.enter(actor, charge, "credit", less, "Half of it failed", NOW))
    close(scene, "2027-03")
    (first,) = perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    whose = Whose(row_of(number).statement.payer_institution_id, is_taxpayer=True)
    perform(partial(set_wanted, whose, {"title": RIGHT, "tax_number": TAX}, None, NOW, scene.finance.id))
    act = partial(make_again, scene.house.id, number, None, NOW, scene.finance.id)
    assert codes(act) == ["red_open"]
    gives(scene, first, "R0001")
    red, blue = again(scene, number)
    assert (row_of(red).amount_units, row_of(blue).amount_units) == (-30_000, 30_000)
    rows = file_of(scene.house.id, "blue", COLUMNS)[1:]
    assert [(row[0], row[2]) for row in rows] == [(serial_of(blue), Decimal("300.00"))]
    gives(scene, red, "R0002")
    gives(scene, blue, "B0002")
    standing(48_000)
    # A later correction takes back of the one that is in its place.
    perform(
        lambda: by_hand.enter(actor, charge, "credit", Money.from_units(5_000, "CNY"), "More failed", NOW)
    )
    close(scene, "2027-04")
    (last,) = perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    assert (row_of(last).corrects_id, row_of(last).amount_units, row_of(last).title) == (blue, -5_000, RIGHT)


@pytest.mark.parametrize("half", [0, 1])
def test_withdrawn_before_it_has_a_number_the_old_one_stands_as_before(scene: Scene, half: int) -> None:
    _, number = numbered(scene)
    said_right(scene)
    made = again(scene, number)
    perform(partial(withdraw, scene.house.id, made[half], None, NOW, scene.finance.id))
    assert [row_of(each).withdrawn_at for each in made] == [NOW, NOW]
    standing(58_000)
    assert list(plans(scene.house.id)) == []
    assert len(again(scene, number)) == 2


def test_halves_that_have_their_number_stay(scene: Scene) -> None:
    _, number = numbered(scene)
    said_right(scene)
    red, blue = again(scene, number)
    gives(scene, blue, "B0001")
    act = partial(withdraw, scene.house.id, red, None, NOW, scene.finance.id)
    assert codes(act) == ["other_half"]
    assert codes(partial(withdraw, scene.house.id, blue, None, NOW, scene.finance.id)) == ["issued"]


def test_once_the_red_letter_has_its_number_the_sum_is_asked_for_anew(scene: Scene) -> None:
    _, number = numbered(scene)
    said_right(scene)
    red, blue = again(scene, number)
    gives(scene, red, "R0001")
    perform(partial(withdraw, scene.house.id, blue, None, NOW, scene.finance.id))
    standing(18_000)
    (anew,) = perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    assert (row_of(anew).amount_units, row_of(anew).title) == (40_000, RIGHT)
    standing(58_000)


def test_two_at_once_make_it_again_once(scene: Scene, app: Flask) -> None:
    _, number = numbered(scene)
    said_right(scene)
    house, finance, gate, outcomes = scene.house.id, scene.finance.id, threading.Barrier(2), list[str]()
    db.session.commit()

    def maker() -> None:
        with app.app_context():
            gate.wait(10)
            try:
                outcomes.append(str(len(perform(partial(make_again, house, number, None, NOW, finance)))))
            except Refusal as refusal:
                outcomes.append(refusal.reasons[0].code)
            db.session.remove()

    threads = [threading.Thread(target=maker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["2", "red_open"]
    standing(58_000)


# --- On the page and for programs -------------------------------------------------------------------------------------


def test_finance_makes_it_again_on_the_page(client: FlaskClient, scene: Scene) -> None:
    partner, number = numbered(scene)
    said_right(scene)
    address = f"/institutions/{scene.house.id}/invoices/{number}"
    for person in (scene.student, scene.head, scene.manager):
        sign_in(client, person)
        assert client.get(address).status_code == 404
        assert [client.post(f"{address}/{deed}").status_code for deed in ("again", "withdraw")] == [404, 404]
    sign_in(client, scene.finance)
    assert client.get(f"/institutions/{scene.house.id}/invoices/999999").status_code == 404
    assert client.post(f"{address}/withdraw").status_code == 422
    same = f"/institutions/{scene.house.id}/invoices/{partner}/again"
    assert "It says already what the payer wants." in client.post(same).get_data(as_text=True)
    made = client.post(f"{address}/again", data={"version": "2"})
    assert made.status_code == 303
    new = client.get(made.location).get_data(as_text=True)
    assert "withdrawn together" in new
    assert RIGHT in new and "This one is in its place" in new and f"2661200000000000{number:04}" in new
    old = client.get(address).get_data(as_text=True)
    assert "Made again" in old and "It is in place of this one" in old and "It takes back of this one" in old
    listed = client.get(f"/institutions/{scene.house.id}/invoices").get_data(as_text=True)
    assert made.location.split("/")[-1] in listed and f'href="{address}"' in listed
    statement = client.get(f"/statements/{company(scene).id}").get_data(as_text=True)
    assert RIGHT in statement and "示例公司" in statement
    assert client.post(f"{made.location}/withdraw", data={"version": "1"}).status_code == 303
    assert "Withdrawn" in client.get(made.location).get_data(as_text=True)


def test_every_request_can_be_reached(
    client: FlaskClient, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(scene)
    monkeypatch.setattr(pages_of_invoices, "A_PAGE", 1)
    sign_in(client, scene.finance)
    address = f"/institutions/{scene.house.id}/invoices"
    first = client.get(address).get_data(as_text=True)
    assert serial_of(found[1]) in first and serial_of(found[0]) not in first
    (way,) = {part.split('"')[0] for part in first.split('href="') if "asked_before=" in part.split('"')[0]}
    second = client.get(way.partition("#")[0].replace("&amp;", "&")).get_data(as_text=True)
    assert serial_of(found[0]) in second and serial_of(found[1]) not in second


def test_programs_withdraw_make_again_and_take_the_file(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    _, number = asked(scene)
    ask_, all_ = Program(client, world, scene.finance), f"/institutions/{scene.house.id}/invoices"
    one = f"{all_}/{number}"
    stranger, reader = Program(client, world, scene.head), Program(client, world, scene.finance, "money:read")
    for method, path in (
        ("GET", one),
        ("POST", f"{one}/withdraw"),
        ("POST", f"{one}/again"),
        ("GET", f"{all_}/blue.csv"),
    ):
        assert stranger(method, path).status_code == 404
    assert reader("POST", f"{one}/withdraw").status_code == 403
    found = ask_("GET", one)
    assert (found.json["state"], found.json["others"]) == ("asked", [])
    assert ask_("POST", f"{one}/again").status_code == 428
    assert ask_("POST", f"{one}/again", If_Match='"9"').status_code == 412
    assert told_codes(ask_("POST", f"{one}/again", If_Match="*")) == ["same"]
    said_right(scene)
    made = ask_("POST", f"{one}/again", If_Match=found.headers["ETag"])
    assert (made.status_code, made.json["red"], made.json["invoice"]["replaces_id"]) == (201, None, number)
    old = ask_("GET", one).json
    assert (old["state"], old["replaced_by_id"]) == ("withdrawn", made.json["invoice"]["id"])
    assert [each["id"] for each in old["others"]] == [old["replaced_by_id"]]
    (listed,) = ask_("GET", f"{all_}?state=withdrawn").json["items"]
    assert listed["id"] == number
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        first, second = (ask_("GET", f"{all_}/blue.{kind}") for _ in range(2))
        assert first.status_code == 200 and first.data == second.data and first.data.startswith(start)
    assert RIGHT in ask_("GET", f"{all_}/blue.csv").get_data(as_text=True)
    new = f"{all_}/{made.json['invoice']['id']}"
    gone = ask_("POST", f"{new}/withdraw", If_Match="*")
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    assert told_codes(ask_("POST", f"{new}/withdraw", If_Match="*")) == ["withdrawn"]
    assert len(ask_("POST", all_).json["asked"]) == 1
