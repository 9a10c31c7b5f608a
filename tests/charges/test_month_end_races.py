"""Numbers of statements and of invoices under real races and kills: each is given once, none is skipped, nothing is half done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.starting import start
from instruments.charges.closing.tasks import issue_unfinished
from instruments.charges.closing_models import Closing, Statement
from instruments.charges.invoice_models import Invoice, InvoiceFile
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry
from tests.charges.scene import MORNING, Scene
from tests.charges.test_closing import DAY, mixed
from tests.charges.test_invoicing import TODAY, answer, asked
from tests.conftest import NOW
from tests.databases import Database
from tests.racing import PROCESSES
from tests.world import World


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    made = Scene(world)
    mixed(made, 3)
    return made


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What comes of these acts, each in a thread and a connection of its own: a value, or the code of the refusal."""
    gate, outcomes = threading.Barrier(len(acts)), dict[int, str]()

    def run(place: int, act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                outcomes[place] = str(act())
            except Refusal as refusal:
                outcomes[place] = refusal.reasons[0].code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    db.session.commit()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    db.session.rollback()
    return [outcomes.get(place, "died") for place in range(len(acts))]


def killed(target: Callable[..., None], database: Database, *values: Any) -> None:
    """A process that is killed (-9) in the middle of this."""
    db.session.rollback()
    process = PROCESSES.Process(target=target, args=(database.url, str(database.folder), *values))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def alone(url: str, folder: str) -> Flask:
    """The application of such a process."""
    return create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder, "SECRET_KEY": "tests"})


# --- Statements of two months ---------------------------------------------------------------------------------------


def closed(house: int, month: str, finance: int) -> str:
    """Close a month as a worker that takes up whatever is begun; "done", or why it cannot be."""
    try:
        perform(partial(start, house, month, None, NOW, finance, early=True))
    except Refusal as refusal:
        return refusal.reasons[0].code
    finally:
        db.session.rollback()
        issue_unfinished()
    return "done"


def test_two_months_closed_at_once_have_their_numbers_without_a_gap(scene: Scene, app: Flask) -> None:
    _, partner = scene.partner()
    for day in (-31, -30):
        scene.use(scene.reservation(MORNING + day * DAY, payers=[(partner, "100", "partner")]))
    scene.charge()
    house, finance = scene.house.id, scene.finance.id
    acts = [partial(closed, house, month, finance) for month in ("2027-01", "2027-02")]
    found = at_once(app, *acts)
    assert set(found) <= {"done", "issuing", "closed"} and "done" in found
    # Whoever was told to wait does it again: the earlier month after the later one is closed with it.
    again = [closed(house, month, finance) for month in ("2027-01", "2027-02")]
    assert set(again) <= {"done", "closed"}
    db.session.rollback()
    given = db.session.scalars(select(Statement.number).order_by(Statement.id)).all()
    assert list(given) == list(range(1, len(given) + 1))
    assert all(db.session.scalars(select(Statement.issued)))
    assert set(db.session.scalars(select(Closing.state))) == {"issued"}
    assert db.session.scalar(select(func.sum(Statement.lines))) == 5


def die_with_numbers_fixed(url: str, folder: str, house: int, finance: int) -> None:
    """Killed when the numbers of a month are fixed, before it is committed."""
    with alone(url, folder).app_context():
        number = perform(partial(start, house, "2027-01", None, NOW, finance, early=True))
        with deed():
            issue_some(number, NOW)
            os.kill(os.getpid(), signal.SIGKILL)


def test_killed_between_two_months_no_number_is_lost(scene: Scene, database: Database) -> None:
    _, partner = scene.partner()
    scene.use(scene.reservation(MORNING - 31 * DAY, payers=[(partner, "100", "partner")]))
    scene.charge()
    house, finance = scene.house.id, scene.finance.id
    killed(die_with_numbers_fixed, database, house, finance)
    assert closed(house, "2027-02", finance) == "issuing"
    assert closed(house, "2027-02", finance) == "done"
    db.session.rollback()
    asked_for = select(Statement.number, Statement.month).order_by(Statement.number)
    assert [tuple(row) for row in db.session.execute(asked_for)] == [
        (1, "2027-01"), (2, "2027-02"), (3, "2027-02"), (4, "2027-02"),
    ]  # fmt: skip


# --- Numbers of invoices that are read back -------------------------------------------------------------------------


def kept(scene: Scene, *rows: tuple[int, str]) -> int:
    """A file with these numbers; its own."""
    said = answer(scene, *rows)
    return perform(partial(numbers.keep_file, scene.house.id, "back.csv", said, NOW, scene.finance.id))


def taken() -> list[tuple[int, str | None, int]]:
    """Which invoice has which number, and how often that was told."""
    told = dict[int, int]()
    for number in db.session.scalars(
        select(JournalEntry.thing_id).where(JournalEntry.deed == "invoice.issued")
    ):
        told[number] = told.get(number, 0) + 1
    rows = db.session.execute(select(Invoice.id, Invoice.number).order_by(Invoice.id))
    return [(row.id, row.number or None, told.get(row.id, 0)) for row in rows]


def take(house: int, file: int, finance: int) -> int:
    return perform(partial(numbers.take, house, file, TODAY, NOW, finance))


def test_one_file_taken_over_twice_at_once_counts_once(scene: Scene, app: Flask) -> None:
    first, second = asked(scene)
    file = kept(scene, (first, "26612000000001"), (second, "26612000000002"))
    house, finance = scene.house.id, scene.finance.id
    found = at_once(app, *[partial(take, house, file, finance)] * 3)
    assert sorted(found) == ["0", "0", "2"]
    assert taken() == [(first, "26612000000001", 1), (second, "26612000000002", 1)]
    assert db.session.get_one(InvoiceFile, file).state == "done"


def test_two_files_that_give_one_number_to_two_requests_give_it_to_one(scene: Scene, app: Flask) -> None:
    first, second = asked(scene)
    house, finance = scene.house.id, scene.finance.id
    files = [kept(scene, (each, "26612000000001")) for each in (first, second)]
    assert sorted(at_once(app, *(partial(take, house, file, finance) for file in files))) == ["0", "1"]
    assert sorted((number or "", told) for _, number, told in taken()) == [("", 0), ("26612000000001", 1)]


def test_two_numbers_for_one_request_at_once_leave_it_the_first(scene: Scene, app: Flask) -> None:
    first, _ = asked(scene)
    house, finance = scene.house.id, scene.finance.id
    files = [kept(scene, (first, f"2661200000000{each}")) for each in (1, 2)]
    assert sorted(at_once(app, *(partial(take, house, file, finance) for file in files))) == ["0", "1"]
    (number, given, told), _ = taken()
    assert (number, told) == (first, 1) and given in {"26612000000001", "26612000000002"}


def die_while_taking(url: str, folder: str, house: int, file: int, finance: int) -> None:
    """Killed when every number stands, before it is committed."""
    with alone(url, folder).app_context(), deed():
        numbers.take(house, file, date(2027, 3, 1), NOW, finance)
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_while_a_file_is_taken_over_nothing_is_half_done(scene: Scene, database: Database) -> None:
    first, second = asked(scene)
    file = kept(scene, (first, "26612000000001"), (second, "26612000000002"))
    house, finance = scene.house.id, scene.finance.id
    killed(die_while_taking, database, house, file, finance)
    assert taken() == [(first, None, 0), (second, None, 0)]
    assert db.session.get_one(InvoiceFile, file).state != "done"
    db.session.rollback()
    assert [take(house, file, finance) for _ in range(2)] == [2, 0]
    assert taken() == [(first, "26612000000001", 1), (second, "26612000000002", 1)]
