"""Let requests wait again that were met by a booking which the lab then declined, or left unanswered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, exists, func, select, type_coerce, update

from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.reservations.models import Reservation
from instruments.reservations.waitlist.models import WaitRequest

REFUSED = ("declined", "expired")
_REQUEST: Any = WaitRequest.__table__
_OTHER: Any = _REQUEST.alias("other")
_HELD: Any = Reservation.__table__
# What makes two requests the same: nobody waits for one thing twice.
_SAME = ("user_id", "earliest", "latest", "length_seconds")
_SAME_IF_ANY = {"instrument_id": 0, "class_code": "", "place_id": 0}


def met_in_vain(now: datetime) -> Sequence[int]:
    """The requests met by what the lab refused, that can still be met and of which the same is not asked for again."""
    last_start = type_coerce(_REQUEST.c.latest, BigInteger) - _REQUEST.c.length_seconds
    asked_again = exists().where(
        _OTHER.c.state == "waiting",
        *(_OTHER.c[name] == _REQUEST.c[name] for name in _SAME),
        *(
            func.coalesce(_OTHER.c[name], none) == func.coalesce(_REQUEST.c[name], none)
            for name, none in _SAME_IF_ANY.items()
        ),
    )
    return db.session.scalars(
        select(func.min(_REQUEST.c.id))
        .join(_HELD, _HELD.c.id == _REQUEST.c.reservation_id)
        .where(
            and_(_REQUEST.c.state == "met", _REQUEST.c.latest > now, last_start > int(now.timestamp())),
            _HELD.c.state.in_(REFUSED),
            ~asked_again,
        )
        # Of the same that was met in vain more than once, one waits again.
        .group_by(*(_REQUEST.c[name] for name in (*_SAME, *_SAME_IF_ANY)))
        .order_by(func.min(_REQUEST.c.id))
    ).all()


def wait_again(request_ids: Sequence[int], now: datetime) -> int:
    """Let these requests wait again, inside a deed, in the place that they had; how many do."""
    again = db.session.execute(
        update(_REQUEST)
        .where(_REQUEST.c.id.in_(request_ids), _REQUEST.c.state == "met")
        .values(
            state="waiting", ended_at=None, reservation_id=None, looked="", version=_REQUEST.c.version + 1
        )
        .returning(
            *(_REQUEST.c[name] for name in ("id", "user_id", "asker_id", "instrument_id", "class_code"))
        )
    ).all()
    record_many(
        entry(
            now=now,
            actor_id=None,
            deed="wait.again",
            thing=("wait", row.id),
            detail={
                "user_id": row.user_id,
                "asker_id": row.asker_id,
                **(
                    {"instrument_id": row.instrument_id}
                    if row.instrument_id
                    else {"class_code": row.class_code}
                ),
            },
        )
        for row in again
    )
    return len(again)
