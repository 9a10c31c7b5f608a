"""Money into a wallet and back, and opening balances: recorded by finance."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds import listing
from instruments.funds.bringing_in import bring_in_for_fund
from instruments.funds.models import FundPayment
from instruments.funds.paying_in import Paid, deposit, payments, refund
from instruments.funds.views.doors import amount_typed, pages
from instruments.funds.whose import books_scope, is_own, note_look, require_terms, the_fund
from instruments.money import Money
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor, today
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise


@pages.route("/funds/<int:number>/deposit", methods=["GET", "POST"])
def pay_in(number: int) -> ResponseReturnValue:
    """Record money that came in for a wallet."""
    actor = the_actor()
    fund = the_fund(actor, number)
    require_terms(actor, fund)
    currency = fund.currency
    if request.method == "GET":
        return _page(number, "deposit", {"day": today(clock.now()).isoformat()})
    now, reasons = clock.now(), list[Reason]()
    try:
        amount, day = (
            amount_typed("amount", currency, reasons, needed=True),
            day_typed("day", reasons, needed=True),
        )
        account, reference = (
            " ".join(request.form.get(name, "").split())[:80] for name in ("bank_account", "reference")
        )
        paid = Paid(amount or Money.none(currency), account, reference, day or date(2000, 1, 1))
        perform(lambda: deposit(actor, number, paid, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _page(number, "deposit", request.form, refusal), refusal.status
    flash(gettext("The payment is recorded."), "free")
    return redirect(url_for(".fund", number=number), 303)


@pages.route("/funds/payments/<int:payment_id>/refund", methods=["GET", "POST"])
def pay_back(payment_id: int) -> ResponseReturnValue:
    """Record money that went back to the account that paid."""
    actor, payment = the_actor(), db.session.get(FundPayment, payment_id)
    if payment is None:
        raise NotFound([Reason("no_payment", None, N_("There is no such payment."))])
    number = payment.fund_id
    fund = the_fund(actor, number)
    require_terms(actor, fund)
    currency = fund.currency
    if request.method == "GET":
        return _page(number, "refund", {"day": today(clock.now()).isoformat()}, payment_id=payment_id)
    now, reasons = clock.now(), list[Reason]()
    try:
        amount, day = (
            amount_typed("amount", currency, reasons, needed=True),
            day_typed("day", reasons, needed=True),
        )
        reference, back = request.form.get("reference", "")[:80], amount or Money.none(currency)
        on = day or date(2000, 1, 1)
        perform(lambda: refund(actor, payment_id, back, reference, on, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _page(number, "refund", request.form, refusal, payment_id), refusal.status
    flash(gettext("The refund is recorded."), "free")
    return redirect(url_for(".fund", number=number), 303)


@pages.route("/funds/<int:number>/opening", methods=["GET", "POST"])
def opening_balance(number: int) -> ResponseReturnValue:
    """Bring in what stood on a fund before the books began here."""
    actor = the_actor()
    fund = the_fund(actor, number)
    require(Action.LEDGER_POST, books_scope(fund))
    currency = fund.currency
    if request.method == "GET":
        return _page(number, "opening", {})
    now, reasons = clock.now(), list[Reason]()
    try:
        amount = amount_typed("amount", currency, reasons, needed=True) or Money.none(currency)
        reason = request.form.get("reason", "")
        perform(lambda: bring_in_for_fund(actor, number, amount, reason, now, reasons))
    except Refusal as refusal:
        show_or_raise(refusal)
        return _page(number, "opening", request.form, refusal), refusal.status
    flash(gettext("The opening balance is in the books."), "free")
    return redirect(url_for(".fund", number=number), 303)


def _page(
    number: int, what: str, typed: Any, refusal: Refusal | None = None, payment_id: int | None = None
) -> str:
    payment = next((row for row in payments(number) if row.id == payment_id), None)
    actor, fund = the_actor(), listing.one(number)
    page = render_template(
        "funds/money_form.html",
        fund=fund,
        what=what,
        typed=typed,
        payment=payment,
        reasons=by_field(refusal),
        today=today(clock.now()),
    )
    if payment is not None and not is_own(actor, fund):
        thing, house, now = ("fund", number), fund.institution_id, clock.now()
        perform(lambda: note_look(actor, thing, house, now, "payment"))
    return page
