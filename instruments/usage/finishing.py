"""Finish a use: by who uses it, by the lab, by a device, or by the lab's rule; what is left of the time is free at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from instruments.database import db
from instruments.people.rights import Actor
from instruments.reservations import ending
from instruments.reservations.bookable import bookable
from instruments.reservations.lookup import reservation_row
from instruments.timespan import Pair, depth, instant, intersect
from instruments.usage.keeping import (
    USE,
    change_use,
    close_spans,
    flags_with,
    has_running_span,
    note_use,
    outline,
    seconds_of,
    settled,
    settled_many,
)
from instruments.usage.kinds import (
    BY_PERSON,
    BY_REPORT,
    BY_RULE,
    ENDED_BY_RULE,
    MORE_THAN_THERE_IS,
    VOID,
    WAITING,
    WALK_UP,
)
from instruments.usage.lookup import lock_running
from instruments.usage.rules import UsageRules
from instruments.usage.setting import rules_of

_STARTED, _ENDED = (type_coerce(USE.c[name], BigInteger) for name in ("started_at", "ended_at"))
LONGEST = 31 * 86_400


def finish(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """End a running use at this moment, inside a deed; its new version. Raises NotFound, Forbidden, Stale, Refusal."""
    row = lock_running(actor, use_id, version)
    end_use(row, now, BY_PERSON, now, actor.person_id)
    return int(row.version) + 1


def end_by_rule(row: Any, now: datetime) -> None:
    """End a forgotten use at the moment that the lab's rule says, or now if that is earlier; under the lock."""
    at = instant(min(forgotten_at(row, rules_of(row.instrument_id)), int(now.timestamp())))
    if not has_running_span(row.id):
        # Nobody is there: a device reported, and reports no more.
        end_use(row, at, BY_REPORT, now, None)
        return
    end_use(row, at, BY_RULE, now, None, ENDED_BY_RULE)


def forgotten_at(row: Any, rules: UsageRules) -> int:
    """When a use ends that nobody ends, in UTC seconds. A walk-up lasts no longer than it was to."""
    start = int(row.started_at.timestamp())
    held = None if row.held_ends_at is None else int(row.held_ends_at.timestamp())
    return rules.forgotten_at(start, held)


def end_use(row: Any, ended: datetime, by: str, now: datetime, actor_id: int | None, *flags: str) -> None:
    """Let a running use end: its spans, its reservation and the time that it held, under the instrument's lock."""
    held = _reservation(row)
    if held is not None:
        row = _with_reserved(row, held)
    if by == BY_RULE and row.kind == WALK_UP and held is not None:
        ended = min(ended, max(held.ends_at, instant(int(row.started_at.timestamp()) + 60)))
    close_spans(row.id, ended)
    found = settled(row.id, ended)
    span = outline(found, (int(row.started_at.timestamp()), max(seconds_of(row.started_at, ended))))
    rules = rules_of(row.instrument_id)
    used = found.used or [seconds_of(span["started_at"], span["ended_at"])]
    crowded = [MORE_THAN_THERE_IS] if is_crowded(row.instrument_id, used, row.id) else []
    change_use(
        row, now, state=WAITING, ended_by=by, **span,
        reserved_from=row.reserved_from, reserved_until=row.reserved_until,
        flags=flags_with(row, found, *flags, *crowded),
        confirm_by=instant(rules.confirm_by(int(span["ended_at"].timestamp()))),
    )  # fmt: skip
    if held is not None and held.state == ending.CONFIRMED:
        told = {"by": by} if by == BY_RULE else {}
        ending.end_as(held, ending.DONE, span["ended_at"], now, actor_id, use_id=row.id, **told)
    note_use(
        row, "ended" if by == BY_RULE else "finished", now, actor_id, by=by, ended=int(ended.timestamp())
    )


class _Seen:
    """A row with some columns said anew."""

    def __init__(self, row: Any, **values: Any) -> None:
        self._row, self._values = row, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._row, name)


def _with_reserved(row: Any, held: Any) -> Any:
    """The use with the reserved time as it stands by now: it may have been extended. A walk-up reserved nothing."""
    if row.reserved_from is None:
        return row
    return _Seen(row, reserved_from=held.starts_at, reserved_until=held.ends_at)


def _reservation(row: Any) -> Any:
    return None if row.reservation_id is None else reservation_of(row.reservation_id)


def reservation_of(reservation_id: int) -> Any:
    """A reservation as the acts of its room want it, whoever asks."""
    return reservation_row(reservation_id, None)


def is_crowded(
    instrument_id: int, used: Sequence[Pair], apart_from: int = 0, *, of_nobody: bool = True
) -> bool:
    """Whether more was used at once within some time than the instrument has places.

    of_nobody: of an instrument of one place, also with what was of nobody known so far.
    """
    places, first, last = bookable(instrument_id).capacity, used[0][0], used[-1][1]
    others = (USE.c.instrument_id == instrument_id) & (USE.c.id != apart_from) & (USE.c.state != VOID)
    within = (first - LONGEST < _STARTED) & (last > _STARTED) & (first < _ENDED)
    if not of_nobody and places == 1:
        others &= USE.c.user_id.is_not(None)
    numbers = db.session.scalars(select(USE.c.id).where(others, within)).all()
    found = settled_many(numbers, instant(last)) if numbers else {}
    cut = [part for each in found.values() for part in intersect(each.used, used)]
    return depth([*cut, *used]) > places
