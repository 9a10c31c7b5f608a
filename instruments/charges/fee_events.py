"""Time that was given up, read from the journal: late cancellations, late changes, no-shows; each once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, or_, select, type_coerce

from instruments.catalog.models import Instrument
from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge
from instruments.charges.states import LATE, NO_SHOW
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.holders import people_with
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.people.signing import today
from instruments.reservations.models import Approval, Displacement, Reservation
from instruments.reservations.price_models import ReservationPrice
from instruments.timespan import Pair

_RESERVATION: Any = Reservation.__table__
_PRICE: Any = ReservationPrice.__table__
_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
_ENTRY: Any = JournalEntry.__table__
_APPROVAL: Any = Approval.__table__
_DISPLACEMENT: Any = Displacement.__table__
_CHARGE: Any = Charge.__table__
CANCELLED, MOVED, RELEASED = "reservation.cancelled", "reservation.moved", "reservation.released"
STAFF = frozenset({Role.LAB_MANAGER, Role.LAB_OPERATOR})
# How far back is looked: the longest reservation, and the month in which it was given up.
BACK = timedelta(days=75)


@dataclass(frozen=True, slots=True)
class Event:
    """Time that was given up: when, by whom, which, and what of it was kept; booked_at: when it was last booked."""

    key: str
    kind: str
    row: Any
    lost: Pair
    kept: Pair | None
    at: int
    booked_at: int
    by_lab: bool


def events(now: datetime) -> list[Event]:
    """What was given up and is over, so that it is known who else paid for the time; not charged yet. Few statements."""
    c = _RESERVATION.c
    given_up = or_(c.state.in_(("cancelled", "no_show")), c.version > 1)
    found = _found(_reservations(c.starts_at >= now - BACK, c.starts_at <= now + BACK, given_up), now)
    found = [event for event in found if event.lost[1] <= now.timestamp()]
    gone = charged([event.key for event in found])
    return [event for event in found if event.key not in gone]


def event_of(reservation_id: int, key: str, now: datetime) -> Event | None:
    """What was given up of a reservation, as its fee names it; None where the journal no longer says so."""
    found = _found(_reservations(_RESERVATION.c.id == reservation_id), now)
    return next((event for event in found if event.key == key), None)


def _found(rows: Sequence[Any], now: datetime) -> list[Event]:
    histories = _histories(row.id for row in rows if row.version > 1)
    withdrawn = _withdrawn([row.id for row in rows if row.state == "cancelled"])
    put_there = _put_there([row.id for row in rows])
    staff = people_with(STAFF, {row.lab_id for row in rows}, today(now))
    return [
        event
        for row in rows
        for event in _events_of(
            row,
            histories.get(row.id, ()),
            withdrawn,
            staff.get(row.lab_id, frozenset()),
            put_there.get(row.id),
        )
    ]


def _reservations(*which: ColumnElement[bool]) -> Sequence[Any]:
    """Priced reservations."""
    c = _RESERVATION.c
    start, end = (type_coerce(c[name], BigInteger) for name in ("starts_at", "ends_at"))
    return db.session.execute(
        select(
            c.id, c.instrument_id, c.user_id, c.booker_id, c.group_id, c.state, c.version, start.label("start"),
            end.label("end"), type_coerce(c.created_at, BigInteger).label("created"), _INSTRUMENT.c.lab_id,
            _INSTRUMENT.c.institution_id.label("creditor_id"), _LAB.c.zone,
        )
        .join(_PRICE, _PRICE.c.reservation_id == c.id)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .where(*which)
        .order_by(c.id)
    ).all()  # fmt: skip


def _histories(reservation_ids: Iterable[int]) -> dict[int, list[Any]]:
    entry = _ENTRY.c
    asked = (
        select(
            entry.id, entry.thing_id, entry.deed, entry.actor_id, entry.detail,
            type_coerce(entry.at, BigInteger).label("at"),
        )
        .where(entry.thing_kind == "reservation", entry.deed.in_((CANCELLED, MOVED, RELEASED)))
        .order_by(entry.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, entry.thing_id, list(reservation_ids)):
        found.setdefault(row.thing_id, []).append(row)
    return found


def _withdrawn(reservation_ids: Collection[int]) -> set[int]:
    """Requests that were taken back before the lab had agreed: nothing was given up."""
    asked = select(_APPROVAL.c.reservation_id).where(_APPROVAL.c.decision == "withdrawn")
    return {row.reservation_id for row in rows_among(asked, _APPROVAL.c.reservation_id, reservation_ids)}


def _put_there(reservation_ids: Collection[int]) -> dict[int, int]:
    """Those that a closure moved to where they are, and when: nobody but the lab chose that time."""
    one = _DISPLACEMENT.c
    present = func.coalesce(one.replaced_by_id, one.reservation_id)
    asked = select(present.label("id"), type_coerce(one.decided_at, BigInteger).label("at"))
    asked = asked.where(one.outcome == "moved").order_by(one.id)
    return {row.id: row.at for row in rows_among(asked, present, reservation_ids)}


def _events_of(
    row: Any,
    history: Iterable[Any],
    withdrawn: Collection[int],
    staff: Collection[int],
    put_there: int | None,
) -> Iterator[Event]:
    booked_at, given_back = row.created, None
    for entry in _as_if_never(history):
        by_staff = entry.actor_id not in (row.user_id, row.booker_id) and entry.actor_id in staff
        by_lab = by_staff or (put_there is not None and entry.at >= put_there)
        if entry.deed == MOVED and not by_staff:
            put_there = None  # from now on it stands where its user chose
        if entry.deed == MOVED and "from" in entry.detail:
            (start, end), to = entry.detail["from"], tuple(entry.detail["to"])
            yield Event(f"fee:{row.id}:{entry.id}", LATE, row, (start, end), to, entry.at, booked_at, by_lab)
            booked_at = entry.at
        elif entry.deed == CANCELLED and row.id not in withdrawn:
            yield Event(
                f"fee:{row.id}:{entry.id}", LATE, row, (row.start, row.end), None, entry.at, booked_at, by_lab
            )
        elif entry.deed == RELEASED:
            given_back = (entry, by_lab)
    if row.state == "released" and given_back is not None and row.created < row.start:
        # Given back once it had begun, unused: nobody cancels later. A walk-up that is taken back was never reserved.
        entry, by_lab = given_back
        yield Event(
            f"fee:{row.id}:{entry.id}", LATE, row, (row.start, row.end), None, entry.at, booked_at, by_lab
        )
    if row.state == "no_show":
        yield Event(
            f"fee:{row.id}:no_show", NO_SHOW, row, (row.start, row.end), None, row.end, booked_at, False
        )


def _as_if_never(history: Iterable[Any]) -> list[Any]:
    """What happened, without what was taken back by one tap and what took it back: nothing was given up by either."""
    stands: list[Any] = []
    for entry in history:
        if entry.deed == MOVED and entry.detail.get("undo"):
            stands = _without_last_move(stands)
        else:
            stands.append(entry)
    return stands


def _without_last_move(entries: list[Any]) -> list[Any]:
    moves = [place for place, entry in enumerate(entries) if entry.deed == MOVED]
    return [entry for place, entry in enumerate(entries) if place not in moves[-1:]]


def charged(keys: Collection[str]) -> set[str]:
    """Those of the keys of fees that were charged."""
    found: set[str] = set()
    wanted = list(keys)
    for first in range(0, len(wanted), 500):
        asked = select(_CHARGE.c.key).where(_CHARGE.c.key.in_(wanted[first : first + 500]))
        found |= set(db.session.scalars(asked))
    return found
