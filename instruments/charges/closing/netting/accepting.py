"""Answer a proposal to net: each finance office accepts for its side, and the second acceptance executes it.

Executed, each side records a payment of the other that was netted, and its books move the sum from what it owes (payable) to
what it is owed (receivable): both balance, and no money moves. What it owes that no fund of these books bore was never posted
as owed here; of that the sum is taken from bank clearing, as if it had come in and been paid on. Before that it is looked
whether a statement was paid, came into dispute or was corrected meanwhile; then nothing is netted, and the proposal lapses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from instruments.charges.closing.netting.owing import parts_as_they_are
from instruments.charges.closing.netting.telling import tell
from instruments.charges.closing.parts import parts_of
from instruments.charges.closing.payer_accounts import on_account, post_payment
from instruments.charges.closing.paying import match_to
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.payment_models import NETTING, Payment
from instruments.charges.settings import lock_books
from instruments.charges.settlement_models import (
    ACCEPTED,
    ACCEPTED_BY_ONE,
    DECLINED,
    DISPUTED,
    LAPSED,
    OPEN,
    PAID,
    REVERSED,
    WITHDRAWN,
    SettlementProposal,
    SettlementStatement,
)
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.holding import lock
from instruments.funds.ledger import AccountKey

_PROPOSAL: Any = SettlementProposal.__table__
_PART: Any = SettlementStatement.__table__
_PAYMENT: Any = Payment.__table__
_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
LONGEST = 500
HOW_CLOSED = {
    ACCEPTED: N_("It is netted: both finance offices accepted."),
    DECLINED: N_("It was declined."),
    WITHDRAWN: N_("It was withdrawn."),
    LAPSED: N_("It has lapsed: a statement of it was paid, disputed or corrected meanwhile."),
}


def accept(proposal_id: int, institution_id: int, now: datetime, actor_id: int) -> str:
    """Accept it for one of the two, inside a deed; its state then. Accepting again changes nothing.

    Raises Refusal where it is closed, where a statement changed meanwhile, and where one person would accept for both.
    """
    row = locked(proposal_id)
    side = side_in(row, institution_id)
    if row.state in (ACCEPTED_BY_ONE, ACCEPTED) and getattr(row, f"{side}_accepted_by_id") is not None:
        return str(row.state)
    reasons = [*_closed(row), *(_changed_now(row) if row.state in OPEN else ()), *_same_person(row, actor_id)]
    if reasons:
        raise Refusal(reasons)
    by_both = row.state == ACCEPTED_BY_ONE
    other_id = row.two_id if side == "one" else row.one_id
    said: dict[str, Any] = {f"{side}_accepted_by_id": actor_id, f"{side}_accepted_at": now}
    if by_both:
        _close(row, ACCEPTED, now, actor_id, **said)
        _execute(row, now, actor_id)
        tell("netted", row, now, actor_id, {row.one_id, row.two_id})
        return ACCEPTED
    _set(row, state=ACCEPTED_BY_ONE, **said)
    if row.proposed_for_id != institution_id:
        tell("accepted", row, now, actor_id, {other_id})
    else:
        tell("accepted", row, now, actor_id, ())
    return ACCEPTED_BY_ONE


def decline(proposal_id: int, institution_id: int, reason: str, now: datetime, actor_id: int) -> None:
    """Decline it for the side that did not propose it, inside a deed, with a reason. Raises Refusal with every reason."""
    row, said = locked(proposal_id), " ".join(reason.split())
    side_in(row, institution_id)
    reasons = [*_closed(row), *_too_long(said)]
    if row.proposed_for_id == institution_id:
        reasons.append(Reason("own", None, N_("Your own office proposed it: withdraw it.")))
    if not said:
        reasons.append(Reason("no_reason", "reason", N_("Say why.")))
    if reasons:
        raise Refusal(reasons)
    _close(row, DECLINED, now, actor_id, reason=said)
    tell(DECLINED, row, now, actor_id, {row.proposed_for_id}, said)


def withdraw(proposal_id: int, institution_id: int, reason: str, now: datetime, actor_id: int) -> None:
    """Withdraw it for the side that proposed it, inside a deed. Raises Refusal with every reason."""
    row, said = locked(proposal_id), " ".join(reason.split())
    side_in(row, institution_id)
    reasons = [*_closed(row), *_too_long(said)]
    if row.proposed_for_id != institution_id:
        reasons.append(Reason("not_own", None, N_("The other finance office proposed it: decline it.")))
    if reasons:
        raise Refusal(reasons)
    _close(row, WITHDRAWN, now, actor_id, reason=said)
    tell(WITHDRAWN, row, now, actor_id, {row.one_id, row.two_id} - {institution_id}, said)


def lapse_if_changed(proposal_id: int, now: datetime) -> bool:
    """Let an open proposal lapse where a statement of it changed, inside a deed; whether it did. Again does nothing."""
    row = locked(proposal_id)
    found = changed(proposal_id) if row.state in OPEN else None
    if found is None:
        return False
    _close(row, LAPSED, now, None, lapsed_because=found[0], lapsed_over_id=found[1].id)
    tell(LAPSED, row, now, None, {row.one_id, row.two_id})
    return True


def changed(proposal_id: int) -> tuple[str, Any] | None:
    """What became of a statement of it since it was proposed, and of which: paid, in dispute, or corrected; None: nothing."""
    for part in parts_as_they_are(proposal_id):
        if part.left_now != part.left_units:
            return PAID, part
        if part.disputed_lines:
            return DISPUTED, part
        if part.newly_reversed:
            return REVERSED, part
    return None


def open_proposals() -> list[int]:
    """Proposals that are open, oldest first."""
    return list(
        db.session.scalars(select(_PROPOSAL.c.id).where(_PROPOSAL.c.state.in_(OPEN)).order_by(_PROPOSAL.c.id))
    )


def locked(proposal_id: int) -> SettlementProposal:
    """The proposal as it now stands, under the lock of the books of both; NotFound where there is none."""
    row = db.session.get(SettlementProposal, proposal_id)
    if row is None:
        raise NotFound([Reason("no_proposal", None, N_("There is no such proposal."))])
    lock_books([row.one_id, row.two_id])
    db.session.refresh(row)
    return row


def side_in(row: Any, institution_id: int) -> str:
    """Which of the two an institution is in a proposal; NotFound for a stranger."""
    if institution_id not in (row.one_id, row.two_id):
        raise NotFound([Reason("no_proposal", None, N_("There is no such proposal."))])
    return "one" if institution_id == row.one_id else "two"


def _closed(row: Any) -> Iterator[Reason]:
    if row.state not in OPEN:
        yield Reason(row.state, None, HOW_CLOSED[row.state])


def _changed_now(row: Any) -> Iterator[Reason]:
    if changed(row.id) is not None:
        yield Reason(LAPSED, None, HOW_CLOSED[LAPSED], {}, N_("Propose anew what is open now."))


def _same_person(row: Any, actor_id: int) -> Iterator[Reason]:
    if actor_id in (row.one_accepted_by_id, row.two_accepted_by_id):
        yield Reason("same_person", None, N_("One person does not accept for both institutions."))


def _too_long(said: str) -> Iterator[Reason]:
    if len(said) > LONGEST:
        yield Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST})


def _close(row: Any, state: str, now: datetime, actor_id: int | None, **values: Any) -> None:
    """Its statements are free again, or settled."""
    db.session.execute(
        update(_PART).where(_PART.c.proposal_id == row.id, _PART.c.live.is_(True)).values(live=False)
    )
    _set(row, state=state, closed_at=now, closed_by_id=actor_id, **values)


def _set(row: Any, **values: Any) -> None:
    db.session.execute(
        update(_PROPOSAL).where(_PROPOSAL.c.id == row.id).values(**values, version=_PROPOSAL.c.version + 1)
    )
    db.session.refresh(row)


def _execute(row: Any, now: datetime, actor_id: int) -> None:
    """Record it on both sides: a payment without money, its entry, and what it pays."""
    lock(_credits(row.id))
    sides = ((row.one_id, row.two_id), (row.two_id, row.one_id))
    # Before anything is matched: which part of a statement is settled next hangs on how much of it is paid.
    posted = {creditor_id: _posted_as_owed(row.id, payer_id) for creditor_id, payer_id in sides}
    for creditor_id, payer_id in sides:
        _execute_for(row, creditor_id, payer_id, posted[creditor_id], now, actor_id)


def _posted_as_owed(proposal_id: int, creditor_id: int) -> int:
    """How much of what is netted for a creditor stands as owed in its payer's own books, whose funds bore it."""
    return sum(parts_of(statement, units).home for statement, units in _of_creditor(proposal_id, creditor_id))


def _credits(proposal_id: int) -> list[int]:
    """Every credit that stands on the statements, ascending: all are locked before the first is settled."""
    asked = (
        select(_LINE.c.fund_id)
        .join(_PART, _PART.c.statement_id == _LINE.c.statement_id)
        .where(
            _PART.c.proposal_id == proposal_id, _LINE.c.route == "receivable", _LINE.c.fund_id.is_not(None)
        )
        .distinct()
    )
    return sorted(db.session.scalars(asked))


def _execute_for(
    row: Any, creditor_id: int, payer_id: int, posted: int, now: datetime, actor_id: int
) -> None:
    """posted: how much of what it owes itself and is netted stands as owed in its books."""
    day = today_at(creditor_id, now)
    values = {
        "creditor_id": creditor_id, "kind": NETTING, "payer_institution_id": payer_id, "currency": row.currency,
        "amount_units": row.netted_units, "received_on": day, "proposal_id": row.id,
        "key": f"netting:{row.id}:{creditor_id}", "recorded_by_id": actor_id, "recorded_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PAYMENT).values(values).returning(_PAYMENT.c.id)).scalar_one())
    owing = AccountKey("payable", creditor_id, row.currency, payer_institution_id=payer_id)
    clearing = AccountKey("bank_clearing", creditor_id, row.currency)
    parts = _of_creditor(row.id, creditor_id)
    for debit, units, more in ((owing, posted, ""), (clearing, row.netted_units - posted, ":unposted")):
        if units:
            post_payment(debit, on_account(parts[0][0]), units, ("payment", number), day, now, actor_id, more)
    for statement, units in parts:
        match_to(number, statement, units, day, now, actor_id, is_netted=True)


def _of_creditor(proposal_id: int, creditor_id: int) -> list[tuple[Any, int]]:
    """The statements that are owed to one of the two, oldest first, each with how much of it is netted."""
    asked = (
        select(_STATEMENT, _PART.c.netted_units)
        .join(_PART, _PART.c.statement_id == _STATEMENT.c.id)
        .where(_PART.c.proposal_id == proposal_id, _STATEMENT.c.creditor_id == creditor_id)
        .order_by(_STATEMENT.c.due_on, _STATEMENT.c.id)
    )
    return [(each, each.netted_units) for each in db.session.execute(asked)]
