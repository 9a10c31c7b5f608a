"""Take back what was tapped last at a running use: a step or that it was extended, and only then that it began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_
from instruments.journal.record import history
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.ending_as_before import end_as_before
from instruments.reservations.lookup import reservation_row
from instruments.timespan import instant
from instruments.usage.checking_in import require_fresh, undo_check_in
from instruments.usage.keeping import SPAN, change_use, note_use
from instruments.usage.kinds import SCAN
from instruments.usage.lookup import (
    lock_running,
    lock_running_reserved,
    refuse,
    require,
    use_again,
    use_row,
)
from instruments.usage.rules import UNDO


@dataclass(frozen=True, slots=True)
class Extension:
    """The last extension of a use that was not taken back: when, from which end to which, and how it was priced before."""

    at: datetime
    before: datetime
    until: datetime
    bound: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Step:
    """The last step of a use that was not taken back: when it was begun, what is done in it, and which spans it ended."""

    at: datetime
    layer: str
    closed: list[int]


def standing_extension(use: Any, now: datetime) -> Extension | None:
    """The extension that the next undo takes back; None where there is none, or only one of too long ago.

    use: a row with id and changed_at. One statement, none where nothing changed of late.
    """
    entry = _standing(use, now, "extended", "extension_undone")
    if entry is None:
        return None
    undo = entry.detail["undo"]
    return Extension(entry.at, instant(undo["end"]), instant(entry.detail["until"]), undo["bound"])


def standing_step(use: Any, now: datetime) -> Step | None:
    """The step that the next undo takes back, likewise."""
    entry = _standing(use, now, "phase", "phase_undone")
    return None if entry is None else Step(entry.at, entry.detail["layer"], entry.detail["undo"]["closed"])


def _standing(use: Any, now: datetime, deed: str, undone: str) -> Any:
    """The entry of the last deed of a kind that was not taken back, if it is fresh and says what was before."""
    if int(now.timestamp()) > int(use.changed_at.timestamp()) + UNDO:
        return None
    taken_back = 0
    for entry in history("use", use.id):
        if entry.deed == f"use.{undone}":
            taken_back += 1
        elif entry.deed == f"use.{deed}" and taken_back:
            taken_back -= 1
        elif entry.deed == f"use.{deed}":
            fresh = int(now.timestamp()) <= int(entry.at.timestamp()) + UNDO
            return entry if fresh and entry.detail.get("undo") is not None else None
    return None


def undo_last(actor: Actor, use_id: int, version: int | None, now: datetime) -> None:
    """Take back what was done last at a running use, inside a deed: a step or an extension before the start. Raises as they
    do."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = use_again(use_id)
    extended, step = standing_extension(row, now), standing_step(row, now)
    if step is not None and (extended is None or extended.at <= step.at):
        undo_step(actor, use_id, version, now)
    elif extended is not None:
        undo_extension(actor, use_id, version, now)
    else:
        undo_check_in(actor, use_id, version, now)


def undo_step(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Let a running use go on with what was done before its last step, inside a deed, as if that had not been tapped.

    Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = lock_running(actor, use_id, version)
    found = standing_step(row, now)
    if found is None:
        raise refuse("no_step", N_("No step was begun of late that could be taken back."))
    begun = (SPAN.c.use_id == row.id) & SPAN.c.ended_at.is_(None) & (SPAN.c.grade == SCAN)
    db.session.execute(SPAN.delete().where(begun, SPAN.c.layer == found.layer))
    ended = (SPAN.c.use_id == row.id) & SPAN.c.id.in_(found.closed)
    db.session.execute(SPAN.update().where(ended).values(ended_at=None))
    change_use(row, now)
    note_use(row, "phase_undone", now, actor.person_id, layer=found.layer)
    return int(row.version) + 1


def undo_extension(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Let a running use end as before it was extended, inside a deed: what was added is free again, and costs nothing.

    The use runs on. Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = lock_running_reserved(actor, use_id, version)
    found = standing_extension(row, now)
    if found is None:
        raise refuse("not_extended", N_("Nothing was extended of late that could be taken back."))
    require_fresh(found.at, now)
    held = reservation_row(row.reservation_id, None)
    if held.state != ending.CONFIRMED or held.ends_at != found.until:
        remedy = N_("Change the reservation instead.")
        raise refuse("changed_since", N_("The reservation was changed since it was extended."), remedy)
    user = actor_by_id(row.user_id, now) or actor
    end_as_before(actor, user, held, found.before, found.bound, now)
    change_use(row, now, **({} if row.reserved_until is None else {"reserved_until": found.before}))
    note_use(row, "extension_undone", now, actor.person_id, until=int(found.before.timestamp()))
    return int(row.version) + 1
