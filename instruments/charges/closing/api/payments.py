"""Payments for programs: finance records what came in, lets it pay, takes that back, and gives back what is over."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask import Response, url_for
from sqlalchemy import select, tuple_

from instruments.charges.closing.api.telling import amount_sent, api, text
from instruments.charges.closing.giving_back import Back, refund, unmatch
from instruments.charges.closing.movements import movements_of
from instruments.charges.closing.one_payment import nothing, statements_of
from instruments.charges.closing.one_payment import the_payment as the_payment_seen
from instruments.charges.closing.over import over_of, stands
from instruments.charges.closing.paying import Received, pay, pay_from_account
from instruments.charges.closing.payment_schemas import (
    OnePaymentOut,
    PaymentRefundIn,
    PaymentsQuery,
    RecordedPaymentsOut,
    SetOffIn,
    StatementPaymentIn,
    StatementPaymentsOut,
)
from instruments.charges.closing.seeing import is_own, the_statement
from instruments.charges.closing.setting_off import set_off
from instruments.charges.closing.standing import standings
from instruments.charges.closing.views.doors import note_look, the_house
from instruments.charges.closing.views.payments import by_finance, the_match, the_payment
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PAYMENT, Payment
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, fitting, takes

ALL = "/statements/<int:statement_id>/payments"


@api.get("/payments")
@token_required("money:read")
@asks(api, PaymentsQuery)
@api.output(RecordedPaymentsOut)
@api.doc(responses=[404])
def payments(query: PaymentsQuery) -> Response:
    """What an institution recorded as received, given back, netted or set off, the newest day first: its finance and auditors."""
    actor, home = the_house(query.institution_id)
    after = paging.decode(query.cursor, (str, int))
    rows = _listed(home.id, after, query.limit + 1)
    shown, following = paging.page(rows, query.limit, lambda row: [row.received_on.isoformat(), row.id])
    items = [_payment(row) for row in shown]
    note_look(actor, ("institution", home.id), home.id, "payments")
    return answer({"items": items, "next": following})


@api.get("/payments/<int:payment_id>")
@token_required("money:read")
@api.output(OnePaymentOut)
@api.doc(responses=[404])
def one_payment(payment_id: int) -> Response:
    """One payment, with the statements that it pays: for the finance of who received it, and for its payer."""
    actor = the_actor()
    row = the_payment_seen(actor, payment_id)
    if row is None:
        raise nothing()
    pays = [
        {
            "match_id": each.id, "statement_id": each.statement_id, "amount": text(each.units, row.currency),
            "taken_back": each.undone_at is not None,
        }
        for each in statements_of(actor, payment_id)
    ]  # fmt: skip
    if row.payer_person_id != actor.person_id:
        note_look(actor, ("payment", payment_id), row.creditor_id)
    return answer(_payment(row) | {"pays": pays})


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
    (body, reasons), now = fitting(wanted), clock.now()
    amount = amount_sent(body.amount, row.currency, reasons)
    came = Received(amount, body.day, body.bank_account, body.reference)

    def act() -> Made:
        pay(statement_id, came, now, actor.person_id, reasons)
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


@api.post(f"{ALL}/<int:payment_id>/match")
@token_required("money:write")
@api.output(StatementPaymentsOut)
@api.doc(responses=[404, 422])
def pay_from_what_is_over(statement_id: int, payment_id: int) -> Response:
    """Let what is over of a payment pay another statement of its payer. Again it is refused: nothing is over then, or left."""
    actor, row = by_finance(statement_id)
    the_payment(row, payment_id)
    perform(partial(pay_from_account, payment_id, statement_id, clock.now(), actor.person_id))
    return answer(_paid(row))


@api.post("/statements/<int:statement_id>/set-off")
@token_required("money:write")
@takes(api, SetOffIn)
@api.output(StatementPaymentsOut, 201)
@api.doc(responses=[404])
def set_off_credit(statement_id: int, wanted: Incoming[SetOffIn]) -> Response:
    """Let what a statement owes back pay another of its payer; no money moves. It is taken back as a match of the other is."""
    actor, credit = by_finance(statement_id)
    (body, reasons), now = fitting(wanted), clock.now()
    by_finance(body.statement_id)
    amount = amount_sent(body.amount, credit.currency, reasons)

    def act() -> Made:
        set_off(statement_id, body.statement_id, amount, now, actor.person_id, reasons)
        return _recorded(statement_id)

    return made_once(actor.person_id, now, act)


@api.post("/payments/<int:payment_id>/refund")
@token_required("money:write")
@takes(api, PaymentRefundIn)
@api.output(RecordedPaymentsOut, 201)
@api.doc(responses=[404])
def refund_payment(payment_id: int, wanted: Incoming[PaymentRefundIn]) -> Response:
    """Record what went back to the account that paid: finance of the institution that received it. At most what is over of the
    payment, or with `settles_id` what that statement owes back."""
    actor, payment = by_finance_of_payment(payment_id)
    (body, reasons), now, home = fitting(wanted), clock.now(), payment.creditor_id
    if body.settles_id is not None:
        by_finance(body.settles_id)
    amount = amount_sent(body.amount, payment.currency, reasons)
    back = Back(amount, body.day, body.reference, body.settles_id)

    def act() -> Made:
        number = refund(payment_id, back, now, actor.person_id, reasons)
        items = [_payment(row) for row in _listed(home, None, 1, number)]
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
    found, whole = movements_of(row.id), {}
    if found:
        asked = select(Payment.id, over_of(Payment)).where(
            Payment.id.in_([each.payment_id for each in found])
        )
        whole = {number: int(units) for number, units in db.session.execute(asked)}
    return {
        "items": [
            _match(each, whole[each.payment_id], row.currency)
            for each in found
            if each.match_id and not each.gives_back
        ],
        "movements": [_movement(each, row.currency) for each in found],
        "left": text(standings([row])[row.id].left, row.currency),
    }


def _match(each: Any, over: int, currency: str) -> dict[str, Any]:
    return {
        "id": each.match_id, "payment_id": each.payment_id, "amount": text(int(each.pays), currency), "day": each.day,
        "bank_account": each.bank_account, "reference": each.reference,
        "settlement_proposal_id": each.proposal_id, "over": text(over, currency),
    }  # fmt: skip


def _movement(each: Any, currency: str) -> dict[str, Any]:
    names = ("payment_id", "kind", "day", "bank_account", "reference", "settles_credit")
    sums = {"amount": each.received, "pays": each.pays, "over": each.over}
    return {
        **{name: getattr(each, name) for name in names},
        **{name: text(int(units), currency) for name, units in sums.items()},
        "settlement_proposal_id": each.proposal_id,
        "other_statement_id": each.other_id,
    }


def _listed(institution_id: int, after: list[Any] | None, limit: int, number: int | None = None) -> Any:
    """Payments with what of each is over; number: only this one."""
    payment = Payment
    asked = (
        select(*Payment.__table__.c, over_of(payment).label("over"), stands(payment).label("stands"))
        .where(payment.creditor_id == institution_id)
        .order_by(payment.received_on.desc(), payment.id.desc())
        .limit(limit)
    )
    if after:
        asked = asked.where(
            tuple_(payment.received_on, payment.id) < (date.fromisoformat(after[0]), after[1])
        )
    if number is not None:
        asked = asked.where(payment.id == number)
    return db.session.execute(asked).all()


def _payment(row: Any) -> dict[str, Any]:
    names = (
        "id", "kind", "payer_institution_id", "payer_person_id", "programme_id", "currency", "bank_account", "reference",
        "refunds_id", "statement_id",
    )  # fmt: skip
    over = int(row.over) if row.kind == PAYMENT else 0
    return {name: getattr(row, name) for name in names} | {
        "amount": text(row.amount_units, row.currency),
        "over": text(over, row.currency),
        "day": row.received_on,
        "settlement_proposal_id": row.proposal_id,
        "taken_back": not row.stands,
    }
