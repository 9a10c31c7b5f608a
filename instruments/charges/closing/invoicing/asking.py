"""Ask the tax system for invoices and red letters, and payers for what these lack: the deeds of finance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from instruments.charges.closing.invoicing.parting import Line
from instruments.charges.closing.invoicing.planning import Plan, plans
from instruments.charges.closing.invoicing.requests import PAYER, put_on, write
from instruments.charges.closing.invoicing.wanted import Whose
from instruments.charges.invoice_models import BLUE, RED, Invoice, InvoiceLine
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.models import JournalEntry
from instruments.journal.record import record

_INVOICE: Any = Invoice.__table__
_ON: Any = InvoiceLine.__table__
# What only a payer can say, and how soon it is asked for that again.
PAYER_SAYS = frozenset({"no_details", "no_tax_number"})
ASKED_PAYER = "invoice_details.asked"
AGAIN = timedelta(days=7)


def ask(institution_id: int, now: datetime, actor_id: int) -> list[int]:
    """Ask for all that is ready, inside a deed; the numbers of the requests. Whatever lacks something stays, and is told.

    Raises Refusal where nothing is ready. Done again, or twice at once, it asks for nothing twice.
    """
    lock_books([institution_id])
    ready = [plan for plan in plans(institution_id) if plan.is_ready]
    made = [number for plan in ready for number in _ask(plan, now, actor_id)]
    if not made:
        remedy = N_("See what is missing, below.")
        raise Refusal([Reason("nothing", None, N_("Nothing is ready to be invoiced."), {}, remedy)])
    return made


def _ask(plan: Plan, now: datetime, actor_id: int) -> Iterator[int]:
    for invoice_id, lines in sorted(plan.parted.red.items()):
        original = db.session.get_one(Invoice, invoice_id)
        yield _request(plan.statement, original, lines, now, actor_id, corrects=original)
    if plan.parted.blue and not plan.lacks:
        yield _request(plan.statement, plan.details, plan.parted.blue, now, actor_id)


def _request(
    row: Any, said: Any, lines: Sequence[Line], now: datetime, actor_id: int, corrects: Invoice | None = None
) -> int:
    """One request with its lines; said: whose title it bears."""
    amount, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
    said_of_it = {"colour": RED if corrects else BLUE, "corrects_id": corrects.id if corrects else None}
    number = write(row, said, amount, tax, now, actor_id, **said_of_it)
    put_on(number, [(line.statement_id, line.position) for line in lines])
    return number


def ask_payers(institution_id: int, now: datetime, actor_id: int) -> int:
    """Ask payers who have not said what stands on their invoices, inside a deed; how many. None is asked twice in a week."""
    lock_books([institution_id])
    lacking: dict[Whose, Any] = {}
    for plan in plans(institution_id, summed=True):
        if any(lack.reason.code in PAYER_SAYS for lack in plan.lacks):
            row = plan.statement
            whose = Whose(row.payer_institution_id, row.payer_person_id, row.programme_id)
            lacking.setdefault(whose, row)
    entry = JournalEntry
    asked = db.session.execute(
        select(entry.thing_kind, entry.thing_id).where(
            entry.deed == ASKED_PAYER, entry.institution_id == institution_id, entry.at > now - AGAIN
        )
    ).all()
    already = {tuple(row) for row in asked}
    count = 0
    for whose, row in sorted(lacking.items(), key=lambda each: each[0].thing):
        if whose.thing not in already:
            count += 1
            record(
                now=now, actor_id=actor_id, deed=ASKED_PAYER, thing=whose.thing, institution_id=institution_id,
                detail={"creditor_id": institution_id} | {name: getattr(row, name) for name in PAYER if name != "payer_group_id"},
            )  # fmt: skip
    return count
