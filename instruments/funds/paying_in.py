"""Money into a wallet, recorded by the finance of the institution it is with, and back to the account that paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, together
from instruments.funds import ledger
from instruments.funds.books import of_thing
from instruments.funds.holding import lock
from instruments.funds.knowing import standings
from instruments.funds.ledger import AccountKey, Transfer
from instruments.funds.ledger_models import ACCOUNT_OF_FUND
from instruments.funds.models import EXTERNAL, Fund, FundPayment
from instruments.funds.opening import note
from instruments.funds.watching import watch
from instruments.funds.whose import require_terms, the_fund
from instruments.money import Money
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.people.signing import today


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as the bank says it: how much, from which account, under which reference, on which day."""

    amount: Money
    bank_account: str
    reference: str
    day: date


def account_key(fund: Fund) -> AccountKey:
    """The account of a fund in the ledger."""
    payer = fund.owner_institution_id if fund.kind in EXTERNAL else None
    return AccountKey(
        ACCOUNT_OF_FUND[fund.kind],
        fund.institution_id,
        fund.currency,
        fund_id=fund.id,
        payer_institution_id=payer,
    )


def deposit(
    actor: Actor, number: int, paid: Paid, now: datetime, already: Sequence[Reason] = ()
) -> FundPayment:
    """Record money that came in for a wallet, inside a deed.

    Raises NotFound, Forbidden, or Refusal with every reason: the same reference of the bank is recorded once.
    """
    fund = the_fund(actor, number)
    require_terms(actor, fund)
    lock([number])
    key = f"deposit:{number}:{paid.reference}"
    if reasons := together(already, _deposit_objections(fund, paid, key, now)):
        raise Refusal(reasons)
    bank, wallet = _accounts(fund)
    transfer_id = _posted(
        Transfer(bank, wallet, paid.amount.units, "deposit", ("fund", number), key), fund, actor, now
    )
    return _recorded(fund, paid, None, transfer_id, actor, now)


def refund(
    actor: Actor,
    payment_id: int,
    amount: Money,
    reference: str,
    day: date,
    now: datetime,
    already: Sequence[Reason] = (),
) -> FundPayment:
    """Record that money of a wallet went back to the account that a payment came from, inside a deed.

    Raises NotFound, Forbidden, or Refusal: never more than the payment, nor than what is left of the wallet.
    """
    payment = db.session.get(FundPayment, payment_id)
    if payment is None:
        raise NotFound([Reason("no_payment", None, N_("There is no such payment."))])
    fund = the_fund(actor, payment.fund_id)
    require_terms(actor, fund)
    lock([fund.id])
    given = _refunded(payment_id)
    paid = Paid(amount, payment.bank_account, " ".join(reference.split()), day)
    if reasons := together(already, _refund_objections(fund, payment, given, paid, now)):
        raise Refusal(reasons)
    bank, wallet = _accounts(fund)
    key = f"refund:{payment_id}:{len(given) + 1}"
    transfer_id = _posted(
        Transfer(wallet, bank, amount.units, "refund", ("fund", fund.id), key), fund, actor, now
    )
    return _recorded(fund, paid, payment_id, transfer_id, actor, now)


def payments(fund_id: int) -> Sequence[Row[Any]]:
    """What came in and went back, newest first: rows (the payment's columns, and refunded: what went back of it)."""
    payment, back = FundPayment, FundPayment.__table__.alias()
    refunded = (
        select(func.coalesce(func.sum(back.c.amount_units), 0))
        .where(back.c.refunds_id == payment.id)
        .correlate(payment)
        .scalar_subquery()
    )
    return db.session.execute(
        select(*FundPayment.__table__.c, refunded.label("refunded"))
        .where(payment.fund_id == fund_id)
        .order_by(payment.id.desc())
    ).all()


def _accounts(fund: Fund) -> tuple[ledger.Account, ledger.Account]:
    """The bank of the creditor, and the wallet."""
    bank, wallet = AccountKey("bank_clearing", fund.institution_id, fund.currency), account_key(fund)
    found = ledger.accounts([bank, wallet])
    return found[bank], found[wallet]


def _posted(transfer: Transfer, fund: Fund, actor: Actor, now: datetime) -> int:
    ledger.post([transfer], now, month_now(fund.institution_id, now), actor.person_id)
    return next(row.id for row in reversed(of_thing(("fund", fund.id))) if row.key == transfer.key)


def month_now(institution_id: int, now: datetime) -> str:
    """The month of an institution's books into which something is posted now."""
    home = db.session.get(Institution, institution_id)
    zone = home.zone if home is not None else "Asia/Shanghai"
    return ledger.open_month(institution_id, ledger.month_of(now, zone))


def _recorded(
    fund: Fund, paid: Paid, refunds_id: int | None, transfer_id: int, actor: Actor, now: datetime
) -> FundPayment:
    row = FundPayment(
        fund_id=fund.id,
        amount_units=paid.amount.units,
        bank_account=paid.bank_account,
        reference=paid.reference,
        happened_on=paid.day,
        refunds_id=refunds_id,
        transfer_id=transfer_id,
        recorded_by_id=actor.person_id,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    deed = "fund.deposited" if refunds_id is None else "fund.refunded"
    note(
        fund, deed, actor, now, {"payment_id": row.id, "units": row.amount_units, "reference": paid.reference}
    )
    watch([fund.id], now)
    return row


def _refunded(payment_id: int) -> Sequence[int]:
    amounts = select(FundPayment.amount_units).where(FundPayment.refunds_id == payment_id)
    return db.session.scalars(amounts).all()


def _deposit_objections(fund: Fund, paid: Paid, key: str, now: datetime) -> Iterator[Reason]:
    if fund.kind != "wallet":
        yield Reason("not_a_wallet", None, N_("Only into a wallet money is paid in advance."))
    if not paid.bank_account:
        yield Reason(
            "missing", "bank_account", N_("Say from which account it came: a refund goes back to it.")
        )
    if not paid.reference:
        yield Reason("missing", "reference", N_("Give the reference of the bank."))
    elif ledger.posted([key]):
        yield Reason("recorded", "reference", N_("A payment with this reference is recorded already."))
    yield from _amount_objections(fund, paid, now)


def _amount_objections(fund: Fund, paid: Paid, now: datetime) -> Iterator[Reason]:
    if paid.amount.currency != fund.currency:
        yield Reason("other_currency", "amount", N_("A fund pays only in its own currency."))
    if paid.amount.units <= 0:
        yield Reason("no_amount", "amount", N_("Write an amount above zero."))
    if paid.day > today(now):
        yield Reason("day_to_come", "day", N_("This day is still to come."))


def _refund_objections(
    fund: Fund, payment: FundPayment, given: Sequence[int], paid: Paid, now: datetime
) -> Iterator[Reason]:
    yield from _amount_objections(fund, paid, now)
    if payment.refunds_id is not None:
        yield Reason("is_refund", None, N_("This is itself a refund."))
        return
    rest = payment.amount_units - sum(given)
    if paid.amount.units > rest:
        values = {"rest": Money.from_units(rest, fund.currency)}
        yield Reason("refund_too_much", "amount", N_("Of this payment %(rest)s can still go back."), values)
    left = standings([fund.id])[fund.id].left or 0
    if paid.amount.units > left:
        values = {"left": Money.from_units(max(left, 0), fund.currency)}
        yield Reason("wallet_short", "amount", N_("In the wallet %(left)s is left that is not held."), values)
