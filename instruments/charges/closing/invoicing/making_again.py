"""Withdraw requests for invoices, and make invoices again whose title is wrong: the deeds of finance. The old one is kept.

A request without a number is withdrawn, and another asked for in its place. An invoice with a number is taken back whole by a
red letter, and another invoice of the same lines bears the right title; both are asked for together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from instruments.charges.closing.invoicing.parting import Line
from instruments.charges.closing.invoicing.planning import details_and_lacks, lines_on
from instruments.charges.closing.invoicing.requests import KEPT, note, put_on, the_invoice, write
from instruments.charges.invoice_models import BLUE, ISSUED, RED, Invoice, InvoiceLine
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.web.versions import stale

_INVOICE: Any = Invoice.__table__
_ON: Any = InvoiceLine.__table__


def withdraw(institution_id: int, invoice_id: int, version: int | None, now: datetime, actor_id: int) -> None:
    """Take back a request that has no number yet, inside a deed. Raises NotFound, Stale, Refusal.

    One that was asked for to make an invoice again goes together with its other half, and the invoice stands as before.
    """
    row = _locked(institution_id, invoice_id, version)
    if row.state == ISSUED:
        remedy = N_("If its title is wrong, make it again: a red letter takes it back.")
        raise Refusal([Reason("issued", None, N_("It has a number: it is not withdrawn."), {}, remedy)])
    if row.withdrawn_at is not None:
        raise Refusal([Reason("withdrawn", None, N_("It was withdrawn already."))])
    both = halves(row)
    if any(each.state == ISSUED for each in both if each.colour == BLUE and row.colour == RED):
        sentence = N_(
            "The invoice in its place has a number already: this red letter has to go to the tax system."
        )
        raise Refusal([Reason("other_half", None, sentence)])
    for each in both:
        if each.state != ISSUED:
            _take_off(each, now, actor_id)
    red = next((each for each in both if each.colour == RED and each.state != ISSUED), None)
    if red is not None and len(both) > 1:
        _stand_again(int(red.corrects_id or 0))


def make_again(
    institution_id: int, invoice_id: int, version: int | None, now: datetime, actor_id: int
) -> list[int]:
    """Ask for an invoice again with the title that its payer wants now, inside a deed; the numbers of the new requests.

    Raises NotFound, Stale, or Refusal with every reason.
    """
    row = _locked(institution_id, invoice_id, version)
    lines = lines_on(_standing(row)) if row.colour == BLUE else []
    said, lacks = details_and_lacks(row.statement, lines)
    reasons = [*_not_again(row, lines), *(lack.reason for lack in lacks)]
    if not reasons and said is not None and all(getattr(row, name) == getattr(said, name) for name in KEPT):
        remedy = N_("The payer says first what is to stand on its invoices: only it can.")
        reasons.append(Reason("same", None, N_("It says already what the payer wants."), {}, remedy))
    if reasons:
        raise Refusal(reasons)
    places = [(line.statement_id, line.position) for line in lines]
    amount, tax, made = sum(line.amount for line in lines), sum(line.tax for line in lines), []
    if row.state == ISSUED:
        _lay_down(_standing(row))
        made.append(write(row.statement, row, -amount, -tax, now, actor_id, colour=RED, corrects_id=row.id))
        put_on(made[0], places, takes_back=True)
    else:
        _take_off(row, now, actor_id)
    made.append(write(row.statement, said, amount, tax, now, actor_id, colour=BLUE, replaces_id=row.id))
    put_on(made[-1], places)
    note("made_again", row.statement, row.id, now, actor_id, amount, BLUE)
    return made


def _locked(institution_id: int, invoice_id: int, version: int | None) -> Invoice:
    lock_books([institution_id])
    row = the_invoice(institution_id, invoice_id)
    if version is not None and version != row.version:
        raise stale()
    return row


def _not_again(row: Invoice, lines: Sequence[Line]) -> Iterator[Reason]:
    if row.colour == RED:
        yield Reason("red", None, N_("A red letter bears the title of the invoice that it takes back."))
        return
    if row.withdrawn_at is not None:
        yield Reason("withdrawn", None, N_("It was withdrawn already."))
    elif _open_reds(row.id):
        sentence, remedy = (
            N_("A red letter of it has no number yet."),
            N_("Bring its number, or withdraw it first."),
        )
        yield Reason("red_open", None, sentence, {}, remedy)
    elif sum(line.amount for line in lines) <= 0:
        yield Reason("nothing_left", None, N_("Nothing is left of it: it was taken back."))


def _open_reds(invoice_id: int) -> int:
    one = _INVOICE.c
    asked = select(func.count()).where(
        one.corrects_id == invoice_id, one.state != ISSUED, one.withdrawn_at.is_(None)
    )
    return int(db.session.execute(asked).scalar_one())


def _standing(row: Invoice) -> list[int]:
    """The invoice, and the red letters that lessened it: their lines together are what is left of it."""
    one = _INVOICE.c
    reds = select(one.id).where(one.corrects_id == row.id, one.withdrawn_at.is_(None))
    return [row.id, *db.session.scalars(reds.order_by(one.id))]


def halves(row: Invoice) -> list[Invoice]:
    """A request, and what was asked for together with it to make an invoice again: a red letter and what is in its place."""
    old = row.corrects_id if row.colour == RED else row.replaces_id
    if old is None or (row.colour == RED and not _takes_back(row.id)):
        return [row]
    one = Invoice
    both = (one.corrects_id == old) & one.id.in_(select(InvoiceLine.invoice_id).where(InvoiceLine.takes_back))
    asked = select(one).where(both | (one.replaces_id == old), one.withdrawn_at.is_(None)).order_by(one.id)
    return list(db.session.scalars(asked))


def _takes_back(invoice_id: int) -> bool:
    asked = select(_ON.c.position).where(_ON.c.invoice_id == invoice_id, _ON.c.takes_back).limit(1)
    return db.session.execute(asked).first() is not None


def _take_off(row: Invoice, now: datetime, actor_id: int) -> None:
    """Withdraw a request: it is kept, and its lines stand on it no longer."""
    _lay_down([row.id])
    db.session.execute(
        update(_INVOICE)
        .where(_INVOICE.c.id == row.id)
        .values(withdrawn_at=now, withdrawn_by_id=actor_id, version=_INVOICE.c.version + 1)
    )
    note("withdrawn", row.statement, row.id, now, actor_id, row.amount_units, row.colour)


def _lay_down(invoice_ids: Sequence[int]) -> None:
    db.session.execute(update(_ON).where(_ON.c.invoice_id.in_(invoice_ids), _ON.c.live).values(live=False))


def _stand_again(invoice_id: int) -> None:
    """The lines of an invoice, and of the red letters that lessened it, stand there as before."""
    row = db.session.get_one(Invoice, invoice_id)
    db.session.execute(
        update(_ON).where(_ON.c.invoice_id.in_(_standing(row)), _ON.c.takes_back.is_(False)).values(live=True)
    )
