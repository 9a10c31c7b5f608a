"""Bring in opening balances: what had been spent, owed or paid in before the books began here, with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, together
from instruments.funds import ledger
from instruments.funds.holding import lock
from instruments.funds.ledger import AccountKey, Transfer
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.models import Fund
from instruments.funds.paying_in import account_key, month_now
from instruments.funds.watching import watch
from instruments.funds.whose import no_fund
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.rights import Action, Actor, Scope, may

LONGEST_REASON = 300


def bring_in_for_fund(
    actor: Actor,
    fund_id: int,
    amount: Money,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """The opening balance of a fund, inside a deed: what was spent of it, or is owed; of a wallet, what it holds.

    The number of its account. Raises NotFound, Forbidden, or Refusal with every reason.
    """
    fund = db.session.get(Fund, fund_id)
    if fund is None:
        raise no_fund()
    lock([fund_id])
    units = -amount.units if fund.kind == "wallet" else amount.units
    opening = Money.from_units(units, amount.currency)
    number = bring_in(actor, account_key(fund), opening, reason, now, already)
    watch([fund_id], now)
    return number


def bring_in(
    actor: Actor,
    key: AccountKey,
    amount: Money,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """The opening balance of any account: above zero it is debited; against it stands the opening account.

    The number of the account. Raises Forbidden for everybody but finance, or Refusal with every reason.
    """
    if not may(actor, Action.LEDGER_POST, Scope(key.institution_id)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    said = " ".join(reason.split())
    if reasons := together(already, _objections(key, amount, said)):
        raise Refusal(reasons)
    against = AccountKey("opening", key.institution_id, key.currency)
    found = ledger.accounts([key, against])
    account, opening = found[key], found[against]
    debit, credit = (account, opening) if amount.units > 0 else (opening, account)
    name = f"opening:{account.id}:{_openings(account.id) + 1}"
    posting = Transfer(
        debit, credit, abs(amount.units), "opening", ("account", account.id), name, reason=said
    )
    ledger.post([posting], now, month_now(key.institution_id, now), actor.person_id)
    record(
        now=now, actor_id=actor.person_id, deed="ledger.opened", thing=("account", account.id),
        institution_id=key.institution_id,
        detail={"units": amount.units, "reason": said, "kind": key.kind, "fund_id": key.fund_id},
    )  # fmt: skip
    return account.id


def _objections(key: AccountKey, amount: Money, reason: str) -> Iterator[Reason]:
    if amount.currency != key.currency:
        yield Reason("other_currency", "amount", N_("An account holds only its own currency."))
    if not amount.units:
        yield Reason("no_amount", "amount", N_("Write an amount other than zero."))
    if not reason:
        yield Reason("no_reason", "reason", N_("Say where the figure comes from."))
    if len(reason) > LONGEST_REASON:
        values = {"length": len(reason), "most": LONGEST_REASON}
        yield Reason("too_long", "reason", N_("%(length)s characters; at most %(most)s fit."), values)


def _openings(account_id: int) -> int:
    transfer = LedgerTransfer
    count = select(func.count()).where(
        transfer.kind == "opening", transfer.thing_kind == "account", transfer.thing_id == account_id
    )
    return db.session.scalar(count) or 0
