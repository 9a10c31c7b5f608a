"""Which accounts a payment of a statement settles: what each still has open, by what each payment is recorded to have settled.

It does not hang on the order in which payments came: of several any may be taken back, and the next settles what is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, func, insert, select

from instruments.charges.closing.over import stands
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.payment_models import CREDIT, HOME, REST, Payment, PaymentMatch, SettledPart
from instruments.database import db
from instruments.funds.models import Fund

_FUND: Any = Fund.__table__
_LINE: Any = StatementLine.__table__
_MATCH: Any = PaymentMatch.__table__
_PART: Any = SettledPart.__table__
_STATEMENT: Any = Statement.__table__
# Where something is settled: a credit of the creditor's own books by the number of its fund, HOME or REST.
Place: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Parts:
    """Of what is settled: by fund of the creditor's own books, its credits; what funds in the payer's own books bore; the rest.

    Below zero where an account is moved back: what it was credited pays for another of the same statement.
    """

    funds: tuple[tuple[int, int], ...]
    home: int
    rest: int = 0


def parts_of(row: Any, takes: int) -> Parts:
    """What so much more settles of a statement, or gives back of one that owes something back."""
    billed, settled = billed_of(row), settled_of(row)
    open_now = {place: units - settled.get(place, 0) for place, units in billed.items()}
    found = {place: units for place, units in open_now.items() if units < 0}
    left = takes - sum(found.values())
    for place, units in open_now.items():
        if units > 0:
            found[place] = min(units, left)
            left -= found[place]
    credits = ((place, units) for place, units in found.items() if isinstance(place, int) and units)
    return Parts(tuple(sorted(credits)), found.get(HOME, 0), found.get(REST, 0))


def keep_parts(parts: Parts, match_id: int | None = None, payment_id: int | None = None) -> None:
    """Record what a payment settles of a statement by its match, or gives back of one, which are never changed."""
    of = {"match_id": match_id, "payment_id": payment_id}
    rows: list[dict[str, Any]] = [
        of | {"place": CREDIT, "fund_id": fund_id, "units": units} for fund_id, units in parts.funds
    ]
    for place, units in ((HOME, parts.home), (REST, parts.rest)):
        if units:
            rows.append(of | {"place": place, "fund_id": None, "units": units})
    if rows:
        db.session.execute(insert(_PART), rows)


def billed_of(row: Any) -> dict[Place, int]:
    """What is due on each place of a statement, or owed back: its credits by number, then HOME and REST."""
    return all_billed(_LINE.c.statement_id == row.id).get(row.id, {HOME: 0, REST: 0})


def all_billed(which: Any) -> dict[int, dict[Place, int]]:
    """By statement, what is due on each place; which: a condition on their lines. One statement."""
    line, one = _LINE.c, _STATEMENT.c
    asked = (
        select(
            one.id, one.creditor_id, one.payer_institution_id, one.due_units, line.fund_id,
            _FUND.c.institution_id.label("books"), func.sum(line.amount_units).label("units"),
        )
        .join(_STATEMENT, one.id == line.statement_id)
        .outerjoin(_FUND, and_(_FUND.c.id == line.fund_id, line.route == "receivable"))
        .where(which, line.route.in_(("receivable", "claim")))
        .group_by(one.id, one.creditor_id, one.payer_institution_id, one.due_units, line.fund_id, _FUND.c.institution_id)
        .order_by(one.id, line.fund_id)
    )  # fmt: skip
    found: dict[int, dict[Place, int]] = {}
    for row in db.session.execute(asked):
        places = found.setdefault(row.id, {})
        place = _place(row)
        places[place] = places.get(place, 0) + (-1 if row.due_units < 0 else 1) * int(row.units)
    return {number: _credits_first(places) for number, places in found.items()}


def _place(row: Any) -> Place:
    if row.books == row.creditor_id:
        return int(row.fund_id)
    return HOME if row.books is not None and row.books == row.payer_institution_id else REST


def _credits_first(places: Mapping[Place, int]) -> dict[Place, int]:
    credits = sorted((place, units) for place, units in places.items() if isinstance(place, int))
    return {**dict(credits), HOME: places.get(HOME, 0), REST: places.get(REST, 0)}


def settled_of(row: Any) -> dict[Place, int]:
    """What stands settled on each place of a statement; what was taken back no longer counts."""
    found: dict[Place, int] = {}
    for _, _, place, units in standing_parts([row.id], row.due_units < 0):
        found[place] = found.get(place, 0) + units
    return found


def standing_parts(statement_ids: Collection[int], owe_back: bool) -> list[tuple[int, int, Place, int]]:
    """Of statements that are paid, or that owe something back: (its number, that of the match or the payment, place, units)."""
    part = _PART.c
    asked: Select[Any]
    if owe_back:
        asked = (
            select(Payment.statement_id, part.payment_id, part.place, part.fund_id, func.sum(part.units))
            .join(Payment, Payment.id == part.payment_id)
            .where(Payment.statement_id.in_(statement_ids), stands(Payment))
            .group_by(Payment.statement_id, part.payment_id, part.place, part.fund_id)
            .order_by(part.payment_id)
        )
    else:
        asked = (
            select(_MATCH.c.statement_id, part.match_id, part.place, part.fund_id, func.sum(part.units))
            .join(_MATCH, _MATCH.c.id == part.match_id)
            .where(_MATCH.c.statement_id.in_(statement_ids), _MATCH.c.undone_at.is_(None))
            .group_by(_MATCH.c.statement_id, part.match_id, part.place, part.fund_id)
            .order_by(part.match_id)
        )
    return [
        (statement_id, number, fund_id if place == CREDIT else place, int(units))
        for statement_id, number, place, fund_id, units in db.session.execute(asked)
    ]
