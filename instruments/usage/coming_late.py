"""What came after a use was confirmed: count it by confirming the use anew, or leave the use as it is, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from instruments.catalog import revision
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.rights import Action, Actor
from instruments.reservations.texts import reason_objections
from instruments.usage.keeping import change_use, last_recorded, note_use, outline, seconds_of, settled
from instruments.usage.kinds import CONFIRMED, LATE
from instruments.usage.lookup import refuse, require, require_use_version, use_again, use_row
from instruments.usage.settling_uses import flags_by_hours, without_flag
from instruments.web.versions import stale


def confirm_anew(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Confirm a use with what came since, inside a deed; its new version. It is charged anew.

    Raises NotFound, Forbidden, Stale, or Refusal where nothing came that would change what counts.
    """
    row = _to_settle(actor, use_id, version)
    at = max(now, last_recorded(row.id) or now)
    found = settled(row.id, at)
    values = outline(found, seconds_of(row.started_at, row.ended_at))
    flags = without_flag(flags_by_hours(row, found), LATE)
    said = {"confirmed_at": at, "confirmed_by_id": actor.person_id, "confirmed_by_rule": False}
    if not change_use(row, now, **values, **said, flags=flags):
        raise stale()
    note_use(row, "confirmed_anew", now, actor.person_id, ended=int(values["ended_at"].timestamp()))
    return int(row.version) + 1


def leave_as_it_is(
    actor: Actor,
    use_id: int,
    reason: str,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Let a use stand as it was confirmed, whatever came since, inside a deed; its new version. The reason stays visible, and so
    does what was reported. What comes later is flagged again.

    Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = _to_settle(actor, use_id, version)
    said = " ".join(reason.split())
    found = list(reason_objections(said))
    if not said:
        sentence = N_("Say why what was reported does not count; it stays visible.")
        found.append(Reason("no_reason", "reason", sentence))
    if reasons := together(already, found):
        raise Refusal(reasons)
    if not change_use(row, now, flags=without_flag(row.flags, LATE)):
        raise stale()
    note_use(row, "left_as_it_was", now, actor.person_id, reason=said)
    return int(row.version) + 1


def _to_settle(actor: Actor, use_id: int, version: int | None) -> Any:
    """The use under the lock of its instrument, if something came that is to be settled."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    revision.hold(row.instrument_id)
    row = use_again(use_id)
    require_use_version(row, version)
    if row.state != CONFIRMED or LATE not in row.flags.split():
        raise refuse("nothing_late", N_("Nothing came after it was confirmed that is still to be settled."))
    return row
