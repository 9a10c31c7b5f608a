"""What pricing and closing a month costs: 60,000 uses onto 2,000 statements, against the driver's insert of the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import text

from bench.measuring import NOW, processors
from bench.month import MONTH, PAYERS, USES, Month, used
from bench.report import Result
from bench.twins import seconds_of_driver
from instruments.charges.charging import charge, prepare, waiting
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.starting import start
from instruments.charges.closing.views.statements import bytes_of
from instruments.charges.closing_models import Statement
from instruments.charges.tasks import EVER
from instruments.database import db
from instruments.database.transactions import perform
from instruments.jobs.alarm import keep_what_is_loaded

MARKS = {"sqlite": 3.0, "postgresql": 6.0}
PAPERS = 60
_CHARGES = "(SELECT id FROM charge WHERE institution_id = :institution)"
_STATEMENTS = "(SELECT id FROM statement WHERE creditor_id = :institution)"
WRITTEN = {
    "charge": ("institution_id = :institution", "id"),
    "charge_line": (f"charge_id IN {_CHARGES}", "charge_id, position"),
    "charge_share": (f"charge_id IN {_CHARGES}", "charge_id, position"),
    "ledger_transfer": (f"thing_kind = 'charge' AND thing_id IN {_CHARGES}", "id"),
    "statement": ("creditor_id = :institution", "id"),
    "statement_line": (f"statement_id IN {_STATEMENTS}", "statement_id, position"),
    "journal_entry": ("id > :entry", "id"),
}


def measure(app: Flask, database: str) -> list[Result]:
    """Pricing and closing a month without its papers, in processor time beside the driver's; and how many papers a second."""
    keep_what_is_loaded()
    month = used()
    values = {"institution": month.institution_id, "entry": _highest("journal_entry")}
    pricing = _timed(lambda: _price(month))
    number = 0

    def close() -> None:
        nonlocal number
        number = perform(partial(start, month.institution_id, MONTH, None, NOW, None, early=True))
        while perform(partial(issue_some, number, NOW)):
            pass

    closing = _timed(close)
    floor, bare = (seconds_of_driver(WRITTEN, values, bare=each) for each in (False, True))
    whole = pricing + closing
    note = (
        f"{USES:,} uses priced and posted in {pricing:.1f} s of processor, closed onto {PAYERS:,} statements in {closing:.1f};"
        f" the driver {floor:.1f} s, into tables without indexes and checks {bare:.1f} ({whole / bare:.1f} x)"
    )
    found = [Result("pricing and closing a month", database, whole / floor, "x", MARKS[database], note)]
    found.append(_papers(app, database, number))
    return found


def _price(month: Month) -> None:
    """As the worker does it, for these uses alone."""
    last = month.uses[0] - 1
    while numbers := waiting(EVER, last):
        last = numbers[-1]
        prepared = prepare(numbers)
        db.session.rollback()
        perform(partial(charge, prepared, NOW))


def _timed(act: Callable[[], object]) -> float:
    """Processor seconds."""
    clock = processors()
    began = clock()
    act()
    return (clock() - began) / 1e9


def _highest(table: str) -> int:
    found = db.session.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table}"))
    db.session.rollback()
    return int(found or 0)


def _papers(app: Flask, database: str, closing_id: int) -> Result:
    """How long the PDF of a statement takes, its rows read and its words said in both languages."""
    numbers = list(
        db.session.scalars(
            text("SELECT id FROM statement WHERE closing_id = :id ORDER BY id LIMIT :most"),
            {"id": closing_id, "most": PAPERS},
        )
    )
    rows = [db.session.get_one(Statement, number) for number in numbers]
    with app.test_request_context("/?lang=zh"):
        bytes_of(rows[0], "pdf")
        began = time.process_time()
        for row in rows:
            bytes_of(row, "pdf")
        each = (time.process_time() - began) / len(rows) * 1000
    db.session.rollback()
    return Result(
        "a statement as PDF", database, each, "ms", 100, f"{1000 / each:.0f} a second and core, 30 lines each"
    )
