"""Invoices for programs: what is asked for and what has a number, what is missing, asking, and the numbers given back."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.charges.closing.api.telling import api, text
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import ask
from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing.invoicing.listed import of_institution, statement_number
from instruments.charges.closing.invoicing.planning import plans
from instruments.charges.closing.invoicing.schemas import (
    InvoiceNumbersIn,
    InvoiceNumbersOut,
    InvoicesAskedOut,
    InvoicesOut,
    InvoicesQuery,
)
from instruments.charges.closing.papers import number_of
from instruments.charges.closing.starting import today_at
from instruments.charges.closing.views.doors import HOUSE, note_look, the_house
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.web import clock, paging
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
    shown = rows[: query.limit]
    following = paging.encode([shown[-1].id]) if len(rows) > query.limit else None
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
        for plan in plans(institution_id)
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


def _told(row: Any) -> dict[str, Any]:
    names = ("id", "state", "colour", "type", "title", "tax_number", "currency", "number", "issued_on", "corrects_id",
             "statement_id")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "serial": serial_of(row.id),
        "statement": statement_number(row),
        "amount": text(row.amount_units, row.currency),
        "tax": text(row.tax_units, row.currency),
    }
