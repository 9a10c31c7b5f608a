"""Invoices and requests for them, read for pages and programs: of a statement, of an institution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from instruments.charges.closing_models import Statement
from instruments.charges.invoice_models import Invoice
from instruments.database import db


def _asked() -> Any:
    original = aliased(Invoice)
    return (
        select(
            Invoice.id, Invoice.colour, Invoice.type, Invoice.title, Invoice.tax_number, Invoice.currency,
            Invoice.amount_units, Invoice.tax_units, Invoice.state, Invoice.number, Invoice.issued_on, Invoice.asked_at,
            Invoice.version, Invoice.statement_id, Invoice.corrects_id, original.number.label("original_number"),
            original.statement_id.label("original_statement_id"), Statement.year, Statement.number.label("of_year"),
            Statement.month,
        )
        .join(Statement, Statement.id == Invoice.statement_id)
        .outerjoin(original, original.id == Invoice.corrects_id)
    )  # fmt: skip


def of_statement(statement_id: int) -> Sequence[Row[Any]]:
    """Its invoice and its red letters, and the red letters that later took back of its invoice, in order."""
    own = select(Invoice.id).where(Invoice.statement_id == statement_id)
    asked = _asked().where((Invoice.statement_id == statement_id) | Invoice.corrects_id.in_(own))
    return db.session.execute(asked.order_by(Invoice.id)).all()


def of_institution(institution_id: int, state: str, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """An institution's requests ("asked") or invoices ("issued"), the newest first, those before one."""
    asked = _asked().where(Invoice.creditor_id == institution_id, Invoice.state == state)
    if before is not None:
        asked = asked.where(Invoice.id < before)
    return db.session.execute(asked.order_by(Invoice.id.desc()).limit(limit)).all()


def statement_number(row: Any) -> str:
    """The running number of the statement of an invoice, "2026-0047"."""
    return f"{row.year}-{row.of_year:04}"
