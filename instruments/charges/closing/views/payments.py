"""Payments on the page of a statement: finance records what came in, takes a match back, gives back what is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.charges.closing.giving_back import Back, refund, unmatch
from instruments.charges.closing.movements import of_payer
from instruments.charges.closing.paying import Received, pay, pay_from_account
from instruments.charges.closing.seeing import the_statement
from instruments.charges.closing.setting_off import set_off
from instruments.charges.closing.views.doors import amount_typed, nothing_here, pages
from instruments.charges.closing.views.statements import shown_page
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import SET_OFF, Payment, PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.money import Money
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock
from instruments.web.fields import day_typed

ALL = "/statements/<int:statement_id>/payments"


@pages.post(ALL)
def record_payment(statement_id: int) -> ResponseReturnValue:
    """Record what came in for it."""
    actor, row = by_finance(statement_id)
    reasons: list[Reason] = []
    amount, day = amount_typed("amount", row.currency, reasons), day_typed("day", reasons, needed=True)
    came = Received(
        amount or Money.none(row.currency), day or date.min, request.form.get("bank_account", ""),
        request.form.get("reference", ""),
    )  # fmt: skip
    try:
        perform(partial(pay, statement_id, came, clock.now(), actor.person_id, reasons))
    except Refusal as refusal:
        return shown_page(actor, statement_id, refusal)
    flash(gettext("The payment is recorded."), "free")
    return redirect(url_for(".statement", statement_id=statement_id), 303)


@pages.post(f"{ALL}/<int:match_id>/undo")
def undo_match(statement_id: int, match_id: int) -> ResponseReturnValue:
    """Take back that a payment pays it."""
    actor, _ = by_finance(statement_id)
    payment_id = the_match(statement_id, match_id).payment_id
    try:
        perform(partial(unmatch, match_id, clock.now(), actor.person_id))
    except Refusal as refusal:
        return shown_page(actor, statement_id, refusal)
    was_set_off = db.session.get_one(Payment, payment_id).kind == SET_OFF
    said = gettext("It is no longer set off.") if was_set_off else ""
    flash(said or gettext("The payment no longer pays this statement."), "free")
    return redirect(url_for(".statement", statement_id=statement_id), 303)


@pages.post(f"{ALL}/<int:payment_id>/match")
def pay_from_what_is_over(statement_id: int, payment_id: int) -> ResponseReturnValue:
    """Let what is over of another payment of the payer pay it."""
    actor, row = by_finance(statement_id)
    the_payment(row, payment_id)
    try:
        perform(partial(pay_from_account, payment_id, statement_id, clock.now(), actor.person_id))
    except Refusal as refusal:
        return shown_page(actor, statement_id, refusal)
    flash(gettext("What was on account pays this statement."), "free")
    return redirect(url_for(".statement", statement_id=statement_id), 303)


@pages.post("/statements/<int:statement_id>/refunds")
def record_refund(statement_id: int) -> ResponseReturnValue:
    """Record what went back to the account that paid: what is over of a payment, or what the statement owes back."""
    actor, row = by_finance(statement_id)
    payment = the_payment(row, request.form.get("payment_id", 0, type=int))
    reasons: list[Reason] = []
    amount, day = amount_typed("amount", row.currency, reasons), day_typed("day", reasons, needed=True)
    settles_id = statement_id if row.due_units < 0 else None
    back = Back(
        amount or Money.none(row.currency), day or date.min, request.form.get("reference", ""), settles_id
    )
    try:
        perform(partial(refund, payment.id, back, clock.now(), actor.person_id, reasons))
    except Refusal as refusal:
        return shown_page(actor, statement_id, _beside(refusal, "" if settles_id else f"-{payment.id}"))
    flash(gettext("The refund is recorded."), "free")
    return redirect(url_for(".statement", statement_id=statement_id), 303)


@pages.post("/statements/<int:statement_id>/set-off")
def set_off_credit(statement_id: int) -> ResponseReturnValue:
    """Let what a statement owes back pay another of its payer; sent from the page of either."""
    actor, credit = by_finance(statement_id)
    other_id, reasons = request.form.get("statement_id", 0, type=int), list[Reason]()
    amount = amount_typed("amount", credit.currency, reasons) or Money.none(credit.currency)
    if not other_id:
        reasons.append(Reason("no_statement", "statement_id", N_("Choose the statement that it is to pay.")))
    try:
        if not other_id:
            raise Refusal(reasons)
        by_finance(other_id)
        perform(partial(set_off, statement_id, other_id, amount, clock.now(), actor.person_id, reasons))
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        return shown_page(actor, statement_id, _beside(refusal, "", "set-off"))
    flash(gettext("It is set off: what one statement owes back pays the other."), "free")
    then = other_id if request.form.get("from", "") == str(other_id) else statement_id
    return redirect(url_for(".statement", statement_id=then), 303)


def _beside(refusal: Refusal, which: str, form: str = "refund") -> Refusal:
    """The reasons at the fields of this refund: the page has a form for each payment of which something is over."""
    return Refusal(
        [
            replace(reason, field=f"{form}-{reason.field}{which}" if reason.field else None)
            for reason in refusal.reasons
        ]
    )


def by_finance(statement_id: int) -> tuple[Actor, Statement]:
    """Who asks and the statement, for finance of its institution; NotFound as for none."""
    actor = the_actor()
    row = the_statement(actor, statement_id)
    if not may(actor, Action.LEDGER_POST, Scope(row.creditor_id)):
        raise nothing_here()
    return actor, row


def the_match(statement_id: int, match_id: int) -> PaymentMatch:
    """What of a payment pays this statement; NotFound where there is no such."""
    found = db.session.execute(
        select(PaymentMatch).where(PaymentMatch.id == match_id, PaymentMatch.statement_id == statement_id)
    ).scalar()
    if found is None:
        raise nothing_here()
    return found


def the_payment(row: Statement, payment_id: int) -> Payment:
    """A payment of the payer of this statement; NotFound where there is no such."""
    found = db.session.execute(select(Payment).where(Payment.id == payment_id, *of_payer(row))).scalar()
    if found is None:
        raise nothing_here()
    return found
