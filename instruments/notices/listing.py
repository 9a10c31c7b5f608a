"""One's own notices: the list with the unread first, how many are unread, and marking them as read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, delete, func, select, tuple_, update

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.notices.models import Notice

MOST_COUNTED = 100
KEPT = timedelta(days=365)
_NOTICE: Any = Notice.__table__
_UNREAD = case((Notice.read_at.is_(None), 1), else_=0)


@cache
def _counting() -> Select[Any]:
    unread = (
        select(_NOTICE.c.id)
        .where(_NOTICE.c.person_id == bindparam("person"), _NOTICE.c.in_app, _NOTICE.c.read_at.is_(None))
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(unread.subquery())


def unread_count(person_id: int) -> int:
    """How many a person has not read, a hundred for more. Asked with every page."""
    return db.session.scalar(_counting(), {"person": person_id}) or 0


def page(
    person_id: int, after: Sequence[int] | None, limit: int, *, unread_only: bool = False
) -> Sequence[Row[Any]]:
    """A person's notices in the app, unread before read and each newest first; one more than `limit` if there are.

    after: (1 for unread or 0, id) of the row before.
    """
    one = Notice
    found = (
        select(
            one.id, one.kind, one.said, one.thing_kind, one.thing_id, one.at, one.read_at, one.detail,
            _UNREAD.label("unread"),
        )
        .where(one.person_id == person_id, one.in_app)
        .order_by(_UNREAD.desc(), one.id.desc())
        .limit(limit + 1)
    )  # fmt: skip
    if unread_only:
        found = found.where(one.read_at.is_(None))
    if after is not None:
        found = found.where(tuple_(_UNREAD, one.id) < tuple_(*after))
    return db.session.execute(found).all()


def read(person_id: int, notice_id: int, now: datetime) -> Row[Any]:
    """Mark one as read, inside a deed, and return (thing_kind, thing_id). Raises NotFound for another's."""
    one = Notice
    mine = (one.id == notice_id, one.person_id == person_id, one.in_app)
    found = db.session.execute(select(one.thing_kind, one.thing_id).where(*mine)).first()
    if found is None:
        raise NotFound([Reason("no_notice", None, N_("There is no such notice."))])
    db.session.execute(update(one).where(*mine, one.read_at.is_(None)).values(read_at=now))
    return found


def read_all(person_id: int, up_to: int, now: datetime) -> None:
    """Mark all as read that a person could see when they asked: none that has come since."""
    one = Notice
    db.session.execute(
        update(one)
        .where(one.person_id == person_id, one.in_app, one.read_at.is_(None), one.id <= up_to)
        .values(read_at=now)
    )


def forget_old(now: datetime) -> int:
    """Remove notices that are a year old, with their deliveries, inside a deed; how many."""
    done = db.session.execute(delete(Notice).where(Notice.at < now - KEPT))
    return done.rowcount  # type: ignore[attr-defined,no-any-return]  # an UPDATE has it
