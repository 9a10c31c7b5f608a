"""Read what kinds need to know of entries of the journal: the reservation concerned, and who works at the lab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Row, or_, select, type_coerce

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.notices.kind import Booking, Happening
from instruments.notices.kinds.labs import STAFF
from instruments.notices.kinds.month_end import DEEDS as FOR_PAYERS
from instruments.notices.kinds.qualifications import ADMITTING
from instruments.notices.payers import payers_of
from instruments.people.holders import administrators, people_with
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.people.signing import today
from instruments.reservations.held import STARTS, overlapping
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import SeriesOccurrence

FOR_STAFF = (
    "reservation.created",
    "reservation.requested",
    "series.created",
    "series.requested",
    "fault.reported",
    "qualification.asked",
    "prices.published",
    "prices.declined",
    "prices.ended",
    "prices.withdrawn",
    "reservation.done",
    "uses.due",
    "formal_quote.accepted",
    "idle.asked",
)
REQUESTS = ("reservation.requested", "series.requested")
ASKED = ("reservation", "series")
FOR_ADMITTING = ("admission.asked",)
FOR_DECIDERS = ("violation.appealed", "dispute.raised", "dispute.escalated")
FOR_MANAGERS = ("calendar.announced", "prices.proposed")
FOR_NEXT_USERS = ("fault.known",)
# Who uses an instrument later than that reads what is known on their reservation.
NEXT = timedelta(days=14)
MOST_NEXT = 200
_RESERVATION: Any = Reservation.__table__


class Entry(NamedTuple):
    """An entry of the journal, as following.chunk reads it."""

    id: int
    at: datetime
    actor_id: int | None
    deed: str
    thing_kind: str
    thing_id: int
    lab_id: int | None
    institution_id: int | None
    detail: Mapping[str, Any]


_COLUMNS = (
    _RESERVATION.c.id, _RESERVATION.c.instrument_id, _RESERVATION.c.user_id, _RESERVATION.c.booker_id,
    STARTS.label("start"), type_coerce(_RESERVATION.c.ends_at, BigInteger).label("end"),
)  # fmt: skip


def happenings(found: Sequence[Row[Any]], now: datetime) -> list[Happening]:
    """The entries (rows of following.chunk), each with what belongs to it. Thirteen statements at most; one for each fault."""
    entries = [_by_itself(Entry(*row)) for row in found]
    concerned = {entry.thing_id for entry in entries if entry.thing_kind == "reservation"}
    bookings, handed = _bookings(concerned), _handed_over(concerned)
    staff = people_with(
        STAFF,
        {entry.lab_id for entry in entries if entry.deed in FOR_STAFF and entry.lab_id is not None},
        today(now),
    )
    admitting = people_with(
        ADMITTING, {entry.institution_id for entry in entries if entry.deed in FOR_ADMITTING}, today(now)
    )
    deciders = _deciders(
        {entry.lab_id for entry in entries if entry.deed in FOR_DECIDERS and entry.lab_id is not None}, now
    )
    managers = people_with(
        {Role.INSTITUTION_MANAGER},
        {entry.institution_id for entry in entries if entry.deed in FOR_MANAGERS},
        today(now),
    )
    answering = _answering([entry for entry in entries if entry.deed in REQUESTS], staff, now)
    payers = payers_of([entry for entry in entries if entry.deed in FOR_PAYERS], today(now))
    appeals = any(entry.deed in FOR_DECIDERS for entry in entries)
    above = frozenset(administrators(today(now))) if appeals else frozenset[int]()
    return [
        Happening(
            entry.id,
            entry.at,
            entry.actor_id,
            entry.deed,
            (entry.thing_kind, entry.thing_id),
            entry.detail,
            entry.lab_id,
            _next_users(entry) if entry.deed in FOR_NEXT_USERS else _as_then(entry, bookings, handed),
            frozenset(
                admitting.get(entry.institution_id, ())
                if entry.deed in FOR_ADMITTING
                else staff.get(entry.lab_id, ())
            ),
            frozenset(deciders.get(entry.lab_id, ())),
            frozenset(managers.get(entry.institution_id, ()) if entry.deed in FOR_MANAGERS else ()),
            above if entry.deed in FOR_DECIDERS else frozenset(),
            payers.get(entry.id, frozenset()),
            entry.institution_id,
            answering.get(entry.id, frozenset()),
        )
        for entry in entries
    ]


def _by_itself(entry: Entry) -> Entry:
    """A deed on a series that came to one of its dates alone, as a deed on that reservation: its time before and now, its
    page, and an invitation."""
    dates = entry.detail.get("dates", ()) if entry.thing_kind == "series" else ()
    if len(dates) != 1:
        return entry
    number, *span = dates[0]
    before, after = span[:2], span[2:]
    deed = entry.deed.replace("series.", "reservation.")
    is_moved = deed == "reservation.moved"
    times = {"from": before, "to": after} if is_moved else {"start": after[0], "end": after[1]}
    detail = {**times, "reason": entry.detail.get("reason", "")}
    return entry._replace(deed=deed, thing_kind="reservation", thing_id=number, detail=detail)


def _as_then(
    entry: Entry, bookings: Mapping[int, Booking], handed: Mapping[int, Sequence[tuple[int, int]]]
) -> tuple[Booking, ...]:
    """The reservation with the user it had then: it may have been handed over since. Of a series, as its entry tells it.

    A deed that is part of one on a series tells nobody: the entry of the series does, once for all.
    """
    if entry.thing_kind == "series":
        told = entry.detail
        whole = (told["instrument_id"], told["user_id"], told["booker_id"], told["start"], told["end"])
        return (Booking(entry.thing_id, *whole),)
    if "series" in entry.detail:
        return ()
    booking = bookings.get(entry.thing_id) if entry.thing_kind == "reservation" else None
    if booking is None:
        return ()
    had = (user_id for entry_id, user_id in handed.get(booking.id, ()) if entry_id > entry.id)
    return (booking._replace(user_id=next(had, booking.user_id)),)


def _next_users(entry: Entry) -> tuple[Booking, ...]:
    """The reservations of an instrument that were still to end and begin soon, by start."""
    first, last = int(entry.at.timestamp()), int((entry.at + NEXT).timestamp())
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(_RESERVATION.c.instrument_id == entry.thing_id, overlapping(first, last))
        .order_by(STARTS)
        .limit(MOST_NEXT)
    )
    return tuple(Booking(*row) for row in rows)


def _bookings(ids: Collection[int]) -> dict[int, Booking]:
    if not ids:
        return {}
    rows = db.session.execute(select(*_COLUMNS).where(_RESERVATION.c.id.in_(ids)))
    return {row.id: Booking(*row) for row in rows}


def _handed_over(ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """By reservation, when it was handed over (the entry's id), and who had it until then; oldest first."""
    if not ids:
        return {}
    entry = JournalEntry
    rows = db.session.execute(
        select(entry.thing_id, entry.id, entry.detail)
        .where(
            entry.thing_kind == "reservation",
            entry.thing_id.in_(ids),
            entry.deed == "reservation.handed_over",
        )
        .order_by(entry.id)
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for thing_id, entry_id, detail in rows:
        found.setdefault(thing_id, []).append((entry_id, detail["from_user_id"]))
    return found


def _answering(
    entries: Sequence[Entry], staff: Mapping[int, set[int]], now: datetime
) -> dict[int, frozenset[int]]:
    """By entry about a request, who may answer it: the lab's staff, or its managers alone. Two statements, none without
    requests."""
    if not entries:
        return {}
    one, link = Approval, SeriesOccurrence
    asked = {kind: {entry.thing_id for entry in entries if entry.thing_kind == kind} for kind in ASKED}
    rows = db.session.execute(
        select(one.reservation_id, link.series_id)
        .outerjoin(link, link.reservation_id == one.reservation_id)
        .where(
            one.managers_only.is_(True),
            or_(one.reservation_id.in_(asked["reservation"]), link.series_id.in_(asked["series"])),
        )
    ).all()
    alone = {("reservation", row.reservation_id) for row in rows} | {
        ("series", row.series_id) for row in rows
    }
    labs = {entry.lab_id for entry in entries if (entry.thing_kind, entry.thing_id) in alone}
    managers = people_with({Role.LAB_MANAGER}, labs, today(now))
    return {
        entry.id: frozenset(
            (managers if (entry.thing_kind, entry.thing_id) in alone else staff).get(entry.lab_id, ())
        )
        for entry in entries
    }


def _deciders(lab_ids: Collection[int], now: datetime) -> dict[int, set[int]]:
    """By lab, its managers and those of its institution. Three statements, none without labs."""
    if not lab_ids:
        return {}
    rows = db.session.execute(select(Lab.id, Lab.institution_id).where(Lab.id.in_(lab_ids)))
    homes = {row.id: row.institution_id for row in rows}
    there = people_with({Role.LAB_MANAGER}, lab_ids, today(now))
    above = people_with({Role.INSTITUTION_MANAGER}, set(homes.values()), today(now))
    return {lab_id: there.get(lab_id, set()) | above.get(home, set()) for lab_id, home in homes.items()}
