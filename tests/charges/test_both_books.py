"""What an institution pays another stands in the books of both, in one transaction: received there, out of the bank here."""

from __future__ import annotations

import os
import signal
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from app import create_app
from instruments.charges import by_hand
from instruments.charges.closing.giving_back import unmatch
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PaymentMatch
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.funds.ledger_models import ClosedMonth, LedgerTransfer
from instruments.money import Money
from tests.charges.scene import Scene, balances
from tests.charges.test_closing import close
from tests.charges.test_paying import ON, back, bill, codes, paid
from tests.conftest import NOW
from tests.databases import Database
from tests.racing import PROCESSES
from tests.world import World


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def billed(scene: Scene) -> Statement:
    """180.00 that a partner's group owes: its grant, in the partner's books, bore them."""
    _, grant = scene.partner()
    scene.charged(payers=[(grant, "100", "partner")])
    close(scene)
    db.session.rollback()
    return db.session.scalars(select(Statement)).one()


def in_books(institution_id: int) -> dict[str, int]:
    """What stands on the accounts of an institution, by kind."""
    found: dict[str, int] = {}
    for (kind, books, _), units in balances().items():
        if books == institution_id:
            found[kind] = found.get(kind, 0) + units
    return {kind: units for kind, units in found.items() if units}


def test_a_payment_leaves_the_bank_of_who_pays(scene: Scene) -> None:
    row = billed(scene)
    home = row.payer_institution_id
    assert in_books(home) == {"fund": 18_000, "payable": -18_000}
    paid(scene, row, 10_000)
    assert in_books(home) == {"fund": 18_000, "payable": -8_000, "bank_clearing": -10_000}
    paid(scene, row, 11_000, "B2")
    assert in_books(home) == {"fund": 18_000, "bank_clearing": -18_000}
    # What is over pays nothing yet: it stands with who received it.
    assert in_books(scene.house.id) == {"lab_income": -18_000, "receivable": -3_000, "bank_clearing": 21_000}
    months = db.session.scalars(
        select(LedgerTransfer.month).where(
            LedgerTransfer.institution_id == home, LedgerTransfer.kind == "payment"
        )
    ).all()
    assert set(months) == {"2027-02"}


def test_taken_back_it_is_owed_again_in_both(scene: Scene) -> None:
    row = billed(scene)
    before = balances()
    paid(scene, row, 18_000)
    # The payer closed February meanwhile: there it is taken back in the month that is open.
    db.session.add(ClosedMonth(institution_id=row.payer_institution_id, month="2027-02", closed_at=NOW))
    db.session.commit()
    match = db.session.scalars(select(PaymentMatch.id)).one()
    perform(partial(unmatch, match, NOW, scene.finance.id))
    after = balances()
    assert {key: units for key, units in after.items() if key[1] == row.payer_institution_id} == {
        key: units for key, units in before.items() if key[1] == row.payer_institution_id
    }
    reversal = db.session.scalars(
        select(LedgerTransfer).where(
            LedgerTransfer.institution_id == row.payer_institution_id, LedgerTransfer.reverses_id.is_not(None)
        )
    ).one()
    assert reversal.month == "2027-03"


def test_what_a_statement_owes_back_comes_back_to_the_bank_of_who_paid(scene: Scene) -> None:
    row = billed(scene)
    number = paid(scene, row, 18_000)
    line = text("SELECT charge_id FROM statement_line WHERE statement_id = :id")
    charge = db.session.execute(line, {"id": row.id}).scalar_one()
    amount, actor = Money.from_units(5_000, "CNY"), scene.actor(scene.manager)
    perform(partial(by_hand.enter, actor, charge, "credit", amount, "It was down.", NOW))
    home = row.payer_institution_id
    assert in_books(home) == {"fund": 13_000, "payable": 5_000, "bank_clearing": -18_000}
    close(scene, "2027-03")
    later = db.session.scalars(select(Statement).where(Statement.month == "2027-03")).one()
    perform(back(scene, number, 2_000, settles=later))
    perform(back(scene, number, 3_000, settles=later))
    assert in_books(home) == {"fund": 13_000, "bank_clearing": -13_000}
    assert in_books(scene.house.id) == {"lab_income": -13_000, "bank_clearing": 13_000}


def test_who_keeps_no_books_here_gets_no_entry(scene: Scene) -> None:
    row = bill(scene)
    paid(scene, row, 40_000)
    assert in_books(row.payer_institution_id) == {}


def test_a_payment_of_a_month_that_the_payer_closed_goes_to_its_open_one(scene: Scene) -> None:
    row = billed(scene)
    db.session.add(ClosedMonth(institution_id=row.payer_institution_id, month="2027-02", closed_at=NOW))
    db.session.commit()
    paid(scene, row, 18_000)
    months = {
        each.institution_id: each.month
        for each in db.session.scalars(select(LedgerTransfer).where(LedgerTransfer.kind == "payment"))
    }
    # Both closed February: the creditor by its statements.
    assert months == {scene.house.id: "2027-03", row.payer_institution_id: "2027-03"}


def die_before_it_is_committed(url: str, folder: str, statement_id: int, actor_id: int) -> None:
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder, "SECRET_KEY": "tests"})
    with app.app_context(), deed():
        came = Received(Money.from_units(18_000, "CNY"), date(2027, 2, 10), "6222 1", "B1")
        pay(statement_id, came, NOW, actor_id)
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_it_stands_in_neither(scene: Scene, database: Database) -> None:
    row = billed(scene)
    before, number, finance = balances(), row.id, scene.finance.id
    db.session.rollback()
    args = (database.url, str(database.folder), number, finance)
    killed = PROCESSES.Process(target=die_before_it_is_committed, args=args)
    killed.start()
    killed.join(180)
    assert killed.exitcode == -signal.SIGKILL
    assert balances() == before
    paid(scene, row, 18_000)
    came = Received(Money.from_units(18_000, "CNY"), ON, "6222 1", "B1")
    assert codes(partial(pay, number, came, NOW, finance)) == ["recorded"]
    assert in_books(row.payer_institution_id) == {"fund": 18_000, "bank_clearing": -18_000}
