"""The page of a payment: where every entry of it in the books leads, and from where one comes to statements and charges."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from instruments.charges.closing.one_payment import (
    entries_of,
    nothing,
    of_match,
    refunds_of,
    seen_of,
    statement_of,
    statements_of,
    the_payment,
)
from instruments.charges.closing.seeing import the_statement
from instruments.charges.closing.settled import what_moved
from instruments.charges.closing.views.doors import note_look, pages
from instruments.errors import NotFound
from instruments.funds.books import described
from instruments.funds.words import ACCOUNTS
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor


@pages.get("/payments/<int:payment_id>")
def payment(payment_id: int) -> ResponseReturnValue:
    """One payment, whole for who received or paid it; whoever sees only the statement is led there."""
    actor, row = the_actor(), the_payment(the_actor(), payment_id)
    if row is None:
        return _to_statement(statement_of(payment_id))
    entries = entries_of(actor, payment_id)
    page = render_template(
        "charges/payment.html",
        row=row,
        moved=what_moved(row),
        pays=statements_of(actor, payment_id),
        refunds=refunds_of(payment_id),
        came_from=row.refunds_id if seen_of(actor, [row.refunds_id or 0]) else None,
        statement=_seen_statement(row.statement_id),
        entries=entries,
        accounts=described({each for row in entries for each in (row.debit_id, row.credit_id)}),
        account_words=ACCOUNTS,
        sees_books=may(actor, Action.LEDGER_SEE, Scope(row.creditor_id)),
        sees_netting=any(
            may(actor, Action.LEDGER_SEE, Scope(each)) for each in (row.creditor_id, row.payer_institution_id)
        ),
    )
    if row.payer_person_id != actor.person_id:
        note_look(actor, ("payment", payment_id), row.creditor_id)
    return page


@pages.get("/payments/matches/<int:match_id>")
def match(match_id: int) -> ResponseReturnValue:
    """What a payment pays of a statement is shown with the payment, or with the statement to whoever sees only that."""
    payment_id, statement_id = of_match(match_id)
    if the_payment(the_actor(), payment_id) is None:
        return _to_statement(statement_id)
    return redirect(url_for(".payment", payment_id=payment_id))


def _to_statement(statement_id: int | None) -> ResponseReturnValue:
    if _seen_statement(statement_id) is None:
        raise nothing()
    return redirect(url_for(".statement", statement_id=statement_id))


def _seen_statement(statement_id: int | None) -> object:
    if statement_id is None:
        return None
    try:
        return the_statement(the_actor(), statement_id)
    except NotFound:
        return None
