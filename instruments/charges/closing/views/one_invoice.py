"""One invoice or request as a page for finance: what it says, what belongs to it, withdrawing it and making it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing.invoicing.listed import state_of, statement_number, with_others
from instruments.charges.closing.invoicing.making_again import halves, make_again, withdraw
from instruments.charges.closing.invoicing.requests import the_invoice
from instruments.charges.closing.invoicing.wanted import TYPES
from instruments.charges.closing.views.doors import HOUSE, note_look, pages, the_house
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Scope, may
from instruments.web import clock, versions
from instruments.web.reasons import by_field

ONE = f"{HOUSE}/invoices/<int:invoice_id>"


@pages.get(ONE)
def invoice(institution_id: int, invoice_id: int) -> ResponseReturnValue:
    """What it says, and what belongs to it."""
    return _page(institution_id, invoice_id)


def _page(institution_id: int, invoice_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    actor, home = the_house(institution_id)
    said = the_invoice(institution_id, invoice_id)
    row, others = with_others(invoice_id)
    page = render_template(
        "charges/invoice.html",
        is_pair=len(halves(said)) > 1, home=home, row=row, others=others, said=said, state=state_of(row), kind=TYPES[row.type],
        acts=may(actor, Action.LEDGER_POST, Scope(institution_id)), serial_of=serial_of,
        statement_number=statement_number, reasons=by_field(refusal),
    )  # fmt: skip
    note_look(actor, ("invoice", invoice_id), institution_id)
    return page, refusal.status if refusal else 200


@pages.post(f"{ONE}/withdraw")
def withdraw_invoice(institution_id: int, invoice_id: int) -> ResponseReturnValue:
    """Withdraw a request that has no number yet."""
    answer, _ = _done(institution_id, invoice_id, withdraw)
    if answer is None:
        flash(gettext("Withdrawn. What stood on it can be asked for again."), "free")
    return answer or _back(institution_id, invoice_id)


@pages.post(f"{ONE}/again")
def make_invoice_again(institution_id: int, invoice_id: int) -> ResponseReturnValue:
    """Make it again with the title that its payer wants now."""
    answer, made = _done(institution_id, invoice_id, make_again)
    if answer is None:
        words = (
            gettext("Asked for: a red letter that takes it back, and an invoice with the right title.")
            if len(made) > 1
            else gettext("Asked for again with the right title.")
        )
        flash(words, "free")
    return answer or _back(institution_id, made[-1])


def _done(institution_id: int, invoice_id: int, deed: Callable[..., Any]) -> tuple[Any, Any]:
    """Do it; the page that refuses, else None, and what came of it."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    try:
        act = partial(deed, institution_id, invoice_id, versions.typed(), clock.now(), actor.person_id)
        return None, perform(act)
    except Refusal as refusal:
        return _page(institution_id, invoice_id, refusal), None


def _back(institution_id: int, invoice_id: int) -> ResponseReturnValue:
    return redirect(url_for(".invoice", institution_id=institution_id, invoice_id=invoice_id), 303)
