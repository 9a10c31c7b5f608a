"""Put right which accounts earlier payments settled: what stands settled twice moves to what is open beside it.

Before it was recorded what each payment settled, a part could be settled once more than it was billed after another payment was
taken back, and stay so once all was paid. The move is entered against the payment that settled too much, so that taking that
payment back takes back the move as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import func, select

from instruments.charges.closing.parts import Parts, Place, all_billed, keep_parts, standing_parts
from instruments.charges.closing.payer_accounts import (
    books_of,
    credit_account,
    on_account,
    post_in_books_of_payer,
    post_payment,
)
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.payment_models import HOME, REST, Payment, PaymentMatch, SettledPart
from instruments.charges.settings import lock_books
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.funds.holding import lock, settle
from instruments.journal.record import record

_STATEMENT: Any = Statement.__table__
# What one payment settled of a place: (the number of its match, or its own where it gives back, place, units).
Standing: TypeAlias = Sequence[Any]
# By match (or payment that gives back), how much more of each place it settles, or less.
Moves: TypeAlias = Mapping[int, Mapping[Place, int]]
A_CHUNK = 500


def shifted() -> list[int]:
    """The statements of which something stands settled beyond what was billed, by number."""
    one = _STATEMENT.c
    paid = select(PaymentMatch.statement_id).where(PaymentMatch.undone_at.is_(None))
    back = select(Payment.statement_id).where(Payment.settles_credit)
    asked = select(one.id, one.due_units).where(one.id.in_(paid.union(back))).order_by(one.id)
    rows = db.session.execute(asked).all()
    chunks = (rows[first : first + A_CHUNK] for first in range(0, len(rows), A_CHUNK))
    return [number for chunk in chunks for number in _shifted_of(chunk)]


def _shifted_of(rows: Sequence[Any]) -> Iterator[int]:
    billed = all_billed(StatementLine.statement_id.in_([row.id for row in rows]))
    standing: dict[int, list[Standing]] = defaultdict(list)
    for owes_back in (False, True):
        numbers = [row.id for row in rows if (row.due_units < 0) == owes_back]
        for statement_id, *part in standing_parts(numbers, owes_back):
            standing[statement_id].append(tuple(part))
    for row in rows:
        if moves(billed.get(row.id, {}), standing[row.id]):
            yield row.id


def moves(billed: Mapping[Place, int], standing: Sequence[Standing]) -> Moves:
    """What is to move: from places settled beyond what was billed, the newest payment first, to those still open."""
    open_now = dict(billed)
    for _, place, units in standing:
        open_now[place] = open_now.get(place, 0) - units
    found: dict[int, dict[Place, int]] = defaultdict(lambda: defaultdict(int))
    for number, place, units in reversed(standing):
        beyond = min(units, -open_now[place] if billed.get(place, 0) >= 0 else 0)
        for other in [each for each, left in open_now.items() if left > 0 and each != place]:
            part = min(beyond, open_now[other])
            if part > 0:
                found[number][place] -= part
                found[number][other] += part
                open_now[place] += part
                open_now[other] -= part
                beyond -= part
    return {number: dict(places) for number, places in found.items()}


def put_right(statement_id: int, now: datetime, actor_id: int | None = None) -> bool:
    """Move what is settled twice of a statement, inside a deed, in the books of both; whether anything moved."""
    row = db.session.get_one(Statement, statement_id)
    lock_books(books_of(row))
    owes_back = row.due_units < 0
    billed = all_billed(StatementLine.statement_id == row.id).get(row.id, {})
    wanted = moves(billed, [part for _, *part in standing_parts([row.id], owes_back)])
    funds = sorted({place for places in wanted.values() for place in places if isinstance(place, int)})
    lock(funds)
    for number, places in wanted.items():
        credits = tuple((place, units) for place, units in places.items() if isinstance(place, int))
        parts = Parts(credits, places.get(HOME, 0), places.get(REST, 0))
        keep_parts(parts, **{"payment_id" if owes_back else "match_id": number})
        _post(row, ("payment" if owes_back else "payment_match", number), parts, now, actor_id)
    if wanted:
        settle([], funds, now, actor_id)
        record(
            now=now, actor_id=actor_id, deed="payment.put_right", thing=("statement", row.id),
            institution_id=row.creditor_id, detail={"moved": sum(map(_moved, wanted.values())), "currency": row.currency},
        )  # fmt: skip
    return bool(wanted)


def _moved(places: Mapping[Place, int]) -> int:
    return sum(units for units in places.values() if units > 0)


def _post(row: Any, thing: tuple[str, int], parts: Parts, now: datetime, actor_id: int | None) -> None:
    day, more = today_at(row.creditor_id, now), f":right:{_last_part()}"
    for fund_id, units in parts.funds:
        debit, credit = on_account(row), credit_account(row, fund_id)
        if row.due_units < 0:
            debit, credit = credit, debit
        post_payment(debit, credit, units, thing, day, now, actor_id, f":{fund_id}{more}")
    post_in_books_of_payer(row, parts.home, thing, day, now, actor_id, more)


def _last_part() -> int:
    """What makes the key of a move its own: the part that was recorded last."""
    return int(db.session.execute(select(func.max(SettledPart.id))).scalar_one())
