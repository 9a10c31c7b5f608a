"""What is known around reports: the pieces whose owner another report may change, and who could have caused them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, func, or_, select, type_coerce

from instruments.database import db
from instruments.reservations import ending
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import Pair
from instruments.usage.attributing import NEAR, Holder, Piece
from instruments.usage.keeping import SPAN, USE
from instruments.usage.kinds import (
    ASSUMED,
    CONFIRMED,
    IN_NAME,
    NEAR_THEIR_TIME,
    OPEN,
    RUNNING,
    USED,
    VOID,
    WAITING,
)

_R: Any = Reservation.__table__
# Whoever gave it back, or did not come, was not there; what lies near is no sign of them.
CAME = (ending.CONFIRMED, ending.DONE)
# No use lasts longer, nor lies further from what was reported of it.
LONGEST = 2 * LONGEST_SECONDS


def _seconds(table: Any, name: str) -> Any:
    return type_coerce(table.c[name], BigInteger)


_FROM, _UNTIL = _seconds(SPAN, "started_at"), _seconds(SPAN, "ended_at")
_FIRST, _LAST = _seconds(USE, "started_at"), _seconds(USE, "ended_at")
_STARTS, _ENDS, _HELD = (_seconds(_R, name) for name in ("starts_at", "ends_at", "held_until"))
# What a meter said, of a use that nobody decided on yet.
_IS_OPEN = and_(
    SPAN.c.attribution.in_(OPEN), SPAN.c.correction_id.is_(None), SPAN.c.ended_at.is_not(None),
    USE.c.state.in_((WAITING, RUNNING)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A piece as it is kept: with its use, and how it was found out that it belongs there."""

    piece: Piece
    use_id: int
    why: str
    layer: str
    recorded_at: datetime


def standing(instrument_id: int, around: Pair) -> list[Standing]:
    """The open pieces that lie around some time, and all that lie near them, however far that reaches: whose one is can change
    whose what lies near it is."""
    first, last = around
    while True:
        found = _pieces(instrument_id, first, last)
        wider = (
            min([first, *(each.piece.start for each in found)]),
            max([last, *(each.piece.end for each in found)]),
        )
        if wider == (first, last):
            return found
        first, last = wider


def _pieces(instrument_id: int, first: int, last: int) -> list[Standing]:
    rows = db.session.execute(
        select(
            SPAN.c.id, _FROM, _UNTIL, SPAN.c.reporter, SPAN.c.attribution, SPAN.c.use_id, SPAN.c.layer, SPAN.c.recorded_at,
            USE.c.user_id,
        )
        .join(USE, USE.c.id == SPAN.c.use_id)
        .where(
            USE.c.instrument_id == instrument_id, first - LONGEST < _FIRST, last + LONGEST > _FIRST,
            _IS_OPEN, last + NEAR >= _FROM, first - NEAR <= _UNTIL,
        )
        .order_by(SPAN.c.id)
    )  # fmt: skip
    return [
        Standing(
            Piece(number, start, end, source, user_id if why == IN_NAME else None),
            use_id,
            why,
            layer,
            recorded_at,
        )
        for number, start, end, source, why, use_id, layer, recorded_at, user_id in rows
    ]


def holders(instrument_id: int, around: Pair, now: datetime) -> list[Holder]:
    """The reservations around some time that stand or stood, and the uses without one of which it is known whose they are."""
    first, last = around[0] - NEAR, around[1] + NEAR
    uses = _uses(instrument_id, first, last)
    seen = _seen([use.id for use in uses], int(now.timestamp()))
    by_reservation = {use.reservation_id: use for use in uses if use.reservation_id is not None}
    found = [
        _with_seen(
            Holder(reservation_key(row.id), row.start, max(row.held, row.start), row.user_id, None, row.state in CAME),
            seen.get(by_reservation[row.id].id) if row.id in by_reservation else None,
        )
        for row in _reservations(instrument_id, first, last)
    ]  # fmt: skip
    for use in uses:
        if use.reservation_id is None and use.user_id is not None and (span := seen.get(use.id)):
            of = None if use.kind == "run" else use.user_id
            found.append(Holder(use_key(use.id), *span, of, span))
    return found


def reservation_key(number: int) -> str:
    """How a holder names a reservation."""
    return f"reservation:{number}"


def use_key(number: int) -> str:
    """How a holder names a use without one."""
    return f"use:{number}"


def _with_seen(holder: Holder, seen: Pair | None) -> Holder:
    if seen is None:
        return holder
    return replace(
        holder, start=min(holder.start, seen[0]), end=max(holder.end, seen[1]), seen=seen, came=True
    )


def _reservations(instrument_id: int, first: int, last: int) -> Sequence[Any]:
    return db.session.execute(
        select(_R.c.id, _STARTS.label("start"), _HELD.label("held"), _R.c.user_id, _R.c.state).where(
            _R.c.instrument_id == instrument_id, _R.c.state.in_((ending.CONFIRMED, *ending.ENDED)),
            first - LONGEST_SECONDS < _STARTS, last > _STARTS, first < _ENDS,
        )
    ).all()  # fmt: skip


def _uses(instrument_id: int, first: int, last: int) -> Sequence[Any]:
    return db.session.execute(
        select(USE.c.id, USE.c.reservation_id, USE.c.user_id, USE.c.kind).where(
            USE.c.instrument_id == instrument_id, USE.c.state != VOID, first - LONGEST < _FIRST, last > _FIRST,
            USE.c.ended_at.is_(None) | (first < _LAST),
        )
    ).all()  # fmt: skip


def _seen(use_ids: Sequence[int], moment: int) -> dict[int, Pair]:
    """From when to when it is known that somebody was there, by use: by all but what is open, or was only assumed."""
    if not use_ids:
        return {}
    until = func.coalesce(_UNTIL, moment)
    rows = db.session.execute(
        select(SPAN.c.use_id, func.min(_FROM), func.max(until))
        .join(USE, USE.c.id == SPAN.c.use_id)
        .where(
            SPAN.c.use_id.in_(use_ids), SPAN.c.layer.in_(USED), SPAN.c.grade != ASSUMED,
            or_(~SPAN.c.attribution.in_(OPEN), USE.c.state == CONFIRMED),
        )
        .group_by(SPAN.c.use_id)
    )  # fmt: skip
    return {number: (int(first), max(int(last), int(first) + 1)) for number, first, last in rows}


def has_near(use_id: int) -> bool:
    """Whether some hours of a use only lie near its user's time."""
    near = (SPAN.c.use_id == use_id) & (SPAN.c.attribution == NEAR_THEIR_TIME) & SPAN.c.layer.in_(USED)
    return db.session.execute(select(SPAN.c.id).where(near).limit(1)).first() is not None
