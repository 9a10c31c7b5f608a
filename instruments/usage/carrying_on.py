"""Carry on: extend a running use while nobody follows, and take back a finish that came too early."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce, update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from instruments.reservations.paying.restoring import binding_of
from instruments.timespan import instant
from instruments.usage.checking_in import require_fresh
from instruments.usage.keeping import SPAN, change_use, note_use
from instruments.usage.kinds import BY_PERSON, RUNNING, SCAN, WAITING
from instruments.usage.lookup import (
    lock_running,
    refuse,
    require,
    require_use_version,
    running_count,
    use_again,
    use_row,
)

A_STEP = 30 * 60
_R: Any = Reservation.__table__


def next_end(ends_at: datetime, grid: Grid, latest: datetime | None = None) -> datetime | None:
    """Where one more step ends: half an hour later, or a step of the instrument's grid where that is longer; at latest, where
    less is left; None where nothing is.

    On the grid: what began without a reservation ends at any minute, and where it is extended to has to be bookable.
    """
    until = instant(grid.up(int(ends_at.timestamp()) + max(A_STEP, grid.step)))
    if latest is not None and latest < until:
        until = instant(grid.down(int(latest.timestamp())))
    return until if until > ends_at else None


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


def longer_until(use: Any, thing: Bookable) -> tuple[datetime | None, datetime | None]:
    """Until when a tap extends a running use, None where not at all; and when who follows begins, if anybody does."""
    follows = follower(use, thing)
    latest = None
    if follows is not None:
        latest = follows - timedelta(seconds=thing.rules_at(int(follows.timestamp())).buffer)
    return next_end(use.held_ends_at, thing.grid, latest), follows


def extend(actor: Actor, use_id: int, until: datetime, version: int | None, now: datetime) -> int:
    """Reserve on to `until` for a running use, if nobody follows and the rules allow it; inside a deed.

    The reserved time grows, as if it had been moved by its user: it may be priced anew. Raises NotFound, Forbidden,
    Stale, Taken, or Refusal with every reason.
    """
    row = lock_running(actor, use_id, version)
    user = actor_by_id(row.user_id, now) or actor
    held = reservation_row(row.reservation_id, None)
    if until <= held.ends_at:
        remedy = N_("Finish it instead to end it earlier.")
        raise refuse("not_longer", N_("It is reserved until then already."), remedy, field="until")
    bound = binding_of(row.reservation_id)
    change(actor, user, row.reservation_id, Change(end=until, in_use=True), None, now)
    row = use_again(use_id)
    longer = {} if row.reserved_until is None else {"reserved_until": until}
    change_use(row, now, **longer)
    told = {"until": int(until.timestamp()), "undo": {"end": int(held.ends_at.timestamp()), "bound": bound}}
    note_use(row, "extended", now, actor.person_id, **told)
    return int(row.version) + 1


def undo_finish(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Let a use that somebody just finished run on, if nobody took the time since. Raises as `extend` does."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = use_again(use_id)
    require_use_version(row, version)
    if row.state != WAITING or row.ended_by != BY_PERSON or row.kind == "run":
        raise refuse("not_finished", N_("Only what somebody just finished can be taken up again."))
    require_fresh(row.ended_at, now)
    if running_count(row.instrument_id) >= bookable(row.instrument_id).capacity:
        raise refuse("in_use", N_("Somebody else is using the instrument."))
    _reserve_again(row.reservation_id, now, actor)
    mine = (SPAN.c.use_id == row.id) & (SPAN.c.grade == SCAN) & (SPAN.c.ended_at >= row.ended_at)
    db.session.execute(update(SPAN).where(mine).values(ended_at=None))
    change_use(row, now, state=RUNNING, ended_at=None, ended_by=None, confirm_by=None, flags="")
    note_use(row, "taken_up_again", now, actor.person_id)
    return int(row.version) + 1


def _reserve_again(reservation_id: int | None, now: datetime, actor: Actor) -> None:
    if reservation_id is None:
        return
    held = reservation_row(reservation_id, None)
    if held.state == ending.DONE:
        ending.stand_again(held, now, actor.person_id)
