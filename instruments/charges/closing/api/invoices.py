"""Invoices for programs: what is asked for and what has a number, what is missing, asking, and the numbers given back."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, url_for

from instruments.charges.closing.api.telling import api, files, text
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import ask
from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing.invoicing.listed import (
    of_institution,
    state_of,
    statement_number,
    with_others,
)
from instruments.charges.closing.invoicing.making_again import make_again, withdraw
from instruments.charges.closing.invoicing.planning import plans
from instruments.charges.closing.invoicing.requests import the_invoice
from instruments.charges.closing.invoicing.schemas import (
    InvoiceMadeAgainOut,
    InvoiceNumbersIn,
    InvoiceNumbersOut,
    InvoicesAskedOut,
    InvoicesOut,
    InvoicesQuery,
    WholeInvoiceOut,
)
from instruments.charges.closing.papers import number_of
from instruments.charges.closing.views.doors import HOUSE, note_look, the_house
from instruments.charges.closing.views.invoices import invoice_file as file_for_taxes
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.web import clock, paging, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.reasons import in_full

ALL = f"{HOUSE}/invoices"


@api.get(ALL)
@token_required("money:read")
@asks(api, InvoicesQuery)
@api.output(InvoicesOut)
@api.doc(responses=[404])
def invoices(institution_id: int, query: InvoicesQuery) -> Response:
    """An institution's requests for invoices, or its invoices, the newest first: finance and auditors."""
    actor, _ = the_house(institution_id)
    before = paging.decode(query.cursor, (int,))
    rows = of_institution(institution_id, query.state, before[0] if before else None, query.limit + 1)
    shown, following = paging.page(rows, query.limit, lambda row: [row.id])
    note_look(actor, ("institution", institution_id), institution_id, "invoices")
    return answer({"items": [_told(row) for row in shown], "next": following})


@api.post(ALL)
@token_required("money:write")
@api.output(InvoicesAskedOut)
@api.doc(responses=[404])
def ask_for_invoices(institution_id: int) -> Response:
    """Ask for all that is ready; what lacks something stays, and is told with it. Again it asks for nothing twice."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    try:
        made = perform(partial(ask, institution_id, clock.now(), actor.person_id))
    except Refusal:
        db.session.rollback()
        made = []
    lacking = [
        {
            "statement_id": plan.statement.id, "statement": number_of(plan.statement),
            "missing": [
                {"code": lack.reason.code, "message": in_full(lack.reason), "address": lack.address}
                for lack in plan.lacks
            ],
            "waits": bool(plan.parted.waiting),
        }
        for plan in plans(institution_id, summed=True)
    ]  # fmt: skip
    return answer({"asked": [serial_of(number) for number in made], "lacking": lacking})


@api.post(f"{ALL}/numbers")
@token_required("money:write")
@takes(api, InvoiceNumbersIn)
@api.output(InvoiceNumbersOut)
@api.doc(responses=[404])
def take_numbers(institution_id: int, wanted: Incoming[InvoiceNumbersIn]) -> Response:
    """Give requests the numbers of the tax system: what is new is taken over at once, again it changes nothing."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    body, now = whole(wanted), clock.now()
    today = today_at(institution_id, now)
    rows = [
        {"row": str(place), "serial": each.serial, "number": each.number, "issued_on": each.issued_on, "amount": each.amount}
        for place, each in enumerate(body.numbers)
    ]  # fmt: skip
    db.session.rollback()
    found = numbers.checked(institution_id, rows, today)
    db.session.rollback()
    taken = 0
    if not body.dry_run:
        taken = perform(partial(numbers.take_rows_at_once, institution_id, rows, today, now, actor.person_id))
    items = [
        {
            "serial": each.written["serial"], "outcome": each.outcome,
            "reasons": [{"code": reason.code, "message": in_full(reason)} for reason in each.reasons],
        }
        for each in found
    ]  # fmt: skip
    return answer({"items": items, "taken": taken})


@api.get(f"{ALL}/<int:invoice_id>")
@token_required("money:read")
@api.output(WholeInvoiceOut)
@api.doc(responses=[404])
def invoice(institution_id: int, invoice_id: int) -> Response:
    """One request or invoice, with those that belong to it; its ETag is what a change must name."""
    actor, _ = the_house(institution_id)
    found = _whole(institution_id, invoice_id)
    note_look(actor, ("invoice", invoice_id), institution_id)
    return answer(found, version=found["version"])


@api.post(f"{ALL}/<int:invoice_id>/withdraw")
@token_required("money:write")
@api.output(WholeInvoiceOut)
@api.doc(responses=[404, 412, 422, 428])
def withdraw_invoice(institution_id: int, invoice_id: int) -> Response:
    """Withdraw a request that has no number yet: it is kept, and what stood on it can be asked for again. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    version = versions.matched(the_invoice(institution_id, invoice_id).version)
    perform(partial(withdraw, institution_id, invoice_id, version, clock.now(), actor.person_id))
    found = _whole(institution_id, invoice_id)
    return answer(found, version=found["version"])


@api.post(f"{ALL}/<int:invoice_id>/again")
@token_required("money:write")
@api.output(InvoiceMadeAgainOut, 201)
@api.doc(responses=[404, 412, 422, 428])
def make_invoice_again(institution_id: int, invoice_id: int) -> Response:
    """Make it again with the title that its payer wants now: one without a number is withdrawn, one with a number taken back
    whole by a red letter. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    version = versions.matched(the_invoice(institution_id, invoice_id).version)
    made = perform(partial(make_again, institution_id, invoice_id, version, clock.now(), actor.person_id))
    told = [_told(with_others(number)[0]) for number in made]
    body = {"invoice": told[-1], "red": told[0] if len(told) > 1 else None}
    found = answer(body, 201, version=told[-1]["version"])
    found.headers["Location"] = url_for(".invoice", institution_id=institution_id, invoice_id=made[-1])
    return found


@api.get(f"{ALL}/<any(blue, red):colour>.<any(csv, xlsx):kind>")
@token_required("money:read")
@api.doc(
    responses=files(
        "Every request of this colour that has no number yet, in the columns of the institution",
        "csv",
        "xlsx",
    )
)
def invoice_file(institution_id: int, colour: str, kind: str) -> Response:
    """The file for the tax system; the same bytes whenever it is asked for, as long as the same requests wait."""
    return file_for_taxes(institution_id, colour, kind)


def _whole(institution_id: int, invoice_id: int) -> dict[str, Any]:
    the_invoice(institution_id, invoice_id)
    row, others = with_others(invoice_id)
    return _told(row) | {"others": [_told(each) for each in others]}


def _told(row: Any) -> dict[str, Any]:
    names = ("id", "colour", "type", "title", "tax_number", "currency", "number", "issued_on", "corrects_id",
             "replaces_id", "replaced_by_id", "statement_id", "version")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "state": state_of(row),
        "serial": serial_of(row.id),
        "statement": statement_number(row),
        "amount": text(row.amount_units, row.currency),
        "tax": text(row.tax_units, row.currency),
    }
