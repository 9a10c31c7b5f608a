"""Propose that two institutions net what they owe one another: the deed of the finance office of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.charges.closing.netting.accepting import accept
from instruments.charges.closing.netting.owing import can_be_netted, open_between, side_of
from instruments.charges.closing.netting.shares import netted
from instruments.charges.closing.netting.telling import tell
from instruments.charges.settings import lock_books
from instruments.charges.settlement_models import OPEN, SettlementProposal, SettlementStatement
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Institution

_PROPOSAL: Any = SettlementProposal.__table__
_PART: Any = SettlementStatement.__table__


def propose(
    institution_id: int, other_id: int, currency: str, accepts: bool, now: datetime, actor_id: int
) -> int:
    """Propose it for an institution, inside a deed; the number of the proposal.

    Of what each has to pay the other, the oldest first, as much is netted as both come to; what is in dispute or in another
    open proposal is left out. accepts: the proposer's side accepts at once. Raises Refusal with every reason.
    """
    if reasons := list(_no_other(institution_id, other_id)):
        raise Refusal(reasons)
    one, two = sorted((institution_id, other_id))
    lock_books([one, two])
    rows = open_between(one, two, currency)
    free = [row for row in rows if can_be_netted(row)]
    # One pays what is owed to two, and the other way round.
    of_one, of_two = side_of(free, two), side_of(free, one)
    sums = [row.left_units for row in of_one], [row.left_units for row in of_two]
    most, by_one, by_two = netted(*sums)
    if reasons := [*_open_already(one, two, currency), *_nothing_to_net(most)]:
        raise Refusal(reasons)
    values = {
        "one_id": one, "two_id": two, "currency": currency, "netted_units": most,
        "one_owes_units": sum(row.left_units for row in side_of(rows, two)),
        "two_owes_units": sum(row.left_units for row in side_of(rows, one)),
        "proposed_for_id": institution_id, "proposed_by_id": actor_id, "proposed_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_PROPOSAL).values(values).returning(_PROPOSAL.c.id)).scalar_one())
    db.session.execute(insert(_PART), [*_parts(number, of_one, by_one), *_parts(number, of_two, by_two)])
    row = db.session.get_one(SettlementProposal, number)
    tell("proposed", row, now, actor_id, {other_id})
    if accepts:
        accept(number, institution_id, now, actor_id)
    return number


def _parts(number: int, rows: Sequence[Any], takes: Sequence[int]) -> Iterator[dict[str, Any]]:
    for row, units in zip(rows, takes, strict=True):
        if units:
            yield {
                "proposal_id": number, "statement_id": row.id, "left_units": row.left_units, "netted_units": units,
                "reversed_lines": row.reversed_lines, "live": True,
            }  # fmt: skip


def _no_other(institution_id: int, other_id: int) -> Iterator[Reason]:
    if institution_id == other_id:
        yield Reason(
            "itself", "with_institution_id", N_("An institution settles with another, not with itself.")
        )
    elif db.session.get(Institution, other_id) is None:
        yield Reason("no_institution", "with_institution_id", N_("There is no such institution."))


def _open_already(one: int, two: int, currency: str) -> Iterator[Reason]:
    row = _PROPOSAL.c
    asked = select(row.id).where(
        row.one_id == one, row.two_id == two, row.currency == currency, row.state.in_(OPEN)
    )
    found = db.session.execute(asked).scalar()
    if found is not None:
        remedy = N_("Answer it or withdraw it first.")
        yield Reason(
            "proposed", None, N_("A proposal between the two is open already."), {"id": found}, remedy
        )


def _nothing_to_net(most: int) -> Iterator[Reason]:
    if not most:
        sentence = N_(
            "Nothing can be netted: both must have something to pay that is in no dispute and in no open proposal."
        )
        yield Reason("nothing", None, sentence)
