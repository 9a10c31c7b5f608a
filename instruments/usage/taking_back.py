"""Take back what was tapped last at a running use: that it was extended, and only then that it began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from instruments.catalog import revision
from instruments.errors import N_
from instruments.journal.record import history
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.ending_as_before import end_as_before
from instruments.reservations.lookup import reservation_row
from instruments.timespan import instant
from instruments.usage.checking_in import require_fresh, undo_check_in
from instruments.usage.keeping import change_use, note_use
from instruments.usage.lookup import lock_running, refuse, require, use_again, use_row
from instruments.usage.rules import UNDO


@dataclass(frozen=True, slots=True)
class Extension:
    """The last extension of a use that was not taken back: when, from which end to which, and how it was priced before."""

    at: datetime
    before: datetime
    until: datetime
    bound: dict[str, Any] | None


def standing_extension(use: Any, now: datetime) -> Extension | None:
    """The extension that the next undo takes back; None where there is none, or only one of too long ago.

    use: a row with id and changed_at. One statement, none where nothing changed of late.
    """
    if int(now.timestamp()) > int(use.changed_at.timestamp()) + UNDO:
        return None
    taken_back = 0
    for entry in history("use", use.id):
        if entry.deed == "use.extension_undone":
            taken_back += 1
        elif entry.deed == "use.extended" and taken_back:
            taken_back -= 1
        elif entry.deed == "use.extended":
            return _fresh(entry, now)
    return None


def _fresh(entry: Any, now: datetime) -> Extension | None:
    told, undo = entry.detail, entry.detail.get("undo")
    if undo is None or int(now.timestamp()) > int(entry.at.timestamp()) + UNDO:
        return None
    return Extension(entry.at, instant(undo["end"]), instant(told["until"]), undo["bound"])


def undo_last(actor: Actor, use_id: int, version: int | None, now: datetime) -> None:
    """Take back what was done last at a running use, inside a deed: an extension before the start. Raises as both do."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    if standing_extension(use_again(use_id), now) is None:
        undo_check_in(actor, use_id, version, now)
    else:
        undo_extension(actor, use_id, version, now)


def undo_extension(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Let a running use end as before it was extended, inside a deed: what was added is free again, and costs nothing.

    The use runs on. Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = lock_running(actor, use_id, version)
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
