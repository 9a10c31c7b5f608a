"""Issue a month: fix what is to be issued under which numbers, then write statement after statement, hundreds in a deed.

Once it is fixed, nothing that happens meanwhile changes what comes out: its months are closed, what is in dispute is left out,
and numbers, dates and names stand in the rows. Killed at any moment, the next step goes on where the last one ended; two at
once wait for one another and do nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from instruments.charges.closing.letterheads import payers, sender
from instruments.charges.closing.months import before
from instruments.charges.closing.owed import (
    OF_MONTH,
    OF_MONTH_AND_LATE,
    PAYER_GROUP,
    PAYER_INSTITUTION,
    PAYER_PERSON,
    PROGRAMME,
    TAKEN,
    TAX,
    has_late,
    heads,
    in_bulk,
    leave_out_disputed,
    values_of,
)
from instruments.charges.closing_models import ISSUED, ISSUING, Closing, Statement
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.funds.ledger_models import ClosedMonth
from instruments.journal.record import entry, record, record_many

_CLOSING: Any = Closing.__table__
_STATEMENT: Any = Statement.__table__
AT_ONCE = 1000
COLUMNS = (
    "id", "closing_id", "creditor_id", "year", "number", "month", "currency", "payer_institution_id", "payer_person_id",
    "payer_group_id", "programme_id", "total_units", "internal_units", "prepaid_units", "due_units", "tax_units", "lines",
    "issued_on", "due_on", "sender", "payer", "issued",
)  # fmt: skip
_LINES = {
    late: text(f"""
    INSERT INTO statement_line (
      statement_id, position, charge_id, share, kind, route, service_on, lab_id, fund_id, fund_code, instrument_en,
      instrument_zh, lab_en, lab_zh, person_en, person_zh, customer_class, reason, charge_units, programme_units,
      amount_units, tax_units
    )
    SELECT t.id, row_number() OVER (PARTITION BY t.id ORDER BY c.service_on, c.id, s.position), c.id, s.position, c.kind,
      s.route, c.service_on, c.lab_id, s.fund_id, coalesce(f.code, ''), coalesce(i.name_en, ''), coalesce(i.name_zh, ''),
      b.name_en, b.name_zh, coalesce(p.name_en, ''), coalesce(p.name_zh, ''), s.customer_class, c.reason, c.total_units,
      coalesce((SELECT sum(r.amount_units) FROM charge_share AS r WHERE r.charge_id = c.id AND r.role = 'programme'), 0),
      s.amount_units, {TAX}
    FROM {TAKEN}
    JOIN statement AS t ON t.closing_id = :closing AND t.currency = c.currency
      AND coalesce(t.payer_institution_id, 0) = {PAYER_INSTITUTION} AND coalesce(t.payer_person_id, 0) = {PAYER_PERSON}
      AND coalesce(t.payer_group_id, 0) = {PAYER_GROUP} AND coalesce(t.programme_id, 0) = {PROGRAMME}
      AND t.number BETWEEN :first_number AND :last_number AND NOT t.issued
    JOIN lab AS b ON b.id = c.lab_id
    LEFT JOIN instrument AS i ON i.id = c.instrument_id
    LEFT JOIN person AS p ON p.id = c.user_id
    LEFT JOIN fund AS f ON f.id = s.fund_id
    WHERE {of_month}
""")  # noqa: S608 - our own expressions
    for late, of_month in ((False, OF_MONTH), (True, OF_MONTH_AND_LATE))
}


def issue_some(closing_id: int, now: datetime, at_once: int = AT_ONCE) -> bool:
    """One step of issuing, inside a deed: fix what is to be issued, or write the next statements; whether more is to do."""
    closing = _locked(closing_id)
    if closing.state != ISSUING:
        return False
    if closing.statements_total is None:
        _fix(closing, now)
        return True
    rows = _next(closing, at_once)
    if not rows:
        _finish(closing, now)
        return False
    _write(closing, rows, now)
    return True


def _locked(closing_id: int) -> Closing:
    """The closing, under the lock of its books, as it now stands."""
    institution_id = db.session.execute(
        select(_CLOSING.c.institution_id).where(_CLOSING.c.id == closing_id)
    ).scalar_one()
    lock_books([institution_id])
    return db.session.execute(
        select(Closing).where(Closing.id == closing_id).execution_options(populate_existing=True)
    ).scalar_one()


def _fix(closing: Closing, now: datetime) -> None:
    """Close the months, leave out what is in dispute, and give every statement its number."""
    _close_months(closing, now)
    leave_out_disputed(closing)
    found = heads(closing)
    assert closing.issued_on is not None and closing.due_on is not None  # noqa: S101 - a constraint of the table
    year = closing.issued_on.year
    last = db.session.execute(
        select(func.coalesce(func.max(_STATEMENT.c.number), 0)).where(
            _STATEMENT.c.creditor_id == closing.institution_id, _STATEMENT.c.year == year
        )
    ).scalar_one()
    written = orjson.dumps(sender(closing.institution_id)).decode()
    named = payers(found)
    dates = (closing.issued_on.isoformat(), closing.due_on.isoformat())
    insert_rows("statement", COLUMNS, [
        (
            number, closing.id, closing.institution_id, year, last + place, closing.month, row.currency,
            row.institution or None, row.person or None, row.research_group or None, row.programme or None,
            *_sums(row), row.lines, *dates,
            written, orjson.dumps(named[place - 1]).decode(), False,
        )
        for place, (number, row) in enumerate(zip(next_ids("statement", len(found)), found, strict=True), start=1)
    ])  # fmt: skip
    _set(closing, statements_total=len(found), moved_at=now)


def _sums(row: Any) -> tuple[int, int, int, int, int]:
    """Its total, of it within the institution, paid ahead and due, and the tax; PostgreSQL sums to decimals."""
    total, internal, prepaid = int(row.total), int(row.internal), int(row.prepaid)
    return total, internal, prepaid, total - internal - prepaid, int(row.tax)


def _close_months(closing: Closing, now: datetime) -> None:
    maker = insert_on_sqlite if db.engine.dialect.name == "sqlite" else insert_on_postgresql
    rows = [
        {"institution_id": closing.institution_id, "month": month, "closed_at": now, "closed_by_id": closing.started_by_id}
        for month in before(closing.month)
    ]  # fmt: skip
    db.session.execute(maker(ClosedMonth).on_conflict_do_nothing(), rows)


def _next(closing: Closing, at_once: int) -> Sequence[Any]:
    one = _STATEMENT.c
    asked = (
        select(
            one.id, one.number, one.total_units, one.due_units, one.currency, one.payer_institution_id,
            one.payer_person_id, one.payer_group_id, one.programme_id,
        )
        .where(one.closing_id == closing.id, one.issued.is_(False))
        .order_by(one.number)
        .limit(at_once)
    )  # fmt: skip
    return db.session.execute(asked).all()


def _write(closing: Closing, rows: Sequence[Any], now: datetime) -> None:
    span = {"first_number": rows[0].number, "last_number": rows[-1].number}
    values = values_of(closing)
    with in_bulk():
        db.session.execute(_LINES[has_late(values)], values | span)
    one = _STATEMENT.c
    db.session.execute(
        update(_STATEMENT)
        .where(
            one.closing_id == closing.id,
            one.number.between(span["first_number"], span["last_number"]),
            one.issued.is_(False),
        )
        .values(issued=True)
    )
    record_many(_told(closing, row, now) for row in rows)
    _set(closing, statements_done=closing.statements_done + len(rows), moved_at=now)


def _told(closing: Closing, row: Any, now: datetime) -> dict[str, Any]:
    return entry(
        now=now,
        actor_id=closing.started_by_id,
        deed="statement.issued",
        thing=("statement", row.id),
        institution_id=closing.institution_id,
        detail={
            "month": closing.month,
            "due_on": closing.due_on.isoformat() if closing.due_on else None,
            "units": row.total_units,
            "due_units": row.due_units,
            "currency": row.currency,
            "payer_institution_id": row.payer_institution_id,
            "payer_person_id": row.payer_person_id,
            "payer_group_id": row.payer_group_id,
            "programme_id": row.programme_id,
        },
    )


def _finish(closing: Closing, now: datetime) -> None:
    _set(closing, state=ISSUED, issued_at=now, moved_at=now, version=closing.version + 1)
    record(
        now=now, actor_id=closing.started_by_id, deed="closing.issued", thing=("closing", closing.id),
        institution_id=closing.institution_id,
        detail={"month": closing.month, "statements": closing.statements_total},
    )  # fmt: skip


def _set(closing: Closing, **values: Any) -> None:
    db.session.execute(update(_CLOSING).where(_CLOSING.c.id == closing.id).values(**values))


def begun(institution_id: int, month: str, now: datetime, actor_id: int | None) -> int:
    """The number of the closing of a month; it is made where there is none yet. Inside a deed, under the lock of the books."""
    found = db.session.execute(
        select(_CLOSING.c.id).where(_CLOSING.c.institution_id == institution_id, _CLOSING.c.month == month)
    ).scalar()
    if found is None:
        row = {"institution_id": institution_id, "month": month, "opened_at": now, "opened_by_id": actor_id}
        found = db.session.execute(insert(_CLOSING).values(row).returning(_CLOSING.c.id)).scalar_one()
    return int(found)
