"""Requests for invoices as rows: written with their lines, found, and noted in the journal. A line stands on one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.charges.invoice_models import Invoice, InvoiceLine
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.journal.record import record

_INVOICE: Any = Invoice.__table__
_ON: Any = InvoiceLine.__table__
# What an invoice keeps of what its payer wanted when it was asked for.
KEPT = ("type", "title", "tax_number", "address", "phone", "bank", "bank_account", "mail")
PAYER = ("payer_institution_id", "payer_person_id", "payer_group_id", "programme_id")


def write(
    row: Any, said: Any, amount: int, tax: int, now: datetime, actor_id: int, *, colour: str,
    corrects_id: int | None = None, replaces_id: int | None = None,
) -> int:  # fmt: skip
    """A request of a statement (row) without its lines, inside a deed; its number. said: whose title it bears."""
    values = {name: getattr(said, name) for name in KEPT} | {
        "creditor_id": row.creditor_id, "statement_id": row.id, "colour": colour, "corrects_id": corrects_id,
        "replaces_id": replaces_id, "currency": row.currency, "amount_units": amount, "tax_units": tax,
        "asked_by_id": actor_id, "asked_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_INVOICE).values(values).returning(_INVOICE.c.id)).scalar_one())
    note("asked", row, number, now, actor_id, amount, colour)
    return number


def put_on(invoice_id: int, places: Sequence[tuple[int, int]], *, takes_back: bool = False) -> None:
    """Put lines (statement, position) on a request; takes_back: a red letter that takes them off their invoice."""
    db.session.execute(
        insert(_ON),
        [
            {
                "invoice_id": invoice_id, "statement_id": statement_id, "position": position,
                "live": not takes_back, "takes_back": takes_back,
            }
            for statement_id, position in places
        ],
    )  # fmt: skip


def the_invoice(institution_id: int, invoice_id: int) -> Invoice:
    """A request or invoice of an institution as it now stands; NotFound as for none."""
    found = db.session.execute(
        select(Invoice)
        .where(Invoice.id == invoice_id, Invoice.creditor_id == institution_id)
        .execution_options(populate_existing=True)
    ).scalar()
    if found is None:
        raise NotFound([Reason("no_invoice", None, N_("There is no such invoice."))])
    return found


def note(what: str, row: Any, number: int, now: datetime, actor_id: int, units: int, colour: str) -> None:
    """Note what became of a request of a statement (row)."""
    record(
        now=now, actor_id=actor_id, deed=f"invoice.{what}", thing=("invoice", number), institution_id=row.creditor_id,
        detail={"statement_id": row.id, "units": units, "currency": row.currency, "colour": colour}
        | {name: getattr(row, name) for name in PAYER},
    )  # fmt: skip
