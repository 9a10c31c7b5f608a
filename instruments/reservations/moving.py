"""Move a reservation, or change what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.asking import carry_on, part_of, state_after
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import (
    is_overlap,
    particulars,
    refused_by_database,
)
from instruments.reservations.cutoff import cutoff_reasons
from instruments.reservations.judging import judge, wish_of
from instruments.reservations.lookup import require_change, reservation_row
from instruments.reservations.models import OPEN_STATES, Reservation
from instruments.reservations.overriding import keep_override
from instruments.reservations.paying.binding import lock_payers, rebind
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.payment import Payment
from instruments.reservations.qualified import note_second, qualified
from instruments.reservations.texts import reason_objections
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders

_TABLE: Any = Reservation.__table__


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be different; None leaves it. `reason` is for who reads the history; the rest: see Asking.

    series: the number of the series that is changed by the same deed, 0 for none. in_use: whoever uses the instrument at
    this moment stays longer, so no cut-off counts and nobody needs to explain it.
    """

    start: datetime | None = None
    end: datetime | None = None
    purpose: str | None = None
    title: str | None = None
    shows_name: bool | None = None
    reason: str = ""
    override: str = ""
    hazardous: bool | None = None
    second_id: int | None = None
    series: int = 0
    in_use: bool = False
    payment: Payment | None = None


def change(
    actor: Actor,
    user: Actor,
    reservation_id: int,
    wanted: Change,
    version: int | None,
    now: datetime,
    *,
    dry: bool = False,
) -> int:
    """Change a reservation and return its new version, inside a deed (dry: only check, without lock or deed).

    user: who uses it, whose audience counts; version: what the actor saw, None for any.
    Raises NotFound, Forbidden, Stale (412), Taken (409), or Refusal with every reason.
    """
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    asking = asking_of_change(actor, user, row, wanted)
    known = None
    if not dry:
        known = bookable(row.instrument_id)
        revision.lock([row.instrument_id])
        lock_holders(asking, known)
        lock_payers(asking.payment)
        row = reservation_row(reservation_id, actor)
    require_version(row, version)
    require_open(row, now)
    start, end = wanted.start or row.starts_at, wanted.end or row.ends_at
    more = [
        *particulars(wanted.purpose or row.purpose, wanted.title or ""),
        *reason_objections(wanted.reason),
        *([] if wanted.in_use else _unexplained(actor, row, wanted.reason)),
    ]
    if row.starts_at <= now and start != row.starts_at:
        more.append(_started(row, bookable(row.instrument_id).calendar.zone.key))
        start = row.starts_at
    state, judged = row.state, None
    if (start, end) != (row.starts_at, row.ends_at):
        more += [] if wanted.in_use else cutoff_reasons(actor, row, now, "moved")
        judged = judge(
            wish_of(start, end), row.instrument_id, asking, now,
            more=more, keeps_start=start == row.starts_at, locked=known,
        )  # fmt: skip
        state = state_after(actor, user, row, judged.thing, wish_of(start, end), now)
    elif more := [*more, *_against_second(asking, row, now)]:
        raise Refusal(more)
    if dry:
        return int(row.version)
    version = _write(actor, row, start, end, wanted, state, now)
    if asking.second_id != row.second_id:
        note_second(asking, bookable(row.instrument_id), row.id, wish_of(start, end), now)
    if judged is not None:
        spans = (wish_of(row.starts_at, row.ends_at), wish_of(start, end))
        rebind(asking, judged.thing, row.id, spans, now, by_lab=is_by_lab(actor, row))
        carry_on(actor, user, row, judged.thing, wish_of(start, end), state, now, wanted.series)
        keep_override(asking, judged.thing, row.id, judged.overridden, now)
    return version


def asking_of_change(actor: Actor, user: Actor, row: Any, wanted: Change) -> Asking:
    """Who asks for a change of this reservation, and what of it they would have different."""
    return Asking(
        actor, user, row.group_id, row.id, int(row.created_at.timestamp()), wanted.override,
        hazardous=row.hazardous if wanted.hazardous is None else wanted.hazardous,
        second_id=row.second_id if wanted.second_id is None else wanted.second_id,
        payment=wanted.payment or payment_of(row.id),
    )  # fmt: skip


def _against_second(asking: Asking, row: Any, now: datetime) -> list[Reason]:
    """Against another second person, or none with hazardous samples, where the time stays as it is."""
    if (asking.hazardous, asking.second_id) == (row.hazardous, row.second_id):
        return []
    wish = wish_of(row.starts_at, row.ends_at)
    found = qualified(asking, bookable(row.instrument_id), wish, int(now.timestamp()))
    return [reason for reason in found if reason.field == "second_person"]


def is_by_lab(actor: Actor, row: Any) -> bool:
    """Whether it is the lab that changes a reservation, and nobody of its user's side."""
    staff = may(actor, Action.RESERVATION_CHANGE, Scope(row.owner_id, row.lab_id))
    return staff and actor.person_id not in (row.user_id, row.booker_id)


def needs_reason(actor: Actor, row: Any) -> bool:
    """Whether who changes a reservation must say why: whose it is, and who booked it, are to read it."""
    return actor.person_id not in (row.user_id, row.booker_id)


def _unexplained(actor: Actor, row: Any, reason: str) -> Iterator[Reason]:
    if needs_reason(actor, row) and not reason.strip():
        remedy = N_("A few words are enough; they stay in its history.")
        yield Reason("no_reason", "reason", N_("Say why you change it."), {}, remedy)


def _started(row: Any, zone: str) -> Reason:
    """What was used stays on record, so what has begun is not moved away from it."""
    values = {"start": row.starts_at, "zone": zone}
    remedy = N_("Let it begin then, and end it earlier or later.")
    return Reason("started", "start", N_("This reservation has begun at %(start)s."), values, remedy)


def require_version(row: Any, version: int | None) -> None:
    """Raises Stale when the reservation is no longer what the actor saw."""
    if version is not None and row.version != version:
        sentence = N_("This reservation was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])


def require_open(row: Any, now: datetime) -> None:
    """Raises Refusal when there is nothing left to change: it is over, or was cancelled."""
    if row.state not in OPEN_STATES:
        raise Refusal(
            [
                Reason(
                    "not_open", None, N_("This reservation no longer stands."), {}, N_("Book again instead.")
                )
            ]
        )
    if row.ends_at <= now:
        raise Refusal([Reason("over", None, N_("This reservation is over."), {}, N_("Book again instead."))])


def _write(
    actor: Actor, row: Any, start: datetime, end: datetime, wanted: Change, state: str, now: datetime
) -> int:
    told: dict[str, Any] = {
        name: getattr(wanted, name) for name in ("purpose", "title", "shows_name", "hazardous", "second_id")
    }
    told = {name: value for name, value in told.items() if value is not None and value != getattr(row, name)}
    moved = (start, end) != (row.starts_at, row.ends_at)
    values = (
        {**told, "starts_at": start, "ends_at": end, "held_until": end, "state": state} if moved else told
    )
    if not values:
        return int(row.version)
    statement = (
        update(_TABLE)
        .where(_TABLE.c.id == row.id, _TABLE.c.version == row.version)
        .values(**values, changed_at=now, version=row.version + 1)
    )
    try:
        db.session.execute(statement)
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise refused_by_database(bookable(row.instrument_id), start, end) from error
    detail: dict[str, Any] = {**told, "reason": wanted.reason, **part_of(wanted.series)}
    if moved:
        detail |= {
            "from": [int(row.starts_at.timestamp()), int(row.ends_at.timestamp())],
            "to": [int(start.timestamp()), int(end.timestamp())],
        }
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.moved" if moved else "reservation.changed",
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail=detail,
    )
    return int(row.version) + 1
