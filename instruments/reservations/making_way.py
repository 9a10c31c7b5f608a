"""Close an instrument or a lab, and in the same deed do with the reservations in its way what the lab decided.

Nothing happens to anyone silently: whoever is moved, cancelled or kept is noted with the reason. A reservation that
cannot be moved or cancelled as decided stays, and is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert

from instruments.availability import closures, series
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner
from instruments.availability.repeating import Repeat
from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.displacing import in_the_way
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Displacement
from instruments.reservations.moving import Change, change
from instruments.reservations.outside_hours import told_by_id
from instruments.reservations.proposing import Offer
from instruments.reservations.texts import reason_objections
from instruments.timespan import Pair, instant

KEEP, MOVE, CANCEL = "keep", "move", "cancel"


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall become of one reservation, as it was at this version; a move names where to."""

    choice: str
    version: int
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions by reservation (those not named are kept), and what is said to the people concerned."""

    decisions: Mapping[int, Decision] = field(default_factory=dict)
    message: str = ""

    def targets(self) -> set[int]:
        """The instruments that something moves to."""
        return {each.offer.instrument_id for each in self.decisions.values() if each.offer is not None}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why reservations have to make way: a closure, or hours that were changed (no number then)."""

    closure_id: int | None
    what: str
    reason: str


# Both languages, as people write such texts: each reader is shown theirs.
OTHER_HOURS = Cause(None, "hours", "The opening hours were changed / 开放时间有调整")


@dataclass(slots=True)
class Done:
    """What became of them: numbers by outcome, and the refusals of those that stay against the decision."""

    outcomes: dict[str, int] = field(default_factory=dict)
    failed: list[tuple[Row[Any], Refusal]] = field(default_factory=list)


def require_message(decided: Decided) -> None:
    """Raises Refusal when somebody is cancelled without a word, or the words cannot be kept."""
    message = decided.message
    reasons = list(reason_objections(message))
    cancels = any(each.choice == CANCEL for each in decided.decisions.values())
    if cancels and not message:
        sentence = N_("Write a message to those whose booking you cancel.")
        reasons.append(Reason("no_message", "message", sentence))
    if reasons:
        raise Refusal(
            [Reason(each.code, "message", each.message, each.values, each.remedy) for each in reasons]
        )


def close(
    owner: Owner, wanted: Wanted, decided: Decided, actor: Actor, now: datetime, repeat: Repeat | None = None
) -> tuple[list[Closure], Done]:
    """Close the owner, once or repeatedly, then make way; inside a deed.

    Raises Refusal for what is wrong with the closure or message.
    """
    require_message(decided)
    revision.lock_all(sorted({*closures.instruments_of(owner), *decided.targets()}))
    made = series.add_closures(owner, wanted, repeat, actor_id=actor.person_id, now=now)
    return made, _make_way(made, decided, actor, now)


def change_and_make_way(
    closure: Closure,
    wanted: Wanted,
    version: int,
    decided: Decided,
    actor: Actor,
    now: datetime,
    scope: str = "one",
) -> Done:
    """Change a closure, with others of its rule as the scope says, then make way where they did not close before;
    inside a deed.
    """
    require_message(decided)
    owner = closures.owner_of(closure)
    revision.lock_all(sorted({*closures.instruments_of(owner), *decided.targets()}))
    together = series.changed_together(closure, wanted, scope, now)
    before = [span(each) for each, _ in together]
    for each, anew in together:
        seen = version if each.id == closure.id else each.version
        closures.change_closure(each, anew, version=seen, actor_id=actor.person_id, now=now)
    return _make_way([each for each, _ in together], decided, actor, now, before)


def make_way(closure: Closure, decided: Decided, actor: Actor, now: datetime) -> Done:
    """Decide again on what lies within a closure that stands; inside a deed."""
    require_message(decided)
    instruments = closures.instruments_of(closures.owner_of(closure))
    revision.lock_all(sorted({*instruments, *decided.targets()}))
    return _make_way([closure], decided, actor, now)


def span(closure: Closure) -> Pair:
    """Both ends in UTC seconds."""
    return int(closure.starts_at.timestamp()), int(closure.ends_at.timestamp())


def _make_way(
    closed: Sequence[Closure], decided: Decided, actor: Actor, now: datetime, before: Sequence[Pair] = ()
) -> Done:
    instruments = closures.instruments_of(closures.owner_of(closed[0]))
    spans = [span(closure) for closure in closed]
    rows = in_the_way(instruments, spans, now, before)
    users = actors_by_ids({row.user_id for row in rows}, now)
    done = Done()
    kept: list[Mapping[str, Any]] = []
    for row in rows:
        decision = decided.decisions.get(row.id) or Decision(KEEP, row.version)
        # With several closures in one deed: the first of those that it lies in.
        met = (
            each
            for each, (start, end) in zip(closed, spans, strict=True)
            if row.start < end and start < row.end
        )
        closure = next(met)
        cause = Cause(closure.id, closure.what, closure.reason)
        way = _Way(cause, row, decision, decided.message, actor, now)
        kept.append(way.attempt(users.get(row.user_id), done) or way.keep())
    if kept:
        db.session.execute(insert(Displacement), kept)
    done.outcomes = _counted(kept)
    return done


def make_way_for_hours(reservation_ids: Sequence[int], decided: Decided, actor: Actor, now: datetime) -> Done:
    """Do what was decided with those of these reservations that lie outside the published hours; inside a deed.

    Those that are kept stay as they are, and nobody is told: nothing happened to them.
    """
    require_message(decided)
    wanted = {
        number
        for number, each in decided.decisions.items()
        if each.choice == CANCEL or (each.choice == MOVE and each.offer is not None)
    }
    rows = told_by_id([number for number in reservation_ids if number in wanted])
    revision.lock_all(sorted({row.instrument_id for row in rows} | decided.targets()))
    users = actors_by_ids({row.user_id for row in rows}, now)
    done = Done()
    made = []
    for row in rows:
        if row.user_id not in users:
            continue
        way = _Way(OTHER_HOURS, row, decided.decisions[row.id], decided.message, actor, now)
        told = way.attempt(users[row.user_id], done)
        if told is not None:
            made.append(told)
    if made:
        db.session.execute(insert(Displacement), made)
    done.outcomes = _counted(made)
    return done


def _counted(kept: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in kept:
        found[each["outcome"]] = found.get(each["outcome"], 0) + 1
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """One reservation in the way, and what was decided about it."""

    cause: Cause
    row: Row[Any]
    decision: Decision
    message: str
    actor: Actor
    now: datetime

    def attempt(self, user: Actor | None, done: Done) -> dict[str, Any] | None:
        """Do what was decided; None, with the refusal noted, when it cannot be done."""
        try:
            with db.session.begin_nested():
                return self.go(user)
        except Refusal as refusal:
            done.failed.append((self.row, refusal))
            return None

    def go(self, user: Actor | None) -> dict[str, Any]:
        """Do what was decided; returns the row of its displacement."""
        offer = self.decision.offer
        if self.decision.choice == CANCEL:
            cancel(self.actor, self.row.id, self.message, self.decision.version, self.now)
            return self._told("cancelled")
        if self.decision.choice == MOVE and offer is not None and user is not None:
            if offer.instrument_id == self.row.instrument_id:
                wanted = Change(instant(offer.start), instant(offer.end), reason=self._why())
                change(self.actor, user, self.row.id, wanted, self.decision.version, self.now)
                return self._told("moved")
            return self._told("moved", self._elsewhere(user, offer))
        return self.keep()

    def keep(self) -> dict[str, Any]:
        """Leave it, and note that it lies in the way."""
        record(
            now=self.now,
            actor_id=self.actor.person_id,
            deed="reservation.displaced",
            thing=("reservation", self.row.id),
            institution_id=self.row.owner_id,
            lab_id=self.row.lab_id,
            detail={
                "instrument_id": self.row.instrument_id,
                "start": self.row.start,
                "end": self.row.end,
                "closure": self.cause.closure_id,
                "kind": self.cause.what,
                "reason": self._why(),
            },
        )
        return self._told("kept")

    def _elsewhere(self, user: Actor, offer: Offer) -> int:
        """Cancel it here and book the same on another instrument; returns the new reservation."""
        before = reservation_row(self.row.id, self.actor)
        cancel(self.actor, self.row.id, self._why(), self.decision.version, self.now)
        request = BookingRequest(
            offer.instrument_id,
            instant(offer.start),
            instant(offer.end),
            before.purpose,
            before.title,
            before.group_id,
            before.shows_name,
            names_unit=False,
            hazardous=before.hazardous,
            second_id=before.second_id,
        )
        return book(self.actor, user, request, self.now).id

    def _why(self) -> str:
        return self.message or self.cause.reason

    def _told(self, outcome: str, replaced_by_id: int | None = None) -> dict[str, Any]:
        return {
            "reservation_id": self.row.id,
            "closure_id": self.cause.closure_id,
            "outcome": outcome,
            "instrument_id": self.row.instrument_id,
            "starts_at": instant(self.row.start),
            "ends_at": instant(self.row.end),
            "message": self._why(),
            "replaced_by_id": replaced_by_id,
            "decided_by_id": self.actor.person_id,
            "decided_at": self.now,
        }


def every(choice: str, decisions: Mapping[int, Decision], offers: Iterable[int]) -> dict[int, Decision]:
    """The same choice for all of them; who cannot be moved is kept."""
    movable = set(offers)
    return {
        number: Decision(
            KEEP if choice == MOVE and number not in movable else choice, each.version, each.offer
        )
        for number, each in decisions.items()
    }
