"""Busy time of a lab's own calendar: it closes time here like a closure, and what is over stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, delete, insert, select, type_coerce, update

from instruments.availability.hours import Owner
from instruments.availability.models import BusyTime
from instruments.availability.owners import instruments_of
from instruments.catalog import revision
from instruments.database import db
from instruments.people.models import Lab
from instruments.timespan import Pair, instant, intersect

KIND = "busy"
_TABLE: Any = BusyTime.__table__


@dataclass
class Plan:
    """What has to be written: ids to delete, new ends by id, spans to add."""

    delete: list[int] = field(default_factory=list)
    end: dict[int, int] = field(default_factory=dict)
    add: list[Pair] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.delete or self.end or self.add)


def replace_busy(subscription_id: int, owner: Owner, spans: Sequence[Pair], now: datetime) -> bool:
    """Say when this outside calendar is busy from now on; whether anything changed. Inside a deed.

    spans: UTC seconds. What has passed stays; what stays the same keeps its row. Without a change no lock is
    taken and no revision raised; nobody who holds a reservation is moved.
    """
    moment = int(now.timestamp())
    wanted = intersect(spans, [(moment, 1 << 60)])
    if not plan(_coming(subscription_id, moment), wanted, moment):
        return False
    revision.lock_all(instruments_of(owner))
    found = plan(_coming(subscription_id, moment), wanted, moment)
    _write(found, subscription_id, owner, now)
    return bool(found)


def plan(present: Sequence[tuple[int, int, int]], wanted: Sequence[Pair], now: int) -> Plan:
    """How to get from the rows (id, start, end), none over, to the spans wanted from now on, sorted and disjoint."""
    found, left = Plan(), dict.fromkeys(wanted)
    running = next((span for span in wanted if span[0] <= now < span[1]), None)
    for number, start, end in present:
        if start >= now:
            if (start, end) in left:
                del left[start, end]
            else:
                found.delete.append(number)
            continue
        # It has begun: of that only the end can change.
        until = now if running is None else running[1]
        if until != end:
            found.end[number] = until
        if running is not None:
            left.pop(running, None)
    found.add = list(left)
    return found


def _coming(subscription_id: int, now: int) -> list[tuple[int, int, int]]:
    starts, ends = type_coerce(_TABLE.c.starts_at, BigInteger), type_coerce(_TABLE.c.ends_at, BigInteger)
    rows = db.session.execute(
        select(_TABLE.c.id, starts, ends)
        .where(_TABLE.c.subscription_id == subscription_id, ends > now)
        .order_by(starts)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]  # three columns, as selected


def _write(found: Plan, subscription_id: int, owner: Owner, now: datetime) -> None:
    for first in range(0, len(found.delete), 500):
        db.session.execute(delete(_TABLE).where(_TABLE.c.id.in_(found.delete[first : first + 500])))
    for number, end in found.end.items():
        db.session.execute(
            update(_TABLE).where(_TABLE.c.id == number).values(ends_at=instant(end), noted_at=now)
        )
    whose = {
        "subscription_id": subscription_id,
        "lab_id": owner.id if isinstance(owner, Lab) else None,
        "instrument_id": None if isinstance(owner, Lab) else owner.id,
        "noted_at": now,
    }
    rows = [whose | {"starts_at": instant(start), "ends_at": instant(end)} for start, end in found.add]
    if rows:
        db.session.execute(insert(_TABLE), rows)
