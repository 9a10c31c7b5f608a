"""Invoices and requests for them, read for pages and programs: of a statement, of an institution, one with its others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import aliased

from instruments.charges.closing_models import Statement
from instruments.charges.invoice_models import Invoice
from instruments.database import db

WITHDRAWN = "withdrawn"


def _asked() -> Any:
    original, newer = aliased(Invoice), aliased(Invoice)
    return (
        select(
            Invoice.id, Invoice.creditor_id, Invoice.colour, Invoice.type, Invoice.title, Invoice.tax_number,
            Invoice.currency, Invoice.amount_units, Invoice.tax_units, Invoice.state, Invoice.number, Invoice.issued_on,
            Invoice.asked_at, Invoice.version, Invoice.statement_id, Invoice.corrects_id, Invoice.replaces_id,
            Invoice.withdrawn_at, newer.id.label("replaced_by_id"), newer.number.label("newer_number"),
            original.number.label("original_number"), original.statement_id.label("original_statement_id"),
            Statement.year, Statement.number.label("of_year"), Statement.month,
        )
        .join(Statement, Statement.id == Invoice.statement_id)
        .outerjoin(original, original.id == Invoice.corrects_id)
        .outerjoin(newer, (newer.replaces_id == Invoice.id) & newer.withdrawn_at.is_(None))
    )  # fmt: skip


def of_statement(statement_id: int) -> Sequence[Row[Any]]:
    """Its invoices and red letters, and the red letters that later took back of its invoice, in order; not what was withdrawn."""
    own = select(Invoice.id).where(Invoice.statement_id == statement_id)
    asked = _asked().where((Invoice.statement_id == statement_id) | Invoice.corrects_id.in_(own))
    return db.session.execute(asked.where(Invoice.withdrawn_at.is_(None)).order_by(Invoice.id)).all()


def of_institution(institution_id: int, state: str, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """An institution's requests ("asked"), invoices ("issued") or what it withdrew, the newest first, those before one."""
    asked = _asked().where(Invoice.creditor_id == institution_id, _in_state(state))
    if before is not None:
        asked = asked.where(Invoice.id < before)
    return db.session.execute(asked.order_by(Invoice.id.desc()).limit(limit)).all()


def _in_state(state: str) -> ColumnElement[bool]:
    if state == WITHDRAWN:
        return Invoice.withdrawn_at.is_not(None)
    return (Invoice.state == state) & Invoice.withdrawn_at.is_(None)


def with_others(invoice_id: int) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """One, and those that belong to it: what it replaces, what is in its place, what takes back of it or it takes back of."""
    row = db.session.execute(_asked().where(Invoice.id == invoice_id)).one()
    own = {row.replaces_id, row.replaced_by_id, row.corrects_id} - {None}
    asked = _asked().where(
        Invoice.id.in_(own) | (Invoice.corrects_id == invoice_id), Invoice.id != invoice_id
    )
    return row, db.session.execute(asked.order_by(Invoice.id)).all()


def state_of(row: Any) -> str:
    """How far it is: asked for, issued with a number, or withdrawn."""
    return WITHDRAWN if row.withdrawn_at is not None else str(row.state)


def statement_number(row: Any) -> str:
    """The running number of the statement of an invoice, "2026-0047"."""
    return f"{row.year}-{row.of_year:04}"
