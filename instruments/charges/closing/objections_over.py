"""When the days to object to a month are over, its finance office is told, once: it can be issued now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from instruments.charges.closing_models import OBJECTING, Closing
from instruments.charges.settings import lock_books
from instruments.charges.wall import days_at, today_at
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.journal.record import record
from instruments.people.holders import people_with
from instruments.people.rights import Role
from instruments.people.signing import today

_CLOSING: Any = Closing.__table__
_ENTRY: Any = JournalEntry.__table__
DEED = "closing.objections_over"


def is_over(closing: Any, now: datetime) -> bool:
    """Whether a month (its closing) lay open for objections, and its last day is past on the wall of its institution."""
    return closing.state == OBJECTING and closing.objections_until < today_at(closing.institution_id, now)


def over_and_untold(now: datetime) -> Sequence[int]:
    """Closings whose days to object are over, of which nobody is told yet, in order. Two statements, one for none."""
    closing = _CLOSING.c
    asked = select(closing.id, closing.institution_id, closing.objections_until)
    rows = db.session.execute(asked.where(closing.state == OBJECTING, ~_told()).order_by(closing.id)).all()
    days = days_at({row.institution_id for row in rows}, now) if rows else {}
    return [row.id for row in rows if row.objections_until < days[row.institution_id]]


def tell(closing_id: int, now: datetime) -> int:
    """Note that the days to object are over, with whom to tell, inside a deed; 1 where it was not noted yet."""
    closing = _CLOSING.c
    home = db.session.execute(select(closing.institution_id).where(closing.id == closing_id)).scalar_one()
    lock_books([home])
    row = db.session.execute(select(_CLOSING).where(closing.id == closing_id, ~_told())).first()
    if row is None or not is_over(row, now):
        return 0
    office = people_with({Role.FINANCE_OFFICER}, {home}, today(now)).get(home, set())
    record(
        now=now, actor_id=None, deed=DEED, thing=("closing", closing_id), institution_id=home,
        detail={"month": row.month, "until": row.objections_until.isoformat(), "told_ids": sorted(office)},
    )  # fmt: skip
    return 1


def _told() -> Any:
    entry = _ENTRY.c
    return exists().where(entry.thing_kind == "closing", entry.thing_id == _CLOSING.c.id, entry.deed == DEED)
