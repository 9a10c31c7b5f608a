"""Which live reservations lie where the published hours do not open, as they are or as they would be after a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select

from instruments.availability.calendar import Calendar, calendar_after
from instruments.availability.proposed import Change
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.displacing import told_columns
from instruments.reservations.held import HELD_UNTIL, STARTS
from instruments.reservations.models import OPEN_STATES, Override, Reservation
from instruments.reservations.overriding import HOURS_OF_OTHERS
from instruments.timespan import Pair, Timespan, subtract

MOST_DECIDED = 2000


@dataclass(frozen=True, slots=True)
class _Held:
    """One live reservation, from now on: of which instrument, and of whom."""

    id: int
    start: int
    end: int
    thing: Bookable
    user_id: int


def outside_hours(instrument_ids: Collection[int], now: datetime) -> list[int]:
    """The live reservations of these instruments, not over, that lie wholly or partly outside the hours published for
    whoever uses them, by start. A constant number of statements.
    """
    rows = _all_held(instrument_ids, now)
    circles = _Circles(rows, now)
    return [each.id for each in rows if not _is_open(each.thing.calendar, each, circles)]


def falling_outside(instrument_ids: Collection[int], change: Change, now: datetime) -> list[int]:
    """Those that lie within the hours as they are and would not after the change, by start, as outside_hours."""
    rows = _all_held(instrument_ids, now)
    circles = _Circles(rows, now)
    after: dict[tuple[int, str], Calendar] = {}
    found = []
    for each in rows:
        present, key = each.thing.calendar, (id(each.thing.calendar), each.thing.audience)
        changed = after.get(key)
        if changed is None:
            hours = change(present.hours)
            # Unchanged hours stay the same object, with all that it has opened.
            same = hours == present.hours
            changed = after[key] = present if same else calendar_after(present, hours, each.thing.audience)
        if changed is present or not _is_open(present, each, circles):
            continue
        if not _is_open(changed, each, circles):
            found.append(each.id)
    return found


def still_within(lost: Sequence[Row[Any]], now: datetime) -> list[Row[Any]]:
    """Those of these spans (id, instrument_id, user_id, starts_at, ends_at) that lie within the hours as they are by now for
    whoever had them. A constant number of statements.
    """
    known = bookables() if lost else {}
    spans = {
        row.id: _Held(
            row.id,
            *Timespan(row.starts_at, row.ends_at).seconds,
            known[row.instrument_id],
            row.user_id,
        )
        for row in lost
        if row.instrument_id in known
    }
    circles = _Circles(list(spans.values()), now)
    within = {number for number, each in spans.items() if _is_open(each.thing.calendar, each, circles)}
    return [row for row in lost if row.id in within]


def told_by_id(reservation_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These reservations by start; rows as of displacing.in_the_way. One statement."""
    one, dialect = Reservation, db.engine.dialect.name
    return db.session.execute(
        select(
            *told_columns(), one.version, one.user_id, STARTS.label("start"), HELD_UNTIL.label("end"),
            Instrument.lab_id, Instrument.institution_id.label("owner_id"),
        )
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Person, Person.id == one.user_id)
        .where(among(one.id, dialect))
        .order_by(STARTS, one.id),
        {"numbers": as_parameter(reservation_ids, dialect)},
    ).all()  # fmt: skip


def _all_held(instrument_ids: Collection[int], now: datetime) -> list[_Held]:
    known = bookables()
    moment, dialect = int(now.timestamp()), db.engine.dialect.name
    let = exists().where(Override.reservation_id == Reservation.id, Override.rules.contains(HOURS_OF_OTHERS))
    rows = db.session.execute(
        select(Reservation.id, STARTS, HELD_UNTIL, Reservation.instrument_id, Reservation.user_id)
        .where(
            among(Reservation.instrument_id, dialect),
            Reservation.live,
            Reservation.state.in_(OPEN_STATES),
            moment < HELD_UNTIL,
            # Whom the lab's staff let use the hours of others lies where they wanted it.
            ~let,
        )
        .order_by(STARTS, Reservation.id),
        {"numbers": as_parameter(instrument_ids, dialect)},
    )
    return [
        _Held(number, max(start, moment), end, known[instrument_id], user_id)
        for number, start, end, instrument_id, user_id in rows
        if instrument_id in known
    ]


class _Circles:
    """The circle of the audience that each user belongs to, looked up for all at once, and only where it matters."""

    def __init__(self, rows: Sequence[_Held], now: datetime) -> None:
        self._ids, self._now = {row.user_id for row in rows}, now
        self._actors: Mapping[int, Actor] | None = None

    def of(self, held: _Held) -> str | None:
        """None for users who are gone: for them, what is open to anybody counts."""
        if self._actors is None:
            self._actors = actors_by_ids(self._ids, self._now)
        actor = self._actors.get(held.user_id)
        return held.thing.circle_of(actor) if actor else None


def _is_open(calendar: Calendar, held: _Held, circles: _Circles) -> bool:
    wish: Pair = (held.start, held.end)
    mine = calendar.of(circles.of(held)) if calendar.by_circle else calendar
    return not subtract([wish], mine.opened(*wish))
