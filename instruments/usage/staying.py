"""Until when a running use can be extended by one tap: the last moment that is really accepted, or why none is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, select, type_coerce

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, asking_of_change, change, is_by_lab
from instruments.reservations.paying.binding import quotation_of_move
from instruments.reservations.paying.payable import against_funds
from instruments.timespan import instant

A_STEP = 30 * 60
_R: Any = Reservation.__table__


class Longer(NamedTuple):
    """Until when a tap extends a use, None where not at all; and what stands against that, None where nobody needs to know."""

    until: datetime | None
    against: Reason | None = None


def longer(actor: Actor, use: Any, now: datetime) -> Longer:
    """One more step for a running use, at most: half an hour, or a step of the grid where that is longer; less where only less
    is accepted, up to closing, the next reservation or a closure, within the rules, quotas and funds.

    use: a row with id, instrument_id, user_id, reservation_id and held_ends_at. Some eight statements where a step is free.
    """
    if use.held_ends_at is None or use.held_ends_at <= now:
        return Longer(None)
    thing, user = bookable(use.instrument_id), actor_by_id(use.user_id, now) or actor
    ends = ends_within_a_step(use.held_ends_at, thing.grid)
    refused = _refused(actor, user, use, ends[-1], now)
    if refused is None:
        return Longer(ends[-1])
    # What stands against an end stands against every later one: halved until the last that is accepted is found.
    found, first, last = None, 0, len(ends) - 1
    while first < last:
        middle = (first + last) // 2
        if (against := _refused(actor, user, use, ends[middle], now)) is None:
            found, first = ends[middle], middle + 1
        else:
            refused, last = against, middle
    return Longer(found) if found else Longer(None, _why(use, thing, refused))


def ends_within_a_step(ends_at: datetime, grid: Grid) -> list[datetime]:
    """Where a use could end that is extended by at most a step, in order, the last a whole one.

    On the grid: what began without a reservation ends at any minute, and where it is extended to has to be bookable.
    """
    ends = int(ends_at.timestamp())
    last = grid.up(ends + max(A_STEP, grid.step))
    found, moment = [last], grid.down(last - 1)
    while ends < moment:
        found.append(moment)
        moment = grid.down(moment - 1)
    return [instant(each) for each in reversed(found)]


def _refused(actor: Actor, user: Actor, use: Any, until: datetime, now: datetime) -> Refusal | None:
    """What is said when it is tried; its price included, as its funds have to bear it."""
    wanted = Change(end=until, in_use=True)
    try:
        change(actor, user, use.reservation_id, wanted, None, now, dry=True)
        if against := _against_funds(actor, user, use, wanted, now):
            raise Refusal(against)
    except Refusal as refusal:
        return refusal
    return None


def _against_funds(actor: Actor, user: Actor, use: Any, wanted: Change, now: datetime) -> list[Reason]:
    thing = bookable(use.instrument_id)
    if not thing.has_card or wanted.end is None:
        return []
    row = reservation_row(use.reservation_id, None)
    asking = asking_of_change(actor, user, row, wanted)
    spans = (wish_of(row.starts_at, row.ends_at), wish_of(row.starts_at, wanted.end))
    found = quotation_of_move(asking, thing, row.id, spans, now, by_lab=is_by_lab(actor, row))
    return [] if found is None else list(against_funds(asking, thing, spans[1], found))


def _why(use: Any, thing: Bookable, refused: Refusal) -> Reason:
    """The first of what stands against it; of another reservation, when that begins."""
    first = refused.reasons[0]
    if first.code not in ("taken", "buffer") or (follows := follower(use, thing)) is None:
        return first
    return Reason(
        "followed",
        None,
        N_("It cannot be extended: the next reservation begins at %(time)s."),
        {"time": follows},
    )


def follower(use: Any, thing: Bookable) -> datetime | None:
    """When the next reservation of its instrument begins, where that can be in the way of staying longer."""
    if thing.capacity > 1:
        return None
    ends, starts = int(use.held_ends_at.timestamp()), type_coerce(_R.c.starts_at, BigInteger)
    coming = (_R.c.instrument_id == use.instrument_id) & _R.c.live & (_R.c.id != use.reservation_id)
    found = db.session.scalar(
        select(starts)
        .where(coming, starts >= ends, starts < ends + 2 * DAY_SECONDS)
        .order_by(starts)
        .limit(1)
    )
    return None if found is None else instant(found)
