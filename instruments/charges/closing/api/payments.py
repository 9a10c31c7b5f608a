"""Payments for programs: finance records what came in, lets it pay, takes that back, and gives back what is over."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask import Response, url_for
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased

from instruments.charges.closing.api.telling import amount_sent, api, text
from instruments.charges.closing.giving_back import refund, unmatch
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.schemas import (
    PaymentRefundIn,
    PaymentsQuery,
    RecordedPaymentsOut,
    StatementPaymentIn,
    StatementPaymentsOut,
)
from instruments.charges.closing.seeing import is_own, payments_of, standings, the_statement
from instruments.charges.closing.views.doors import note_look, the_house
from instruments.charges.closing.views.payments import by_finance, the_match
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import REFUND, Payment, PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

ALL = "/statements/<int:statement_id>/payments"


@api.get("/payments")
@token_required("money:read")
@asks(api, PaymentsQuery)
@api.output(RecordedPaymentsOut)
@api.doc(responses=[404])
def payments(query: PaymentsQuery) -> Response:
    """What an institution recorded as received, given back or netted, the newest day first: its finance and auditors."""
    actor, home = the_house(query.institution_id)
    after = paging.decode(query.cursor, (str, int))
    rows = _listed(home.id, after, query.limit + 1)
    shown = rows[: query.limit]
    following = None
    if len(rows) > query.limit:
        following = paging.encode([shown[-1].received_on.isoformat(), shown[-1].id])
    items = [_payment(row) for row in shown]
    note_look(actor, ("institution", home.id), home.id, "payments")
    return answer({"items": items, "next": following})


@api.get(ALL)
@token_required("money:read")
@api.output(StatementPaymentsOut)
@api.doc(responses=[404])
def statement_payments(statement_id: int) -> Response:
    """What pays a statement, for whoever sees it."""
    actor = the_actor()
    row = the_statement(actor, statement_id)
    found = _paid(row)
    if not is_own(actor, row):
        note_look(actor, ("statement", row.id), row.creditor_id)
    return answer(found)


@api.post(ALL)
@token_required("money:write")
@takes(api, StatementPaymentIn)
@api.output(StatementPaymentsOut, 201)
@api.doc(responses=[404])
def record_payment(statement_id: int, wanted: Incoming[StatementPaymentIn]) -> Response:
    """Record what came in for it: finance of its institution. It pays this one, then the payer's other open ones, the oldest
    first."""
    actor, row = by_finance(statement_id)
    body, now = whole(wanted), clock.now()
    came = Received(amount_sent(body.amount, row.currency), body.day, body.bank_account, body.reference)

    def act() -> Made:
        pay(statement_id, came, now, actor.person_id)
        return _recorded(statement_id)

    return made_once(actor.person_id, now, act)


@api.post(f"{ALL}/<int:match_id>/undo")
@token_required("money:write")
@api.output(StatementPaymentsOut)
@api.doc(responses=[404, 422])
def undo_match(statement_id: int, match_id: int) -> Response:
    """Take back that a payment pays it; the money stays the payer's. Taking it back twice is refused."""
    actor, row = by_finance(statement_id)
    the_match(statement_id, match_id)
    perform(partial(unmatch, match_id, clock.now(), actor.person_id))
    return answer(_paid(row))


@api.post("/payments/<int:payment_id>/refund")
@token_required("money:write")
@takes(api, PaymentRefundIn)
@api.output(RecordedPaymentsOut, 201)
@api.doc(responses=[404])
def refund_payment(payment_id: int, wanted: Incoming[PaymentRefundIn]) -> Response:
    """Record what went back to the account that paid, at most what is over: finance of the institution that received it."""
    actor, payment = by_finance_of_payment(payment_id)
    body, now = whole(wanted), clock.now()
    amount, home = amount_sent(body.amount, payment.currency), payment.creditor_id

    def act() -> Made:
        refund(payment_id, amount, body.day, body.reference, now, actor.person_id)
        items = [_payment(row) for row in _listed(home, None, 1, payment_id)]
        return Made({"items": items, "next": None}, len(items), url_for(".payments", institution_id=home))

    return made_once(actor.person_id, now, act)


def by_finance_of_payment(payment_id: int) -> tuple[Any, Payment]:
    """Who asks and the payment, for finance of the institution that received it; NotFound as for none."""
    row = db.session.get(Payment, payment_id)
    actor, _ = the_house(0 if row is None else row.creditor_id, Action.LEDGER_POST)
    assert row is not None  # noqa: S101 - there is no institution 0
    return actor, row


def _recorded(statement_id: int) -> Made:
    """The payments of a statement once another was recorded; how many they are is their version."""
    told = _paid(db.session.get_one(Statement, statement_id))
    return Made(told, len(told["items"]), url_for(".statement_payments", statement_id=statement_id))


def _paid(row: Statement) -> dict[str, Any]:
    items = [
        {
            "id": each.id, "payment_id": each.payment_id, "amount": text(each.amount_units, row.currency),
            "day": each.received_on, "bank_account": each.bank_account, "reference": each.reference,
            "settlement_proposal_id": each.proposal_id, "over": text(int(each.over), row.currency),
        }
        for each in payments_of(row.id)
    ]  # fmt: skip
    return {"items": items, "left": text(standings([row])[row.id].left, row.currency)}


def _listed(institution_id: int, after: list[Any] | None, limit: int, refunds_id: int | None = None) -> Any:
    """Payments with what of each is over; refunds_id: only what was given back of that one."""
    payment, back, match = Payment, aliased(Payment), PaymentMatch
    used = (
        select(func.coalesce(func.sum(match.amount_units), 0))
        .where(match.payment_id == payment.id, match.undone_at.is_(None))
        .correlate(payment)
    )
    given = (
        select(func.coalesce(func.sum(back.amount_units), 0))
        .where(back.refunds_id == payment.id)
        .correlate(payment)
    )
    over = (payment.amount_units - used.scalar_subquery() - given.scalar_subquery()).label("over")
    asked = (
        select(*Payment.__table__.c, over)
        .where(payment.creditor_id == institution_id)
        .order_by(payment.received_on.desc(), payment.id.desc())
        .limit(limit)
    )
    if after:
        asked = asked.where(
            tuple_(payment.received_on, payment.id) < (date.fromisoformat(after[0]), after[1])
        )
    if refunds_id is not None:
        asked = asked.where(payment.refunds_id == refunds_id)
    return db.session.execute(asked).all()


def _payment(row: Any) -> dict[str, Any]:
    names = (
        "id", "kind", "payer_institution_id", "payer_person_id", "programme_id", "currency", "bank_account", "reference",
        "refunds_id",
    )  # fmt: skip
    over = 0 if row.kind == REFUND else int(row.over)
    return {name: getattr(row, name) for name in names} | {
        "amount": text(row.amount_units, row.currency),
        "over": text(over, row.currency),
        "day": row.received_on,
        "settlement_proposal_id": row.proposal_id,
    }
