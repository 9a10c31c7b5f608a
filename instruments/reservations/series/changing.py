"""Change, cancel or answer several reservations of a series in one deed: this one, this and those that follow, or all.

Each is asked every rule again, as if it were changed by itself. What is over or has begun stays as it is. Where one cannot be
changed, none is, unless those that cannot are to be left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Action, Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.approving import approve, decline
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.cancelling import cancel
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import allowed, require_change
from instruments.reservations.models import OPEN_STATES
from instruments.reservations.moving import Change, change, require_version
from instruments.reservations.series.finding import reservations_of, series_row, version_of
from instruments.reservations.series.making import refusal_of
from instruments.reservations.series.planning import clocks_skip_it
from instruments.reservations.series.repetition import moved_alike
from instruments.reservations.series_models import Series
from instruments.timespan import Pair, instant

SCOPES = ("this", "following", "all")
_SERIES: Any = Series.__table__


@dataclass(frozen=True, slots=True)
class Which:
    """Which of a series: the one at a place, that and those that follow it, or all that is still to come (then the place
    says which one a new time is about; where it is none of those to come, the first of them).

    leaves: those that cannot be changed stay as they are, instead of standing in the way of the others.
    """

    scope: str = "all"
    position: int = -1
    leaves: bool = False

    def takes(self, position: int) -> bool:
        """Whether the reservation at this place is meant."""
        if self.scope == "all":
            return True
        return position == self.position if self.scope == "this" else position >= self.position


@dataclass
class Done:
    """How many were changed, and the refusals of those that stayed, with their time."""

    count: int = 0
    left: list[tuple[Pair, Refusal]] = field(default_factory=list)


def change_series(
    actor: Actor, series_id: int, which: Which, wanted: Change, version: int | None, now: datetime
) -> Done:
    """Move them, or change what they say, inside a deed. `wanted` says what shall become of the one at the place of `which`;
    the others move as it does on the wall.

    Raises NotFound, Forbidden, Stale (412), Taken (409), or Refusal with every reason.
    """
    row, meant = _meant(actor, series_id, which, version, now)
    thing, leads = bookable(row.instrument_id), _leading(meant, which)
    users = actors_by_ids({each.user_id for each in meant}, now)
    before = wish_of(leads.starts_at, leads.ends_at)
    after = wish_of(wanted.start or leads.starts_at, wanted.end or leads.ends_at)
    if after[0] >= after[1]:
        raise Refusal([Reason("end_before_start", "end", N_("The end does not come after the start."))])

    def act(each: Row[Any]) -> None:
        span = moved_alike(wish_of(each.starts_at, each.ends_at), before, after, thing.calendar.zone)
        if span is None:
            raise Refusal([clocks_skip_it()])
        told = replace(wanted, start=instant(span[0]), end=instant(span[1]), series=series_id)
        change(actor, users.get(each.user_id, actor), each.id, told, None, now)

    moves = after != before
    # Those ahead go first, so that none runs into the next, which is about to move as well.
    done = _each(meant[::-1] if after > before else meant, act, which, thing)
    _note(actor, row, thing, "series.moved" if moves else "series.changed", done, wanted.reason, now)
    return done


def cancel_series(
    actor: Actor, series_id: int, which: Which, reason: str, version: int | None, now: datetime
) -> Done:
    """Cancel them, inside a deed, with a reason. Raises as `change_series`."""
    row, meant = _meant(actor, series_id, which, version, now)
    done = _each(
        meant,
        lambda each: cancel(actor, each.id, reason, None, now, series_id),
        which,
        bookable(row.instrument_id),
    )
    _note(actor, row, bookable(row.instrument_id), "series.cancelled", done, " ".join(reason.split()), now)
    return done


def answer_series(
    actor: Actor, series_id: int, approves: bool, message: str, version: int | None, now: datetime
) -> Done:
    """Approve or decline for the lab all that is asked for, inside a deed: one request of one person.

    What the lab has proposed another time for stays with who asked. Raises as `approving.approve`.
    """
    row = series_row(series_id, actor)
    revision.lock([row.instrument_id])
    rows = reservations_of(series_id)
    _require_version(row, rows, version)
    open_ones = [each for each in rows if each.state == "requested" and each.proposed_at is None]
    if not open_ones:
        sentence = N_("Nothing of this series waits for an answer.")
        raise Refusal([Reason("not_requested", None, sentence, {}, N_("Look at it again, then decide."))])
    act = approve if approves else decline
    thing = bookable(row.instrument_id)
    done = _each(
        open_ones, lambda each: act(actor, each.id, message, None, now, series_id), Which(leaves=True), thing
    )
    deed = "series.approved" if approves else "series.declined"
    _note(actor, row, thing, deed, done, " ".join(message.split()), now)
    return done


def _meant(
    actor: Actor, series_id: int, which: Which, version: int | None, now: datetime
) -> tuple[Row[Any], list[Row[Any]]]:
    """The series and those of its reservations that are meant and still to come, by start, under the lock."""
    row = series_row(series_id, actor)
    require_change(actor, row)
    revision.lock([row.instrument_id])
    row, rows = series_row(series_id, actor), reservations_of(series_id)
    _require_version(row, rows, version)
    meant = [
        each
        for each in rows
        if which.takes(each.position)
        and each.state in OPEN_STATES
        and each.starts_at > now
        and each.instrument_id == row.instrument_id
        and allowed(actor, Action.RESERVATION_CHANGE, each)
    ]
    if not meant:
        sentence = N_("Nothing of it that you may change is still to come.")
        raise Refusal(
            [Reason("series_over", None, sentence, {}, N_("What has begun is changed one by one."))]
        )
    return row, meant


def _require_version(row: Any, rows: Sequence[Row[Any]], version: int | None) -> None:
    if version is not None and version_of(row, rows) != version:
        require_version(row, -1)


def _leading(meant: Sequence[Row[Any]], which: Which) -> Row[Any]:
    """The one that the wanted time is about."""
    return next((each for each in meant if each.position == which.position), meant[0])


def _each(rows: Iterable[Row[Any]], act: Callable[[Row[Any]], object], which: Which, thing: Bookable) -> Done:
    done = Done()
    for each in rows:
        try:
            with db.session.begin_nested():
                act(each)
            done.count += 1
        except Refusal as refusal:
            if refusal.status not in (409, 422):
                raise
            done.left.append((wish_of(each.starts_at, each.ends_at), refusal))
    done.left.sort(key=itemgetter(0))
    if done.left and not (which.leaves and done.count):
        raise refusal_of(done.left, thing)
    return done


def _note(actor: Actor, row: Any, thing: Bookable, deed: str, done: Done, reason: str, now: datetime) -> None:
    db.session.execute(update(_SERIES).where(_SERIES.c.id == row.id).values(version=_SERIES.c.version + 1))
    rows = reservations_of(row.id)
    coming = [each for each in rows if each.state in OPEN_STATES and each.starts_at > now] or list(rows)
    detail = {
        "instrument_id": thing.id, "user_id": row.user_id, "booker_id": row.booker_id, "count": done.count,
        "start": int(coming[0].starts_at.timestamp()), "end": int(coming[0].ends_at.timestamp()), "reason": reason,
    }  # fmt: skip
    told: dict[str, Any] = {
        "now": now, "actor_id": actor.person_id, "thing": ("series", row.id),
        "institution_id": thing.institution_id, "lab_id": thing.lab_id, "detail": detail,
    }  # fmt: skip
    record(deed=deed, **told)
    if deed == "series.moved" and any(each.state == "requested" for each in coming):
        record(deed="series.requested", **told)
