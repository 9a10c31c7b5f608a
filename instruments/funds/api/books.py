"""Doors for programs: wallets, opening balances, the trial balance of a month, and the history of an account."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds import books
from instruments.funds.api.reading import seen
from instruments.funds.api.telling import api, needed, text, whole_told
from instruments.funds.bringing_in import bring_in_for_fund
from instruments.funds.listing import A_PAGE
from instruments.funds.models import FundPayment
from instruments.funds.paying_in import Paid, deposit, month_now, payments, refund
from instruments.funds.schemas import (
    LedgerIn,
    OpeningIn,
    PageIn,
    PaymentIn,
    PaymentsOut,
    PostingsOut,
    RefundIn,
    TrialBalanceOut,
    WholeFundOut,
)
from instruments.funds.views.accounts import note_account_look, note_ledger_look, the_account
from instruments.funds.whose import the_fund
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, fitting, takes


@api.get("/funds/<int:number>/payments")
@token_required("money:read")
@api.output(PaymentsOut)
@api.doc(responses=[404])
def paid(number: int) -> Response:
    """What came into a wallet and went back."""
    return answer(_payments(number, seen(number).currency))


@api.post("/funds/<int:number>/payments")
@token_required("money:write")
@takes(api, PaymentIn)
@api.output(PaymentsOut, 201)
@api.doc(responses=[404])
def pay_in(number: int, wanted: Incoming[PaymentIn]) -> Response:
    """Record money that came in for a wallet: finance of the institution it is with. A reference is recorded once."""
    actor, now, (body, reasons) = the_actor(), clock.now(), fitting(wanted)
    currency = the_fund(actor, number).currency
    account, reference = " ".join(body.bank_account.split()), " ".join(body.reference.split())
    said = Paid(needed(body.amount, currency, "amount", reasons), account, reference, body.day)

    def act() -> Made:
        deposit(actor, number, said, now, reasons)
        return _recorded(number, currency)

    return made_once(actor.person_id, now, act)


@api.post("/funds/payments/<int:payment_id>/refund")
@token_required("money:write")
@takes(api, RefundIn)
@api.output(PaymentsOut, 201)
@api.doc(responses=[404])
def pay_back(payment_id: int, wanted: Incoming[RefundIn]) -> Response:
    """Record money that went back to the account that paid, at most what came from it and is not held."""
    actor, now, (body, reasons) = the_actor(), clock.now(), fitting(wanted)
    payment = db.session.get(FundPayment, payment_id)
    if payment is None:
        raise NotFound([Reason("no_payment", None, N_("There is no such payment."))])
    number = payment.fund_id
    currency = the_fund(actor, number).currency
    amount = needed(body.amount, currency, "amount", reasons)

    def act() -> Made:
        refund(actor, payment_id, amount, body.reference, body.day, now, reasons)
        return _recorded(number, currency)

    return made_once(actor.person_id, now, act)


def _recorded(number: int, currency: str) -> Made:
    """The payments of a wallet once another was recorded; how many they are is their version."""
    told = _payments(number, currency)
    return Made(told, len(told["items"]), url_for("funds_api.paid", number=number))


def _payments(number: int, currency: str) -> dict[str, Any]:
    items = [
        {
            "id": row.id,
            "amount": text(row.amount_units, currency),
            "bank_account": row.bank_account,
            "reference": row.reference,
            "day": row.happened_on,
            "refunds_id": row.refunds_id,
            "refunded": text(int(row.refunded), currency),
            "transfer_id": row.transfer_id,
        }
        for row in payments(number)
    ]
    return {"items": items}


@api.post("/funds/<int:number>/opening-balance")
@token_required("money:write")
@takes(api, OpeningIn)
@api.output(WholeFundOut, 201)
@api.doc(responses=[404])
def open_balance(number: int, wanted: Incoming[OpeningIn]) -> Response:
    """Bring in what stood on a fund before the books began here; it can only be reversed afterwards."""
    actor, now, (body, reasons) = the_actor(), clock.now(), fitting(wanted)
    amount = needed(body.amount, the_fund(actor, number).currency, "amount", reasons)

    def act() -> Made:
        bring_in_for_fund(actor, number, amount, body.reason, now, reasons)
        told = whole_told(number)
        return Made(told, told["version"], url_for("funds_api.paid", number=number))

    return made_once(actor.person_id, now, act)


@api.get("/ledger/trial-balance")
@token_required("money:read")
@asks(api, LedgerIn)
@api.output(TrialBalanceOut)
def trial_balance(query: LedgerIn) -> Response:
    """Every account of an institution in a month: finance and auditors."""
    home = query.institution_id
    actor = require(Action.LEDGER_SEE, Scope(home))
    month = query.month or month_now(home, clock.now())
    lines = books.trial_balance(home, month)
    about = books.described([line.account_id for line in lines])
    items = [
        {
            "account_id": line.account_id,
            "kind": line.kind,
            "about_en": about[line.account_id].about_en,
            "about_zh": about[line.account_id].about_zh,
            "currency": line.currency,
            "before": text(line.before, line.currency),
            "debits": text(line.debits, line.currency),
            "credits": text(line.credits, line.currency),
            "balance": text(line.after, line.currency),
        }
        for line in lines
    ]
    closed = month in books.closed_months(home)
    note_ledger_look(actor, home)
    return answer({"institution_id": home, "month": month, "closed": closed, "items": items})


@api.get("/ledger/accounts/<int:number>")
@token_required("money:read")
@asks(api, PageIn)
@api.output(PostingsOut)
@api.doc(responses=[404])
def account(number: int, query: PageIn) -> Response:
    """What was posted on an account: of your institution's books, or of your fund."""
    row = the_account(the_actor(), number)
    currency = row.currency
    note_account_look(the_actor(), row)
    found = books.history(number, query.before, A_PAGE + 1)
    items = [_posting_told(each, currency) for each in found[:A_PAGE]]
    following = items[-1]["id"] if len(found) > A_PAGE else None
    balance = text(books.balances([number])[number], currency)
    return answer({"currency": currency, "balance": balance, "items": items, "next": following})


def _posting_told(posting: books.Posting, currency: str) -> dict[str, Any]:
    names = (
        "id",
        "posted_at",
        "month",
        "kind",
        "thing_kind",
        "thing_id",
        "person_id",
        "reason",
        "reverses_id",
    )
    told = {name: getattr(posting, name) for name in names}
    return {**told, "other_account_id": posting.other_id, "amount": text(posting.units, currency)}
