"""Check in to a reservation: its use begins; say what is being done; take it back while it is fresh."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_
from instruments.people.rights import Action, Actor
from instruments.reservations import ending
from instruments.reservations.bookable import bookable
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import require_version
from instruments.reservations.paying.binding import let_go
from instruments.timespan import Pair, crowded, instant
from instruments.usage.countable import booked, keep_counts
from instruments.usage.finishing import end_by_rule
from instruments.usage.keeping import (
    SPAN,
    add_span,
    change_use,
    close_spans,
    make_use,
    note_use,
)
from instruments.usage.kinds import ATTENDED, EFFECTIVE, RESERVATION, RUNNING, SCAN, VOID
from instruments.usage.lookup import (
    lock_running,
    refuse,
    require,
    require_use_version,
    running_on,
    use_again,
    use_of,
    use_row,
)
from instruments.usage.rules import EARLY, UNDO

_RESERVATION: Any = Reservation.__table__


def check_in(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> int:
    """Begin the use of a reservation, inside a deed; the use's number.

    version: of the reservation, None for any. Whoever comes after a no-show was noted gets the rest of their time if
    nobody took it. Raises NotFound, Forbidden, Stale, Taken, or Refusal.
    """
    row = reservation_row(reservation_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    require_time(row, now)
    if use_of(reservation_id) is not None:
        raise refuse("checked_in", N_("This reservation is checked in already."))
    make_room(row.instrument_id, now)
    if now < row.starts_at:
        _require_free_before(row, now)
    if row.state == ending.NO_SHOW:
        ending.stand_again(row, now, actor.person_id)
    chosen = booked(row.id)
    number = make_use(
        now, instrument_id=row.instrument_id, reservation_id=row.id, kind=RESERVATION, user_id=row.user_id,
        institution_id=row.institution_id, group_id=row.group_id, reserved_from=row.starts_at,
        reserved_until=row.ends_at, started_at=now, state=RUNNING, samples=chosen.samples,
    )  # fmt: skip
    keep_counts(number, chosen.counts)
    add_span(number, ATTENDED, (now, None), now, grade=SCAN, recorded_by_id=actor.person_id)
    note_use(use_again(number), "started", now, actor.person_id)
    return number


def require_time(row: Any, now: datetime) -> None:
    """Raises Refusal unless this reservation may be checked in at this moment."""
    zone = bookable(row.instrument_id).calendar.zone.key
    if row.state not in (ending.CONFIRMED, ending.NO_SHOW):
        raise refuse("not_confirmed", N_("Only a confirmed reservation can be checked in."))
    if now >= row.ends_at:
        remedy = N_("Ask the lab to record when it was used.")
        raise refuse("over", N_("This reservation is over."), remedy)
    earliest = instant(int(row.starts_at.timestamp()) - EARLY)
    if now < earliest:
        remedy = N_("Check in at %(earliest)s or later.")
        begins = N_("It begins at %(start)s.")
        begins = N_("It begins at %(start)s.")
        raise refuse("too_early", begins, remedy, start=row.starts_at, earliest=earliest, zone=zone)


def can_check_in(row: Any, now: datetime) -> bool:
    """Whether a check-in to a reservation without a use would be accepted at this moment: what `check_in` asks, asked ahead."""
    starts, ends = row.starts_at, row.ends_at
    if row.state not in (ending.CONFIRMED, ending.NO_SHOW):
        return False
    if not instant(int(starts.timestamp()) - EARLY) <= now < ends:
        return False
    if not can_make_room(row.instrument_id, now):
        return False
    if now < starts and crowded_over(row.instrument_id, (_seconds(now), _seconds(starts)), row.id):
        return False
    return row.state == ending.CONFIRMED or can_stand_again(row.id)


def can_make_room(instrument_id: int, now: datetime) -> bool:
    """Whether somebody finds a place: one is free, or what holds it was forgotten."""
    running = running_on(instrument_id)
    forgotten = any(row.held_ends_at is not None and row.held_ends_at <= now for row in running)
    room = bookable(instrument_id).capacity - len(running)
    return room >= 1 or (room == 0 and forgotten)


def can_stand_again(reservation_id: int) -> bool:
    """Whether nobody took the time since that a reservation gave up."""
    row = reservation_row(reservation_id, None)
    held, ends = _seconds(row.held_until), _seconds(row.ends_at)
    return held >= ends or not crowded_over(row.instrument_id, (held, ends), row.id)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def make_room(instrument_id: int, now: datetime) -> None:
    """End what was forgotten on an instrument as soon as somebody else comes. Raises Refusal while all places are used."""
    running = running_on(instrument_id)
    over = [row for row in running if row.held_ends_at is not None and row.held_ends_at <= now]
    room = bookable(instrument_id).capacity - len(running)
    for row in over[: max(0, 1 - room)]:
        end_by_rule(row, now)
        room += 1
    if room < 1:
        remedy = N_("It has to be finished first; the lab can do that.")
        raise refuse("in_use", N_("Somebody else is using the instrument."), remedy)


def _require_free_before(row: Any, now: datetime) -> None:
    """Whoever comes early uses nobody else's time."""
    span = (int(now.timestamp()), int(row.starts_at.timestamp()))
    if crowded_over(row.instrument_id, span, row.id):
        raise refuse(
            "not_free_before", N_("Until %(start)s the instrument is reserved for somebody else."),
            start=row.starts_at, zone=bookable(row.instrument_id).calendar.zone.key,
        )  # fmt: skip


def crowded_over(instrument_id: int, span: Pair, apart_from: int = 0) -> bool:
    """Whether all places of an instrument are held at some moment of a span."""
    mine = (_RESERVATION.c.instrument_id == instrument_id) & (_RESERVATION.c.id != apart_from)
    held = db.session.execute(select(STARTS, HELD_UNTIL).where(mine, overlapping(*span))).all()
    cut = [(max(start, span[0]), min(end, span[1])) for start, end in held]
    return bool(crowded(cut, bookable(instrument_id).capacity))


def begin_phase(actor: Actor, use_id: int, layer: str, version: int | None, now: datetime) -> int:
    """Say what is done from now on (preparation, measurement or post-processing); what was done before ends."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    row = use_again(use_id)
    require_use_version(row, version)
    if row.state != RUNNING:
        raise refuse("not_running", N_("This use is finished already."))
    if layer not in EFFECTIVE:
        raise refuse("layer", N_("Choose preparation, measurement or post-processing."), field="layer")
    closed = []
    for number, start in db.session.execute(
        select(SPAN.c.id, SPAN.c.started_at).where(
            SPAN.c.use_id == row.id, SPAN.c.ended_at.is_(None), SPAN.c.layer.in_(EFFECTIVE)
        )
    ).all():
        ended = max(now, instant(int(start.timestamp()) + 1))
        db.session.execute(SPAN.update().where(SPAN.c.id == number).values(ended_at=ended))
        closed.append(number)
    add_span(row.id, layer, (now, None), now, grade=SCAN, recorded_by_id=actor.person_id)
    change_use(row, now)
    note_use(row, "phase", now, actor.person_id, layer=layer, undo={"closed": closed})
    return int(row.version) + 1


def undo_check_in(actor: Actor, use_id: int, version: int | None, now: datetime) -> None:
    """Take a check-in back as long as it is fresh: the use stays on record as void. Raises as `check_in` does."""
    row = lock_running(actor, use_id, version)
    require_fresh(row.started_at, now)
    close_spans(row.id, now)
    change_use(row, now, state=VOID, ended_at=max(now, row.started_at))
    if row.reserved_from is None and row.reservation_id is not None:
        _give_back(row, now, actor)
    note_use(row, "undone", now, actor.person_id)


def _give_back(row: Any, now: datetime, actor: Actor) -> None:
    """The time that a walk-up held is free again, and so is the money."""
    held = reservation_row(row.reservation_id, None)
    if held.state == ending.CONFIRMED:
        ending.end_as(held, ending.RELEASED, held.starts_at, now, actor.person_id)
        let_go([held.id], now, actor.person_id)


def require_fresh(done_at: datetime, now: datetime) -> None:
    """Raises Refusal when something was done too long ago to be taken back by one tap."""
    if int(now.timestamp()) > int(done_at.timestamp()) + UNDO:
        remedy = N_("The lab can correct the hours, with a reason.")
        raise refuse("too_late_to_undo", N_("This was too long ago to take it back."), remedy)
