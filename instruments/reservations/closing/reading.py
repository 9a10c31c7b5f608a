"""A closure as a program sends it, read as far as it fits, so that one answer tells all that stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from instruments.availability import series
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.repeating import Repeat
from instruments.errors import Reason, Refusal, gathered, together
from instruments.reservations.closing.schemas import ClosureChangeIn, ClosureIn, RepeatIn, ReservationsIn
from instruments.reservations.partly import Closing, said_anew
from instruments.web.incoming import Incoming, fitting
from instruments.web.reasons import sent_as

# The names under which programs send what the acts call otherwise.
NAMES = {"repeat_until": "repeat"}
# What stands for a field that cannot be read: nothing is said against it, nor against another because of it.
INSTEAD = {"kind": "breakdown", "reason": "–"}
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Read:
    """A closure as it was sent. closing: what it would close; scope: which of its rule change with it; left: those of them that
    stay as they are, because the clocks skip the time on their day."""

    closing: Closing
    wanted: Wanted
    repeat: Repeat | None
    reservations: ReservationsIn | None
    scope: str = "one"
    left: Sequence[int] = ()


def read_closure(owner: Owner, sent: Incoming[ClosureIn], now: datetime) -> Read:
    """One to be made. Raises Refusal with every reason why it cannot be read or cannot stand."""
    body, unread = fitting(sent, **INSTEAD, start=now.isoformat())
    wanted, repeat = _wanted(owner, body, unread, now), _repeat(body.repeat, unread)
    found: list[Reason] = []
    with gathered(found), sent_as(NAMES):
        spans = series.spans_of(owner, wanted, repeat, now)
    _require_none(unread, found)
    return Read(Closing(owner, spans, body.units), wanted, repeat, body.reservations)


def read_change(owner: Owner, row: Closure, sent: Incoming[ClosureChangeIn], now: datetime) -> Read:
    """One that says another anew. Raises Refusal with every reason why it cannot be read or cannot stand."""
    body, unread = fitting(sent, **INSTEAD, start=row.starts_at.isoformat())
    wanted, found = _wanted(owner, body, unread, row.starts_at), list[Reason]()
    with gathered(found):
        closing = said_anew(owner, series.changed_together(row, wanted, body.scope, now), now)
    _require_none(unread, found)
    left = [each.id for each in series.left_alone(row, wanted, body.scope, now)]
    return Read(closing, wanted, None, body.reservations, body.scope, left)


def _require_none(unread: Sequence[Reason], found: Sequence[Reason]) -> None:
    if reasons := together(unread, found):
        raise Refusal(reasons)


def _wanted(
    owner: Owner, body: ClosureIn | ClosureChangeIn, unread: Sequence[Reason], instead: datetime
) -> Wanted:
    """The closure with its ends as the lab's wall clock reads; a start that cannot be read is one that suits its end."""
    zone, start = ZoneInfo(lab_of(owner).zone), body.start
    if _is_among("start", unread):
        start = instead if body.end is None or instead < body.end else body.end - MINUTE

    def wall(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    return Wanted(body.kind, body.reason, wall(start), wall(body.end) if body.end else None, body.units)


def _repeat(body: RepeatIn | None, unread: Sequence[Reason]) -> Repeat | None:
    """How it repeats, where both of its ends can be read."""
    if body is None or _is_among("start", unread) or _is_among("end", unread):
        return None
    return Repeat(body.every, body.until)


def _is_among(field: str, reasons: Sequence[Reason]) -> bool:
    return any(reason.field == field for reason in reasons)
