"""Change, cancel or answer several reservations of a series in one deed: this one, this and those that follow, or all.

Each is asked every rule again, as if it were changed by itself. What is over or has begun stays as it is. Where one cannot be
changed, none is, unless those that cannot are to be left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from instruments.reservations.counting import Holders
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import allowed, require_change
from instruments.reservations.models import OPEN_STATES
from instruments.reservations.moving import Change, asking_of_change, change, require_version
from instruments.reservations.series.dating import Dated, dated
from instruments.reservations.series.finding import reservations_of, series_row, version_of
from instruments.reservations.series.making import refusal_of
from instruments.reservations.series.planning import clocks_skip_it
from instruments.reservations.series.repetition import moved_about, moved_alike
from instruments.reservations.series.settling import DROP, LEAVE, Decision, Refused, stuck
from instruments.reservations.series_models import Series
from instruments.reservations.within_quotas import lock_all_holders
from instruments.timespan import Pair, instant

SCOPES = ("this", "following", "all")
_SERIES: Any = Series.__table__


@dataclass(frozen=True, slots=True)
class Which:
    """Which of a series: the one at a place, that and those that follow it, or all that is still to come (then the place
    says which one a new time is about; where it is none of those to come, the first of them).

    leaves: those that cannot be changed stay as they are, instead of standing in the way of the others; decisions: by
    place, what becomes of single ones.
    """

    scope: str = "all"
    position: int = -1
    leaves: bool = False
    decisions: Mapping[int, Decision] = field(default_factory=dict)

    def takes(self, position: int) -> bool:
        """Whether the reservation at this place is meant."""
        if self.scope == "all":
            return True
        return position == self.position if self.scope == "this" else position >= self.position


@dataclass
class Done:
    """How many were changed and cancelled, those changed as they were, and the refusals of those that stayed, with their
    time."""

    count: int = 0
    dropped: int = 0
    changed: list[Row[Any]] = field(default_factory=list)
    left: list[tuple[Pair, Refusal]] = field(default_factory=list)


def change_series(
    actor: Actor, series_id: int, which: Which, wanted: Change, version: int | None, now: datetime
) -> Done:
    """Move them, or change what they say, inside a deed. `wanted` says what shall become of the one at the place of `which`;
    the others move as it does on the wall.

    Raises NotFound, Forbidden, Stale (412), Taken (409), or Refusal with every reason.
    """
    row, meant = _meant(actor, series_id, which, version, now)
    alike = _Alike.of(actor, meant, which, wanted, bookable(row.instrument_id), row, now)
    lock_all_holders(
        (Holders(each.user_id, each.group_id, each.institution_id), alike.thing) for each in meant
    )
    done = _decided_first(actor, meant, which, wanted.reason, now)
    refused = _try_each(alike.in_order(meant), alike.change, done)
    if refused and not (which.leaves and done.count):
        refusal = refusal_of(done.left, alike.thing)
        refusal.details["dates"] = stuck([alike.refused(*each) for each in refused], alike.thing, now)
        raise refusal
    if not done.count and not done.dropped:
        sentence = N_("Every one of them stays as it is, so there is nothing to change.")
        raise Refusal([Reason("series_nothing", None, sentence, {}, N_("Decide to change at least one."))])
    if done.count:
        _note(actor, row, alike.thing, "series.changed", done, wanted.reason, now)
    return done


@dataclass(frozen=True, slots=True)
class _Alike:
    """A change of several that move as one of them does on the wall: from `before` to `after`."""

    actor: Actor
    users: Mapping[int, Actor]
    which: Which
    wanted: Change
    thing: Bookable
    series: Row[Any]
    before: Pair
    after: Pair
    now: datetime

    @classmethod
    def of(
        cls,
        actor: Actor,
        meant: Sequence[Row[Any]],
        which: Which,
        wanted: Change,
        thing: Bookable,
        series: Row[Any],
        now: datetime,
    ) -> _Alike:
        """Raises Refusal where the end does not come after the start."""
        leads, users = _leading(meant, which), actors_by_ids({each.user_id for each in meant}, now)
        after = wish_of(wanted.start or leads.starts_at, wanted.end or leads.ends_at)
        if after[0] >= after[1]:
            raise Refusal([Reason("end_before_start", "end", N_("The end does not come after the start."))])
        before = wish_of(leads.starts_at, leads.ends_at)
        return cls(actor, users, which, wanted, thing, series, before, after, now)

    def in_order(self, meant: Sequence[Row[Any]]) -> list[Row[Any]]:
        """Those to change: first the ones that move alike, then those that take another time, which these may leave free.

        Of the first those ahead go first, so that none runs into the next, which is about to move as well.
        """
        rows = [each for each in meant if self.which.decisions.get(each.position) not in (LEAVE, DROP)]
        rows = rows[::-1] if self.after > self.before else rows
        return sorted(rows, key=lambda each: each.position in self.which.decisions)

    def change(self, each: Row[Any]) -> None:
        """Change one. Raises as `moving.change` does."""
        wish = self._wish(each)
        if wish is None:
            raise Refusal([clocks_skip_it()])
        wanted = replace(self._at(wish), series=_told_with(self.series, each))
        change(self.actor, self._user(each), each.id, wanted, None, self.now)

    def refused(self, each: Row[Any], why: Refusal) -> Refused:
        """One that was refused, with what was wanted for it."""
        stands = wish_of(each.starts_at, each.ends_at)
        about = moved_about(stands, self.before, self.after, self.thing.calendar.zone)
        wish = self._wish(each) or about
        return Refused(each, wish, asking_of_change(self.actor, self._user(each), each, self._at(wish)), why)

    def _wish(self, each: Row[Any]) -> Pair | None:
        decided = self.which.decisions.get(each.position)
        if isinstance(decided, tuple):
            return decided
        stands = wish_of(each.starts_at, each.ends_at)
        return moved_alike(stands, self.before, self.after, self.thing.calendar.zone)

    def _at(self, span: Pair) -> Change:
        return replace(self.wanted, start=instant(span[0]), end=instant(span[1]))

    def _user(self, each: Row[Any]) -> Actor:
        return self.users.get(each.user_id, self.actor)


def _decided_first(actor: Actor, meant: Sequence[Row[Any]], which: Which, reason: str, now: datetime) -> Done:
    """Cancel those of which that was decided, so that their time is free for the others; each is told by itself."""
    done = Done()
    for each in meant:
        if which.decisions.get(each.position) == DROP:
            cancel(actor, each.id, reason, None, now)
            done.dropped += 1
    return done


def cancel_series(
    actor: Actor, series_id: int, which: Which, reason: str, version: int | None, now: datetime
) -> Done:
    """Cancel them, inside a deed, with a reason. Raises as `change_series`."""
    row, meant = _meant(actor, series_id, which, version, now)
    done = _each(
        meant,
        lambda each: cancel(actor, each.id, reason, None, now, _told_with(row, each)),
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
        open_ones,
        lambda each: act(actor, each.id, message, None, now, _told_with(row, each)),
        Which(leaves=True),
        thing,
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
    _try_each(rows, act, done)
    if done.left and not (which.leaves and done.count):
        raise refusal_of(done.left, thing)
    return done


def _try_each(
    rows: Iterable[Row[Any]], act: Callable[[Row[Any]], object], done: Done
) -> list[tuple[Row[Any], Refusal]]:
    """Do it to each, and note in `done` what came of it; those that were refused."""
    refused = []
    for each in rows:
        try:
            with db.session.begin_nested():
                act(each)
            done.count += 1
            done.changed.append(each)
        except Refusal as refusal:
            if refusal.status not in (409, 422):
                raise
            done.left.append((wish_of(each.starts_at, each.ends_at), refusal))
            refused.append((each, refusal))
    done.left.sort(key=itemgetter(0))
    return refused


def _told_with(series: Row[Any], each: Row[Any]) -> int:
    """The series with whose other dates people are told of this one; 0 for one that was handed over: its user hears of it by
    itself, and may not see the series."""
    return int(series.id) if each.user_id == series.user_id else 0


def _note(actor: Actor, row: Any, thing: Bookable, deed: str, done: Done, reason: str, now: datetime) -> None:
    """One entry for all that people are told of together, with each date as it was and as it is; those that moved count as
    moved, whatever else changed."""
    db.session.execute(update(_SERIES).where(_SERIES.c.id == row.id).values(version=_SERIES.c.version + 1))
    before = {
        each.id: wish_of(each.starts_at, each.ends_at) for each in done.changed if _told_with(row, each)
    }
    rows = [each for each in reservations_of(row.id) if each.id in before]
    moved = [each for each in rows if wish_of(each.starts_at, each.ends_at) != before[each.id]]
    if deed == "series.changed" and moved:
        deed, rows = "series.moved", moved

    def note(what: str, of: Sequence[Row[Any]]) -> None:
        dates = [Dated(before[each.id], wish_of(each.starts_at, each.ends_at), each.id) for each in of]
        record(
            now=now, actor_id=actor.person_id, deed=what, thing=("series", row.id),
            institution_id=thing.institution_id, lab_id=thing.lab_id,
            detail={**dated(dates), "instrument_id": thing.id, "user_id": row.user_id, "booker_id": row.booker_id,
                    "reason": reason},
        )  # fmt: skip

    if rows:
        note(deed, rows)
    asked = [each for each in rows if each.state == "requested"]
    if deed == "series.moved" and asked:
        note("series.requested", asked)
