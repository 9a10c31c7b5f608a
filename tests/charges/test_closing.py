"""A month is closed once: every posted share on one statement, numbers without gaps, whatever is tried or killed meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app import create_app
from instruments.charges import disputing
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.months import before, day_after, not_closable
from instruments.charges.closing.starting import open_for_objections, start, the_closing
from instruments.charges.closing.tasks import issue, issue_unfinished, note_all_deadlines
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.models import Charge, ChargeShare
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import Refusal, Stale
from instruments.funds.ledger_models import ClosedMonth, LedgerAccount, LedgerTransfer
from instruments.journal.models import JournalEntry
from tests.charges.scene import MORNING, Scene
from tests.conftest import NOW
from tests.databases import Database
from tests.racing import PROCESSES
from tests.rates.pricing_world import price, published
from tests.world import World

MONTH = "2027-02"
DAY = timedelta(days=1)


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def begin(scene: Scene, month: str = MONTH, **values: Any) -> int:
    """Have a month issued, on the first day on which it is over."""
    now = datetime.combine(day_after(month), NOW.timetz())
    act = partial(start, scene.house.id, month, None, now, scene.finance.id, **({"early": True} | values))
    return perform(act)


def close(scene: Scene, month: str = MONTH) -> int:
    number = begin(scene, month)
    issue(number)
    return number


def statements() -> Sequence[Statement]:
    db.session.rollback()
    return db.session.scalars(select(Statement).order_by(Statement.number)).all()


def mixed(scene: Scene, uses: int = 4) -> None:
    """Charges of the month to a group of the house, to one of a partner, and to a company."""
    db.session.add(ChargingSettings(institution_id=scene.house.id, share_rate=2000, tax_rate=600))
    _, partner = scene.partner()
    company = scene.world.institution(kind="company")
    credit = scene.fund(company, kind="credit", creditor=scene.house, budget_units=10_000_000)
    funds = [(scene.grant, "own_institution"), (partner, "partner"), (credit, "company")]
    for number in range(uses):
        fund, customer = funds[number % 3]
        scene.use(scene.reservation(MORNING + number * DAY, payers=[(fund, "100", customer)]))
    scene.charge()


def refused(act: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        perform(act)
    return [reason.code for reason in caught.value.reasons]


# --- Refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "last", "codes"),
    [
        ("2027-2", "", ["no_month"]),
        ("2027-13", "", ["no_month"]),
        ("0000-01", "", ["no_month"]),
        ("9999-12", "", ["no_month"]),
        ("２０２７-０１", "", ["no_month"]),
        ("2027-04", "", ["to_come"]),
        ("2027-03", "", ["not_over"]),
        ("2027-03", "2027-03", ["closed"]),
        ("2027-02", "2027-02", ["closed"]),
        ("2027-01", "2027-02", ["closed"]),
        ("2027-02", "2027-01", []),
        ("2027-02", "", []),
    ],
)
def test_which_month_can_be_closed(month: str, last: str, codes: list[str]) -> None:
    assert [reason.code for reason in not_closable(month, date(2027, 3, 1), last)] == codes


def test_months_before() -> None:
    assert before("2027-02", 3) == ["2026-12", "2027-01", "2027-02"]


def test_a_month_first_lies_open_for_objections(scene: Scene) -> None:
    scene.charged()
    house = scene.house.id
    assert refused(lambda: start(house, MONTH, None, NOW, None)) == ["not_opened"]
    until = perform(lambda: open_for_objections(house, MONTH, 0, NOW, None))
    assert until == date(2027, 3, 6)
    assert refused(lambda: open_for_objections(house, MONTH, None, NOW, None)) == ["objecting"]
    assert refused(lambda: start(house, MONTH, None, NOW + 5 * DAY, None)) == ["objecting"]
    with pytest.raises(Stale):
        perform(lambda: start(house, MONTH, 0, NOW + 6 * DAY, None))
    assert perform(lambda: start(house, MONTH, the_closing(house, MONTH).version, NOW + 6 * DAY, None))
    assert refused(lambda: start(house, MONTH, None, NOW + 6 * DAY, None)) == ["issuing"]


def test_what_is_issued_is_closed(scene: Scene) -> None:
    scene.charged()
    close(scene)
    assert refused(lambda: start(scene.house.id, MONTH, None, NOW, None, early=True)) == ["closed"]
    assert refused(lambda: start(scene.house.id, "2027-01", None, NOW, None, early=True)) == ["closed"]


# --- Issued ---------------------------------------------------------------------------------------------------------


def test_every_share_is_on_one_statement(scene: Scene) -> None:
    mixed(scene, 6)
    number = close(scene)
    assert the_closing(scene.house.id, MONTH).state == "issued"
    rows = statements()
    assert [(row.number, row.year, row.closing_id) for row in rows] == [
        (each, 2027, number) for each in (1, 2, 3)
    ]
    # In the order of payers: the house's own group, the partner's, the company.
    assert [(row.internal_units, row.prepaid_units, row.due_units, row.lines) for row in rows] == [
        (24_000, 0, 0, 2), (0, 0, 36_000, 2), (0, 0, 80_000, 2),
    ]  # fmt: skip
    assert rows[0].issued_on == date(2027, 3, 1) and rows[0].due_on == date(2027, 3, 31)
    assert (rows[0].payer_group_id, rows[0].tax_units) == (scene.group.id, 0)
    lines = db.session.execute(select(StatementLine.charge_id, StatementLine.share)).all()
    shares = db.session.execute(select(ChargeShare.charge_id, ChargeShare.position)).all()
    assert sorted(lines) == sorted(shares)
    told = db.session.scalars(select(JournalEntry.deed).where(JournalEntry.deed == "statement.issued")).all()
    assert len(told) == 3


def test_tax_is_what_the_books_say(scene: Scene) -> None:
    mixed(scene, 6)
    close(scene)
    account, transfer = LedgerAccount, LedgerTransfer
    booked = db.session.scalars(
        select(transfer.amount_units).join(account, account.id == transfer.credit_id)
        .where(account.kind == "output_tax")
    )  # fmt: skip
    assert sum(row.tax_units for row in statements()) == sum(booked) > 0


def test_what_comes_late_goes_onto_the_next_with_its_true_date(scene: Scene) -> None:
    scene.charged()
    close(scene)
    scene.use(scene.reservation(MORNING + DAY))
    scene.charge()
    late = db.session.scalars(select(Charge).order_by(Charge.id.desc())).first()
    assert late is not None and (late.month, late.service_on) == ("2027-03", date(2027, 2, 2))
    close(scene, "2027-03")
    first, second = statements()
    assert (first.number, second.number, second.month) == (1, 2, "2027-03")
    (line,) = db.session.scalars(select(StatementLine).where(StatementLine.statement_id == second.id))
    assert (line.charge_id, line.service_on) == (late.id, date(2027, 2, 2))


def test_what_is_disputed_waits_for_a_later_statement(scene: Scene) -> None:
    mixed(scene, 2)
    disputed = db.session.scalars(select(Charge).order_by(Charge.id)).first()
    assert disputed is not None
    raise_it = partial(disputing.dispute, scene.actor(scene.student), disputed.id, "Not mine.", None, NOW)
    case = perform(raise_it)
    close(scene)
    assert [row.lines for row in statements()] == [1]
    uphold = partial(disputing.answer, scene.actor(scene.manager), case, "upheld", "It was.", None, None, NOW)
    perform(uphold)
    close(scene, "2027-03")
    assert [(row.number, row.month, row.total_units) for row in statements()] == [
        (1, "2027-02", 18_000), (2, "2027-03", 12_000),
    ]  # fmt: skip


def test_a_charge_is_disputed_until_its_statement_is_due(scene: Scene) -> None:
    charge = scene.charged()
    close(scene)
    late = partial(
        disputing.dispute, scene.actor(scene.student), charge.id, "Not mine.", None, NOW + 31 * DAY
    )
    assert refused(late) == ["too_late"]
    perform(
        partial(disputing.dispute, scene.actor(scene.student), charge.id, "Not mine.", None, NOW + 30 * DAY)
    )


def test_each_charge_knows_until_when_it_can_be_disputed(scene: Scene) -> None:
    charge = scene.charged()
    number = begin(scene)
    while perform(partial(issue_some, number, NOW)):
        pass
    db.session.rollback()
    assert charge.disputable_until is None
    assert note_all_deadlines() == 1
    assert db.session.get_one(Charge, charge.id).disputable_until == date(2027, 3, 31)
    assert note_all_deadlines() == 0


def test_nothing_owed_is_closed_too(scene: Scene) -> None:
    close(scene)
    closing = the_closing(scene.house.id, MONTH)
    assert (closing.state, closing.statements_total) == ("issued", 0)
    assert db.session.get(ClosedMonth, (scene.house.id, "2027-01")) is not None
    assert db.session.get(ClosedMonth, (scene.house.id, "2027-03")) is None


# --- The database refuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE statement SET total_units = total_units + 1, due_units = due_units + 1",
        "UPDATE statement SET payer = '{}'",
        "UPDATE statement SET issued = false",
        "DELETE FROM statement",
        "UPDATE statement_line SET amount_units = 0",
        "DELETE FROM statement_line",
        "UPDATE closing SET state = 'objecting', objections_until = '2027-01-01'",
        "UPDATE closing SET month = '2027-01'",
        "INSERT INTO statement_line SELECT statement_id, position + 9, charge_id, 9, kind, route, service_on, lab_id,"
        " fund_id, fund_code, instrument_en, instrument_zh, lab_en, lab_zh, person_en, person_zh, customer_class, reason,"
        " charge_units, programme_units, 1, 0 FROM statement_line",
        "INSERT INTO statement SELECT id + 9, closing_id, creditor_id, year, number + 2, month, 'EUR',"
        " payer_institution_id, payer_person_id, payer_group_id, programme_id, total_units, internal_units,"
        " prepaid_units, due_units, tax_units, lines, issued_on, due_on, sender, payer, false FROM statement",
    ],
)
def test_what_is_issued_never_changes(scene: Scene, statement: str) -> None:
    scene.charged()
    close(scene)
    with pytest.raises(IntegrityError):
        db.session.execute(text(statement))
    db.session.rollback()


def test_sums_that_its_lines_do_not_come_to_are_not_issued(scene: Scene) -> None:
    scene.charged()
    number = begin(scene)
    perform(partial(issue_some, number, NOW))
    with pytest.raises(IntegrityError):
        db.session.execute(update(Statement).values(issued=True))
    db.session.rollback()


# --- Killed, and at once --------------------------------------------------------------------------------------------


def written() -> str:
    """Everything on statements, as one text without the numbers that rows happen to get."""
    db.session.rollback()
    return written_now()


def written_now() -> str:
    """The same as this transaction sees it."""
    rows = db.session.execute(
        text(
            "SELECT s.number, s.month, s.currency, s.total_units, s.internal_units, s.due_units, s.tax_units, s.lines,"
            " s.issued_on, s.due_on, CAST(s.sender AS TEXT), CAST(s.payer AS TEXT), l.position, l.charge_id, l.share,"
            " l.amount_units, l.tax_units, l.service_on, l.person_en, l.instrument_zh FROM statement AS s"
            " JOIN statement_line AS l ON l.statement_id = s.id ORDER BY s.number, l.position"
        )
    ).all()
    return repr(rows)


def die_in_the_middle(url: str, folder: str, closing_id: int, steps: int) -> None:
    """A process that is killed (-9) after so many steps, in the middle of the next: done, and not committed."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder, "SECRET_KEY": "tests"})
    with app.app_context():
        for _ in range(steps):
            perform(partial(issue_some, closing_id, NOW, at_once=1))
        with deed():
            issue_some(closing_id, NOW, at_once=1)
            os.kill(os.getpid(), signal.SIGKILL)


def uninterrupted(number: int) -> str:
    """What the whole closing would write, in a transaction that is taken back."""
    while issue_some(number, NOW):
        pass
    found = written_now()
    db.session.rollback()
    return found


# Of five steps: in the first, which fixes the numbers; in the third, among statements; in the last, which ends it.
@pytest.mark.usefixtures("now")
def test_killed_at_several_moments_and_resumed_it_comes_out_the_same(
    scene: Scene, database: Database
) -> None:
    mixed(scene, 6)
    number = begin(scene)
    whole = uninterrupted(number)
    assert written() == "[]" != whole
    for steps, done in ((0, 0), (2, 1), (2, 3)):
        killed = PROCESSES.Process(
            target=die_in_the_middle, args=(database.url, str(database.folder), number, steps)
        )
        killed.start()
        killed.join(120)
        assert killed.exitcode == -signal.SIGKILL
        db.session.rollback()
        closing = the_closing(scene.house.id, MONTH)
        assert (closing.state, closing.statements_done) == ("issuing", done)
    assert issue_unfinished() == 1
    assert written() == whole
    issue(number)
    assert written() == whole
    assert [row.number for row in statements()] == [1, 2, 3]


def test_two_at_once_do_nothing_twice(scene: Scene, app: Flask) -> None:
    mixed(scene, 6)
    house, finance, gate, outcomes = scene.house.id, scene.finance.id, threading.Barrier(2), list[str]()
    db.session.commit()

    def closer() -> None:
        with app.app_context():
            gate.wait(10)
            try:
                number = perform(partial(start, house, MONTH, None, NOW, finance, early=True))
                outcomes.append("started")
            except Refusal as refusal:
                outcomes.append(refusal.reasons[0].code)
                number = the_closing(house, MONTH).id
                db.session.rollback()
            issue(number)
            db.session.remove()

    threads = [threading.Thread(target=closer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert "started" in outcomes and set(outcomes) <= {"started", "issuing", "closed"}
    assert [(row.number, row.lines, row.issued) for row in statements()] == [
        (1, 2, True), (2, 2, True), (3, 2, True),
    ]  # fmt: skip


def test_the_command_closes_and_finishes(scene: Scene, app: Flask, now: Any) -> None:
    mixed(scene, 3)
    run = app.test_cli_runner().invoke
    assert run(args=["charges", "close", "2027-2"]).exit_code == 2
    assert run(args=["charges", "close", MONTH, "--institution", "999999"]).exit_code == 2
    done = run(args=["charges", "close", MONTH])
    assert done.exit_code == 0 and "3 of 3 statements" in done.output
    assert {row.disputable_until for row in db.session.scalars(select(Charge))} == {date(2027, 3, 31)}
    again = run(args=["charges", "close", MONTH])
    assert again.exit_code == 0 and [row.number for row in statements()] == [1, 2, 3]


def test_the_command_charges_what_was_given_up_first(scene: Scene, app: Flask, now: Any) -> None:
    nobody_came = scene.reservation(MORNING, hours=4, version_id=with_fees(scene).id)
    nobody_came.state = "no_show"
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["charges", "close", MONTH])
    assert done.exit_code == 0 and "1 of 1 statements" in done.output
    assert [(row.kind, row.amount_units) for row in db.session.scalars(select(StatementLine))] == [
        ("no_show", 16_000)
    ]


def with_fees(scene: Scene) -> Any:
    """Prices by which whoever does not come pays 80 %."""
    return published(
        scene.instrument,
        date(2027, 1, 1),
        prices=[price("own_institution", 5000)],
        no_show_percent=Decimal(80),
    )
