"""Reminders of overdue statements: each step once, of what is late and not in dispute, until it is paid."""

from __future__ import annotations

import os
import threading
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.reminder_steps import next_on, step_now, steps_of, wrong_steps
from instruments.charges.closing.reminding import remind
from instruments.charges.closing_models import BillingDetails, Statement
from instruments.charges.payment_models import StatementReminder
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.money import Money
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_closing import DAY, close, mixed
from tests.conftest import NOW
from tests.databases import Database
from tests.racing import PROCESSES
from tests.world import World, sign_in

DUE = date(2027, 3, 31)


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    """February issued on 1 March, due on the 31st: 180.00 from a partner's group, 400.00 from a company."""
    made = Scene(world)
    mixed(made, 3)
    close(made)
    return made


def run(scene: Scene, late: int, after: int = 0) -> int:
    """Remind so many days after it was due; how many."""
    return perform(partial(remind, scene.house.id, NOW + (30 + late) * DAY, after))[0]


def reminders() -> list[tuple[int, int]]:
    db.session.rollback()
    one = StatementReminder
    return [
        tuple(row)
        for row in db.session.execute(
            select(one.step, one.overdue_units).order_by(one.statement_id, one.step)
        )
    ]


def the_company(scene: Scene) -> Statement:
    row = db.session.scalars(select(Statement).order_by(Statement.number.desc())).first()
    assert row is not None
    return row


# --- The rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "steps", "codes"),
    [
        ("3,15,30", [3, 15, 30], []),
        (" 30、15，3 3", [3, 15, 30], []),
        ("", [], []),
        ("soon", [], ["steps"]),
        ("0, 400", [0, 400], ["steps"]),
        ("1,2,3,4,5,6,7", [1, 2, 3, 4, 5, 6, 7], ["too_many"]),
    ],
)
def test_steps_as_typed(typed: str, steps: list[int], codes: list[str]) -> None:
    assert steps_of(typed) == steps
    assert [reason.code for reason in wrong_steps(typed)] == codes


@pytest.mark.parametrize(
    ("late", "sent", "step"),
    [
        (0, [], None), (2, [], None), (3, [], 3), (14, [3], None), (15, [3], 15), (29, [3, 15], None),
        (30, [3, 15], 30), (200, [], 30), (200, [30], None), (16, [15], None),
    ],
)  # fmt: skip
def test_the_step_of_a_day(late: int, sent: list[int], step: int | None) -> None:
    assert step_now(DUE, DUE + late * DAY, [3, 15, 30], sent) == step


def test_the_next_step() -> None:
    assert next_on(DUE, DUE + 3 * DAY, [3, 15]) == DUE + 15 * DAY
    assert next_on(DUE, DUE + 15 * DAY, [3, 15]) is None


# --- Reminded -------------------------------------------------------------------------------------------------------


def test_each_step_once(scene: Scene) -> None:
    assert [run(scene, late) for late in (0, 2, 3, 3, 4, 15, 16, 30, 31, 90)] == [
        0,
        0,
        2,
        0,
        0,
        2,
        0,
        2,
        0,
        0,
    ]
    assert reminders() == [(3, 18_000), (15, 18_000), (30, 18_000), (3, 40_000), (15, 40_000), (30, 40_000)]
    with pytest.raises(IntegrityError):
        db.session.execute(
            text(
                "INSERT INTO statement_reminder (statement_id, reminded_on, overdue_units, step)"
                " SELECT statement_id, '2027-12-01', 1, step FROM statement_reminder"
            )
        )
    db.session.rollback()


def test_found_late_long_afterwards_they_are_reminded_once(scene: Scene) -> None:
    assert [run(scene, late) for late in (200, 201, 300)] == [2, 0, 0]


def test_what_is_paid_or_in_dispute_is_not_reminded(scene: Scene) -> None:
    row = the_company(scene)
    came = Received(Money.from_units(40_000, "CNY"), date(2027, 2, 28), "6222", "B1")
    perform(partial(pay, row.id, came, NOW, scene.finance.id))
    partner = db.session.scalars(
        text(
            "SELECT l.charge_id FROM statement_line AS l JOIN statement AS s ON s.id = l.statement_id WHERE s.number = 2"
        )
    ).one()
    db.session.execute(text("UPDATE charge SET state = 'disputed' WHERE id = :id"), {"id": partner})
    db.session.commit()
    assert run(scene, 3) == 0
    db.session.execute(text("UPDATE charge SET state = 'posted' WHERE id = :id"), {"id": partner})
    db.session.commit()
    assert run(scene, 4) == 1


def test_an_institution_without_steps_reminds_nobody(scene: Scene) -> None:
    db.session.add(BillingDetails(institution_id=scene.house.id, reminder_days=""))
    db.session.commit()
    assert run(scene, 90) == 0


def die_while_reminding(url: str, folder: str, house: int, when: datetime) -> None:
    """A process that is killed after it reminded and before that is committed."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder, "SECRET_KEY": "tests"})
    with app.app_context(), deed():
        remind(house, when)
        os._exit(9)


def test_killed_and_at_once_nobody_is_reminded_twice(scene: Scene, app: Flask, database: Database) -> None:
    house, when = scene.house.id, NOW + 33 * DAY
    db.session.commit()
    killed = PROCESSES.Process(
        target=die_while_reminding, args=(database.url, str(database.folder), house, when)
    )
    killed.start()
    killed.join(60)
    assert (killed.exitcode, reminders()) == (9, [])
    gate, counts = threading.Barrier(2), list[int]()

    def reminder() -> None:
        with app.app_context():
            gate.wait(10)
            counts.append(perform(partial(remind, house, when))[0])
            db.session.remove()

    threads = [threading.Thread(target=reminder) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(counts) == [0, 2]
    assert reminders() == [(3, 18_000), (3, 40_000)]


# --- Seen and told --------------------------------------------------------------------------------------------------


def test_who_is_late_stands_on_the_pages_and_payers_are_told(
    client: FlaskClient, scene: Scene, now: Any
) -> None:
    row = the_company(scene)
    boss = scene.world.person(db.session.get_one(type(scene.house), row.payer_institution_id))
    scene.world.grant(boss, Role.COMPANY_MANAGER, boss.institution)
    assert run(scene, -29) == 0
    client.application.config["FROZEN_NOW"] = NOW + 33 * DAY
    assert (
        client.application.test_cli_runner().invoke(args=["charges", "remind"]).output
        == "2 payers reminded\n"
    )
    address = f"/institutions/{scene.house.id}/overdue"
    for person in (scene.student, scene.manager, boss):
        sign_in(client, person)
        assert client.get(address).status_code == 404
    sign_in(client, scene.finance)
    page = client.get(address).get_data(as_text=True)
    assert "580.00" in page and "3 days late" in page
    sign_in(client, boss)
    assert "Reminded" in client.get(f"/statements/{row.id}").get_data(as_text=True)
    tasks.follow()
    told = db.session.execute(
        select(Notice.said, Notice.thing_kind, Notice.thing_id)
        .where(Notice.person_id == boss.id, Notice.kind == "statement.overdue")
    )  # fmt: skip
    assert [tuple(each) for each in told] == [("overdue", "statement", row.id)]
    assert "CNY 400.00" in client.get("/notices").get_data(as_text=True)
