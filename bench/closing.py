"""What closing a month costs: 60,000 charges onto 2,000 statements, against the driver's bulk insert of the same rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.measuring import NOW, processors
from bench.report import Result
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.starting import start
from instruments.charges.closing.views.statements import body_of
from instruments.charges.closing_models import Statement
from instruments.charges.writing import CHARGE_COLUMNS, LINE_COLUMNS, SHARE_COLUMNS
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.database.transactions import deed, perform
from instruments.people.models import Institution, Lab

CHARGES, PAYERS = 60_000, 2_000
MARKS = {"sqlite": 3.0, "postgresql": 6.0}
MONTH = f"{NOW:%Y-%m}"
PAPERS = 60


def measure(app: Flask, database: str) -> list[Result]:
    """The closing of a month without its papers, in processor time beside the driver's; and how many papers a second."""
    institution = _owed()
    clock = processors()
    began = clock()
    number = perform(partial(start, institution, MONTH, None, NOW, None, early=True))
    while perform(partial(issue_some, number, NOW)):
        pass
    closing = (clock() - began) / 1e9
    floor = _floor(number)
    note = f"{closing:.2f} s of processor for {CHARGES:,} charges onto {PAYERS:,} statements; the driver {floor:.2f} s"
    found = [Result("closing a month", database, closing / floor, "x", MARKS[database], note)]
    found.append(_papers(app, database, number))
    return found


def _owed() -> int:
    """An institution to which 60,000 charges are owed by 2,000 groups; each run in a month of its own database."""
    with deed() as session:
        home = Institution(kind="university", name_en="Bench University", name_zh="测试大学")
        row = Lab(institution=home, name_en="Bench lab", name_zh="测试实验室")
        session.add(row)
        session.flush()
        lab, institution = row.id, home.id
    instruments = list(db.session.scalars(text("SELECT id FROM instrument ORDER BY id LIMIT 50")))
    people = list(db.session.scalars(text("SELECT id FROM person ORDER BY id LIMIT 500")))
    db.session.rollback()
    with deed():
        groups = next_ids("research_group", PAYERS)
        insert_rows(
            "research_group",
            ("id", "institution_id", "name_en", "name_zh"),
            [(each, institution, f"Bench group {each}", f"测试组{each}") for each in groups],
        )
        charges = next_ids("charge", CHARGES)
        day, at = (NOW - timedelta(hours=2)).date().isoformat(), int(NOW.timestamp())
        usual = {
            "kind": "late", "customer": 0, "lab_id": lab, "institution_id": institution, "customer_class": "partner",
            "currency": "CNY", "total_units": 12_000, "state": "draft", "service_on": day, "reason": "",
            "waits_for_second": False, "made_at": at, "share_rate": 0, "tax_rate": 600, "version": 1,
            "reservation_id": db.session.scalar(text("SELECT min(id) FROM reservation")),
        }  # fmt: skip
        rows = []
        for place, each in enumerate(charges):
            values = usual | {
                "id": each, "key": f"bench:{each}", "instrument_id": instruments[place % len(instruments)],
                "user_id": people[place % len(people)],
            }  # fmt: skip
            rows.append([values.get(name) for name in CHARGE_COLUMNS])
        insert_rows("charge", CHARGE_COLUMNS, rows)
        line = (0, "time", "hour", 2, 1, 6_000, "100", 12_000, "", "[]")
        insert_rows("charge_line", LINE_COLUMNS, [(each, *line) for each in charges])
        before, after = (
            (0, "payer", "receivable", True, None, None, institution, None),
            ("100", "partner", 12_000, "[]"),
        )
        shares = [(each, *before, groups[place % PAYERS], *after) for place, each in enumerate(charges)]
        insert_rows("charge_share", SHARE_COLUMNS, shares)
        db.session.execute(
            text(
                f"UPDATE charge SET state = 'posted', posted_at = :at, month = '{MONTH}' WHERE id >= :first"
            ),
            {"at": at, "first": charges[0]},
        )
    return int(institution)


def _floor(closing_id: int) -> float:
    """Processor seconds in which the driver alone writes the same rows into tables of the same columns and keys."""
    parts = {
        table: _rows(table, where, closing_id)
        for table, where in (
            ("statement", "closing_id = :id"),
            ("statement_line", "statement_id IN (SELECT id FROM statement WHERE closing_id = :id)"),
            (
                "journal_entry",
                "deed = 'statement.issued' AND thing_id IN (SELECT id FROM statement WHERE closing_id = :id)",
            ),
        )
    }
    with deed():
        for table in parts:
            key = "statement_id, position" if table == "statement_line" else "id"
            db.session.execute(text(f"CREATE TABLE floor_{table} AS SELECT * FROM {table} WHERE 1 = 0"))
            db.session.execute(text(f"CREATE UNIQUE INDEX floor_{table}_key ON floor_{table} ({key})"))
    clock = processors()
    began = clock()
    with deed():
        for table, (columns, rows) in parts.items():
            insert_rows(f"floor_{table}", columns, rows)
    taken = (clock() - began) / 1e9
    with deed():
        for table in parts:
            db.session.execute(text(f"DROP TABLE floor_{table}"))
    return taken


def _rows(table: str, where: str, closing_id: int) -> tuple[Sequence[str], list[Any]]:
    columns = [column.name for column in db.metadata.tables[table].columns]
    texts = ("sender", "payer", "detail")
    asked = [f"CAST({name} AS TEXT)" if name in texts else name for name in columns]
    found = db.session.execute(
        text(f"SELECT {', '.join(asked)} FROM {table} WHERE {where}"), {"id": closing_id}
    ).all()
    db.session.rollback()
    return columns, [tuple(row) for row in found]


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
        body_of(rows[0], "pdf")
        began = time.process_time()
        for row in rows:
            body_of(row, "pdf")
        each = (time.process_time() - began) / len(rows) * 1000
    db.session.rollback()
    return Result(
        "a statement as PDF", database, each, "ms", 100, f"{1000 / each:.0f} a second and core, 30 lines each"
    )
