"""Who is suspended at which lab, as long as it lasts: kept in memory with the catalogue, so that booking asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import BigInteger, select, type_coerce

from instruments.database import db
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.rules import IN_FORCE


class Suspension(NamedTuple):
    """Until when (UTC seconds), and the lab's words for why."""

    until: int
    reason: str


def suspensions() -> dict[int, Mapping[int, Suspension]]:
    """By lab and person, the suspension that lasts longest; those that are over are kept out by their end. One statement."""
    one = Violation
    until = type_coerce(one.suspended_until, BigInteger)
    found: dict[int, dict[int, Suspension]] = {}
    rows = db.session.execute(
        select(one.lab_id, one.person_id, until, one.reason)
        .where(one.suspended_until.is_not(None), one.state.in_(IN_FORCE))
        .order_by(until)
    )
    for lab_id, person_id, last, reason in rows:
        found.setdefault(lab_id, {})[person_id] = Suspension(last, reason)
    return dict(found)
