"""Carry on: extend a running use while nobody follows, and take back a finish that came too early."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.bookable import bookable
from instruments.reservations.lookup import reservation_row
from instruments.reservations.moving import Change, change
from instruments.reservations.paying.restoring import binding_of
from instruments.usage.checking_in import can_stand_again, require_fresh
from instruments.usage.keeping import SPAN, change_use, note_use
from instruments.usage.kinds import BY_PERSON, RUNNING, SCAN, WAITING
from instruments.usage.lookup import (
    lock_running_reserved,
    refuse,
    require,
    require_use_version,
    running_count,
    use_again,
    use_row,
)


def extend(actor: Actor, use_id: int, until: datetime, version: int | None, now: datetime) -> int:
    """Reserve on to `until` for a running use, if nobody follows and the rules allow it; inside a deed.

    The reserved time grows, as if it had been moved by its user: it may be priced anew. Raises NotFound, Forbidden,
    Stale, Taken, or Refusal with every reason.
    """
    row = lock_running_reserved(actor, use_id, version)
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


def can_undo_finish(use: Any) -> bool:
    """Whether a finish that is fresh can be taken back: nobody else uses the place, and nobody took the time since."""
    if running_count(use.instrument_id) >= bookable(use.instrument_id).capacity:
        return False
    if use.reservation_id is None:
        return True
    held = reservation_row(use.reservation_id, None)
    return held.state != ending.DONE or can_stand_again(held.id)


def _reserve_again(reservation_id: int | None, now: datetime, actor: Actor) -> None:
    if reservation_id is None:
        return
    held = reservation_row(reservation_id, None)
    if held.state == ending.DONE:
        ending.stand_again(held, now, actor.person_id)
