"""One reservation in the way of a closure or of other hours: what was decided about it, done or noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.proposing import Offer
from instruments.timespan import Pair, instant

KEEP, MOVE, CANCEL = "keep", "move", "cancel"
_TABLE: Any = Reservation.__table__


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
    """Why reservations have to make way: a closure, or hours that were changed (no number then).

    closed: the span of the closure, in UTC seconds.
    """

    closure_id: int | None
    what: str
    reason: str
    units: int | None = None
    closed: Pair | None = None

    def part_of(self, start: int, end: int) -> list[int]:
        """The part of [start, end) that is closed, where that is not all of it; else nothing."""
        if self.closed is None:
            return []
        part = [max(start, self.closed[0]), min(end, self.closed[1])]
        return [] if part == [start, end] else part


# Both languages, as people write such texts: each reader is shown theirs.


@dataclass(slots=True)
class Done:
    """What became of them: numbers by outcome, the refusals of those that stay against the decision, and the closures in
    which those lie, so that another decision can be made at once."""

    outcomes: dict[str, int] = field(default_factory=dict)
    failed: list[tuple[Row[Any], Refusal]] = field(default_factory=list)
    again: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """One reservation in the way, and what was decided about it."""

    cause: Cause
    row: Row[Any]
    decision: Decision
    message: str
    actor: Actor
    now: datetime

    def attempt(self, user: Actor | None, done: Done) -> dict[str, Any] | None:
        """Do what was decided; None when it is kept, or with the refusal noted when it cannot be done."""
        try:
            with db.session.begin_nested():
                return self.go(user)
        except Refusal as refusal:
            done.failed.append((self.row, refusal))
            if self.cause.closure_id is not None:
                done.again.append(self.cause.closure_id)
            return None

    def go(self, user: Actor | None) -> dict[str, Any] | None:
        """Move or cancel it as was decided; returns the row of its displacement, None when it is kept."""
        offer = self.decision.offer
        if self.decision.choice == CANCEL:
            noted = {"kind": self.cause.what}
            cancel(self.actor, self.row.id, self.message, self.decision.version, self.now, noted=noted)
            return self._told("cancelled")
        if self.decision.choice == MOVE and offer is not None and user is not None:
            if offer.instrument_id == self.row.instrument_id:
                wanted = Change(instant(offer.start), instant(offer.end), reason=self._why())
                change(self.actor, user, self.row.id, wanted, self.decision.version, self.now)
                return self._told("moved")
            return self._told("moved", self._elsewhere(user, offer))
        return None

    def keep(self) -> dict[str, Any]:
        """Leave it, and note that it lies in the way, with the part of it that is closed."""
        part = self.cause.part_of(self.row.start, self.row.end)
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
                **({"places_closed": self.cause.units} if self.cause.units else {}),
                **({"closed": part} if part else {}),
                "reason": self._why(),
            },
        )
        return self._told("kept")

    def _elsewhere(self, user: Actor, offer: Offer) -> int:
        """Cancel it here and book the same on another instrument; returns the new reservation.

        It stays booked by whoever had booked it: neither the calendar nor the fees are those of the lab that moves it. What
        stands goes on standing: raises Refusal where it would have to be asked for there.
        """
        before = reservation_row(self.row.id, self.actor)
        other = {"other_id": offer.instrument_id, "other_start": offer.start, "other_end": offer.end}
        cancel(self.actor, self.row.id, self._why(), self.decision.version, self.now, noted=other)
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
            payment=payment_of(self.row.id),
            stood_by_id=before.booker_id if before.state == "confirmed" else None,
        )
        made = book(self.actor, user, request, self.now)
        if before.state == "confirmed" and made.state == "requested":
            sentence, remedy = (
                N_("There it would have to be asked for first."),
                N_("Choose another time or instrument."),
            )
            raise Refusal([Reason("asks_there", None, sentence, {}, remedy)])
        db.session.execute(update(_TABLE).where(_TABLE.c.id == made.id).values(booker_id=before.booker_id))
        return made.id

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
