"""Set what a statement owes back off against another of the same payer: finance alone, and no money moves.

In the creditor's books it goes from the accounts on which the credit stands to what the payer owes, and from there to those of
the statement that it pays; where both are one account, nothing has to move. In the payer's own books only the difference moves
of what stands there as owed of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from instruments.charges.closing.parts import keep_parts, parts_of
from instruments.charges.closing.payer_accounts import (
    PAYER,
    books_of,
    credit_account,
    on_account,
    post_payment,
)
from instruments.charges.closing.paying import match_to
from instruments.charges.closing.standing import disputed_back, standings
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import SET_OFF, Payment, PaymentMatch
from instruments.charges.settings import lock_books
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, together
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import AccountKey
from instruments.journal.record import record
from instruments.money import Money

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_STATEMENT: Any = Statement.__table__
A_FEW = 50


def set_off(
    credit_id: int,
    statement_id: int,
    amount: Money,
    now: datetime,
    actor_id: int,
    already: Sequence[Reason] = (),
) -> int:
    """Let so much of what a statement owes back pay another, inside a deed; the number of the payment.

    Raises Refusal with every reason: another payer or currency, what is in dispute, more than either has left.
    """
    credit, row = db.session.get_one(Statement, credit_id), db.session.get_one(Statement, statement_id)
    lock_books(sorted({*books_of(credit), *books_of(row)}))
    if reasons := together(already, objections(credit, row, amount)):
        raise Refusal(reasons)
    day, units = today_at(credit.creditor_id, now), amount.units
    values = {name: getattr(credit, name) for name in PAYER} | {
        "creditor_id": credit.creditor_id, "kind": SET_OFF, "currency": credit.currency, "amount_units": units,
        "received_on": day, "statement_id": credit_id, "settles_credit": True,
        "key": f"set_off:{credit_id}:{_before(credit_id)}", "recorded_by_id": actor_id, "recorded_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PAYMENT).values(values).returning(_PAYMENT.c.id)).scalar_one())
    thing = ("payment", number)
    of_credit, of_row = parts_of(credit, units), parts_of(row, units)
    keep_parts(of_credit, payment_id=number)
    funds = sorted({fund_id for fund_id, _ in (*of_credit.funds, *of_row.funds)})
    lock(funds)
    for fund_id, part in of_credit.funds:
        account = credit_account(credit, fund_id)
        post_payment(account, on_account(credit), part, thing, day, now, actor_id, f":{fund_id}")
    _post_in_books_of_payer(credit, of_row.home - of_credit.home, thing, now, actor_id)
    match_to(number, row, units, day, now, actor_id, is_netted=True)
    settle([], funds, now, actor_id)
    record(
        now=now, actor_id=actor_id, deed="payment.set_off", thing=thing, institution_id=credit.creditor_id,
        detail={"statement_id": statement_id, "credit_id": credit_id, "units": units, "currency": credit.currency}
        | {name: getattr(row, name) for name in (*PAYER, "payer_group_id")},
    )  # fmt: skip
    return number


def objections(credit: Statement, row: Statement, amount: Money) -> Iterator[Reason]:
    """Every reason why so much of what the one owes back does not pay the other."""
    yield from _not_of_one(credit, row)
    at = standings([credit, row])
    owed, due = -at[credit.id].left, at[row.id].left
    if owed <= 0:
        yield Reason("owes_nothing", None, N_("This statement owes nothing back."))
    if due <= 0:
        yield Reason("nothing_due", "statement_id", N_("Nothing is to be paid on the other statement."))
    if owed > 0 and _set_off_now(credit.id, row.id):
        remedy = N_("Take it back first to set off another sum.")
        sentence = N_("It is set off against this statement already.")
        yield Reason("set_off", "statement_id", sentence, {}, remedy)
    if owed > 0 and due > 0 and amount.currency == row.currency:
        yield from _too_much(credit, row, (owed, due), amount, at[row.id].disputed)


def _not_of_one(credit: Statement, row: Statement) -> Iterator[Reason]:
    if any(getattr(credit, name) != getattr(row, name) for name in ("creditor_id", *PAYER)):
        yield Reason("other_payer", "statement_id", N_("The other statement is of another payer."))
    if credit.currency != row.currency:
        values = {"currency": credit.currency, "other": row.currency}
        sentence = N_("The other statement is in %(other)s; %(currency)s is not changed into it.")
        yield Reason("currency", "statement_id", sentence, values)


def _too_much(
    credit: Statement, row: Statement, left: tuple[int, int], amount: Money, disputed: int
) -> Iterator[Reason]:
    """left: what the one owes back, and what is to be paid on the other; what is in dispute of either waits."""
    most = min(left)
    if amount.units > most:
        sentence = N_("At most %(left)s can be set off against it.")
        yield Reason("too_much", "amount", sentence, {"left": Money.from_units(most, credit.currency)})
        return
    sentence = N_(
        "In dispute on statement %(number)s: %(amount)s. It is not set off before that is answered."
    )
    for each, whole, part in ((credit, left[0], disputed_back(credit.id)), (row, left[1], disputed)):
        if part and amount.units > whole - part:
            values = {
                "number": f"{each.year}-{each.number:04}",
                "amount": Money.from_units(part, credit.currency),
            }
            yield Reason("disputed", "amount", sentence, values)


def _set_off_now(credit_id: int, statement_id: int) -> bool:
    one, match = _PAYMENT.c, _MATCH.c
    asked = (
        select(match.id)
        .join(_PAYMENT, one.id == match.payment_id)
        .where(
            one.kind == SET_OFF, one.statement_id == credit_id, match.statement_id == statement_id,
            match.undone_at.is_(None),
        )
    )  # fmt: skip
    return db.session.execute(asked).first() is not None


def _before(credit_id: int) -> int:
    """How often it was set off before, taken back or not."""
    one = _PAYMENT.c
    asked = select(func.count()).where(one.statement_id == credit_id, one.kind == SET_OFF)
    return int(db.session.execute(asked).scalar_one())


def _post_in_books_of_payer(
    credit: Statement, more: int, thing: tuple[str, int], now: datetime, actor_id: int
) -> None:
    """more: by how much what is settled there of the one statement is above what comes back there of the other."""
    home = credit.payer_institution_id
    # Only an institution has funds in books of its own.
    if home is not None and more:
        owing = AccountKey("payable", home, credit.currency, payer_institution_id=credit.creditor_id)
        bank = AccountKey("bank_clearing", home, credit.currency)
        day = today_at(credit.creditor_id, now)
        post_payment(owing, bank, more, thing, day, now, actor_id, ":payer")


def open_of_payer(credit: Statement, most: int = A_FEW) -> Sequence[Any]:
    """The other statements of the payer on which something is to be paid, in that currency: (statement, units), those of the
    same group first, the oldest first."""
    return _others(credit, most, owes_back=False)


def owing_back(row: Statement, most: int = A_FEW) -> Sequence[Any]:
    """The statements that owe its payer something back in that currency, oldest first: (statement, units owed back)."""
    return _others(row, most, owes_back=True)


def _others(row: Statement, most: int, *, owes_back: bool) -> Sequence[Any]:
    one = _STATEMENT.c
    same = [
        one[name].is_not_distinct_from(getattr(row, name)) for name in ("creditor_id", "currency", *PAYER)
    ]
    signed = one.due_units < 0 if owes_back else one.due_units > 0
    asked = select(Statement).where(*same, one.issued.is_(True), one.id != row.id, signed)
    rows = db.session.scalars(asked.order_by(one.due_on, one.id)).all()
    at = standings(rows)
    sign = -1 if owes_back else 1
    found = [(each, sign * at[each.id].left) for each in rows]
    found.sort(key=lambda pair: pair[0].payer_group_id != row.payer_group_id)
    return [(each, left) for each, left in found if left > 0][:most]
