"""How much of one charge was changed by one person alone, and whether more of it waits for a second.

The limit of an institution holds for a charge as a whole, however often it is changed: with what it replaces, what replaces it
and all that is entered about any of these. So nobody gets round it by many small entries, nor by several hands one by one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from instruments.charges.dispute_models import Dispute
from instruments.charges.models import Charge
from instruments.charges.settings import settings_of
from instruments.charges.states import BY_HAND, REVERSED
from instruments.database import db
from instruments.money import Money

_CHARGE: Any = Charge.__table__
_DISPUTE: Any = Dispute.__table__


def needs_second(row: Any, units: int) -> bool:
    """Whether so many minor units more about a charge (its row), up or down, are above what one person may change alone.

    Inside a deed that holds the lock of its institution: so two at once are counted one after the other.
    """
    limit = settings_of([row.institution_id])[row.institution_id].second_above_units
    # A single statement less for what is above the limit by itself.
    return units > limit or units + changed_alone(row.id) > limit


def changed_alone(charge_id: int) -> int:
    """What stands of entries and of answers to disputes that nobody else agreed to, in minor units, each without its sign."""
    numbers = _family(charge_id)
    one = _CHARGE.c
    entered = select(func.coalesce(func.sum(func.abs(one.total_units)), 0)).where(
        one.id.in_(numbers), one.kind.in_(BY_HAND), one.state != REVERSED, one.posted_at.is_not(None),
        one.approved_by_id.is_(None),
    )  # fmt: skip
    said = _DISPUTE.c
    taken_off = select(func.coalesce(func.sum(said.less_units), 0)).where(
        said.charge_id.in_(numbers), said.agreed_by_id.is_(None)
    )
    return int(db.session.scalar(entered) or 0) + int(db.session.scalar(taken_off) or 0)


def left_alone(row: Any) -> Money:
    """How much more one person may change of a charge (its row) alone."""
    limit = settings_of([row.institution_id])[row.institution_id].second_above_units
    return Money.from_units(max(limit - changed_alone(row.id), 0), row.currency)


def _family(charge_id: int) -> list[int]:
    """The charge, what it replaces and is replaced by, and all that was entered about any of these."""
    one = _CHARGE.c
    found, new = set[int](), {charge_id}
    while new:
        found |= new
        near = or_(one.id.in_(new), one.corrects_id.in_(new), one.about_id.in_(new))
        rows = db.session.execute(select(one.id, one.corrects_id, one.about_id).where(near))
        new = {number for row in rows for number in row if number is not None} - found
    return sorted(found)
