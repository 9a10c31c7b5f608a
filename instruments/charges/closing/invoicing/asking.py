"""Ask the tax system for invoices and red letters, and take a request back: the deeds of finance. A sum is invoiced once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from instruments.charges.closing.invoicing.parting import Line
from instruments.charges.closing.invoicing.planning import Plan, plans
from instruments.charges.invoice_models import ASKED, BLUE, ISSUED, RED, Invoice, InvoiceLine
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.models import JournalEntry
from instruments.journal.record import record
from instruments.web.versions import stale

_INVOICE: Any = Invoice.__table__
_ON: Any = InvoiceLine.__table__
# What an invoice keeps of what its payer wanted when it was asked for.
KEPT = ("type", "title", "tax_number", "address", "phone", "bank", "bank_account", "mail")
# What only a payer can say, and how soon it is asked for that again.
PAYER_SAYS = frozenset({"no_details", "no_tax_number"})
ASKED_PAYER = "invoice_details.asked"
AGAIN = timedelta(days=7)
PAYER = ("payer_institution_id", "payer_person_id", "payer_group_id")


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
    values = {name: getattr(said, name) for name in KEPT} | {
        "creditor_id": row.creditor_id, "statement_id": row.id, "colour": RED if corrects else BLUE,
        "corrects_id": corrects.id if corrects else None, "currency": row.currency, "amount_units": amount,
        "tax_units": tax, "asked_by_id": actor_id, "asked_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_INVOICE).values(values).returning(_INVOICE.c.id)).scalar_one())
    db.session.execute(
        insert(_ON),
        [
            {"statement_id": line.statement_id, "position": line.position, "invoice_id": number}
            for line in lines
        ],
    )
    _note("asked", row, number, now, actor_id, amount, values["colour"])
    return number


def withdraw(institution_id: int, invoice_id: int, version: int | None, now: datetime, actor_id: int) -> None:
    """Take back a request that has no number yet, inside a deed. Raises NotFound, Stale, Refusal."""
    lock_books([institution_id])
    row = the_invoice(institution_id, invoice_id)
    if version is not None and version != row.version:
        raise stale()
    if row.state == ISSUED:
        sentence = N_("It has a number: only a red letter takes it back.")
        raise Refusal([Reason("issued", None, sentence)])
    db.session.execute(delete(_ON).where(_ON.c.invoice_id == invoice_id))
    db.session.execute(delete(_INVOICE).where(_INVOICE.c.id == invoice_id, _INVOICE.c.state == ASKED))
    _note("withdrawn", row.statement, invoice_id, now, actor_id, row.amount_units, row.colour)


def ask_payers(institution_id: int, now: datetime, actor_id: int) -> int:
    """Ask payers who have not said what stands on their invoices, inside a deed; how many. None is asked twice in a week."""
    lock_books([institution_id])
    lacking: dict[tuple[int | None, int | None], Any] = {}
    for plan in plans(institution_id):
        if any(lack.reason.code in PAYER_SAYS for lack in plan.lacks):
            row = plan.statement
            lacking.setdefault((row.payer_institution_id, row.payer_person_id), row)
    entry = JournalEntry
    asked = db.session.execute(
        select(entry.thing_kind, entry.thing_id).where(
            entry.deed == ASKED_PAYER, entry.institution_id == institution_id, entry.at > now - AGAIN
        )
    ).all()
    already = {tuple(row) for row in asked}
    count = 0
    for institution, person in sorted(lacking, key=str):
        thing = ("institution", institution) if institution is not None else ("person", int(person or 0))
        if thing not in already:
            count += 1
            record(
                now=now, actor_id=actor_id, deed=ASKED_PAYER, thing=thing, institution_id=institution_id,
                detail={"payer_institution_id": institution, "payer_person_id": person, "creditor_id": institution_id},
            )  # fmt: skip
    return count


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


def _note(what: str, row: Any, number: int, now: datetime, actor_id: int, units: int, colour: str) -> None:
    record(
        now=now, actor_id=actor_id, deed=f"invoice.{what}", thing=("invoice", number), institution_id=row.creditor_id,
        detail={"statement_id": row.id, "units": units, "currency": row.currency, "colour": colour}
        | {name: getattr(row, name) for name in PAYER},
    )  # fmt: skip
