"""A lab's day: who is on what now, who has not come, what is still to come, and what waits for somebody of the lab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, false, select, type_coerce

from instruments.availability.calendar import Told, closures_between, told_apart
from instruments.availability.opening import midnight
from instruments.availability.shutting import closes_all
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookables
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.reservations.parts_closed import PartClosed, parts_closed
from instruments.timespan import Pair, clipped, subtract
from instruments.usage.customers_named import Names, customers_named
from instruments.usage.kinds import OFF, RUNNING, VOID
from instruments.usage.models import InstrumentUse
from instruments.usage.rules import UsageRules
from instruments.usage.setting import rules_of_many

HOUR = 3600
FIRST, LAST = 8, 20
# Of a lab with more instruments only those are looked at on which something happens.
MOST_LINES = 120
SHOWN = ("confirmed", "requested", "done", "no_show", "released")
_R: Any = Reservation.__table__
_STARTS, _ENDS, _HELD = (
    type_coerce(_R.c[name], BigInteger) for name in ("starts_at", "ends_at", "held_until")
)


@dataclass(frozen=True, slots=True)
class Stay:
    """One reservation or use of the day. state: asked, booked, late, in_use, done, gone (released or nobody came); customers:
    the names of those for whom a run was made."""

    state: str
    start: int
    end: int
    instrument_id: int
    row: Any
    use: Any
    customers: Names = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One instrument's day: its stays in order, when it is not open, what closes it whole and what closes some of its
    places, in UTC seconds. is_down: out of service, or closed by the lab now; of another day, all the time it were open.
    """

    instrument: Any
    stays: tuple[Stay, ...]
    closed: tuple[Pair, ...]
    shut: tuple[Told, ...]
    parts: tuple[PartClosed, ...]
    is_down: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The day of a lab, its board from `first` to `last` in UTC seconds.

    lines: its instruments in the order of their classes, of a lab with more than `MOST_LINES` those on which something
    happens; instruments, down: how many there are, and how many are out of service or closed. things: those of the lines
    and closures by their numbers; within: midnight to midnight; closures: what closes the lab (None) or one of them.
    """

    day: date
    first: int
    last: int
    lines: tuple[Line, ...]
    instruments: int
    down: int
    rules: Mapping[int, UsageRules]
    things: Mapping[int, Any]
    within: Pair
    closures: Mapping[int | None, Sequence[Told]]

    def stays(self, *states: str) -> list[Stay]:
        """The stays in these states, in order of time."""
        found = [stay for line in self.lines for stay in line.stays if stay.state in states]
        return sorted(found, key=lambda stay: (stay.start, stay.instrument_id))


def day_of(lab: Lab, day: date, reader: Actor, now: datetime) -> Day:
    """What a lab's day holds, as the reader is told it, in a constant number of statements."""
    zone = ZoneInfo(lab.zone)
    morning, night = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    rows = db.session.execute(select(Instrument.id, Instrument.status).where(*_of_lab(lab)))
    status = {number: each for number, each in rows}
    stays, rules = _stays(list(status), (morning, night), reader, int(now.timestamp()))
    shut = _shut(lab.id, list(status), morning, night)
    things = _things(lab, status, {*stays, *shut} - {None})
    edges = [edge for line in stays.values() for stay in line for edge in (stay.start, stay.end)]
    first = min([morning + FIRST * HOUR, *(max(edge, morning) // HOUR * HOUR for edge in edges)])
    last = max([morning + LAST * HOUR, *(min(-(-edge // HOUR) * HOUR, night) for edge in edges)])
    known = bookables()
    moment = int(now.timestamp()) if morning <= now.timestamp() < night else None

    def opened(number: int) -> Sequence[Pair]:
        return known[number].calendar.opened(first, last) if number in known else []

    lines = [
        _line(
            thing, stays.get(thing.id, ()), opened(thing.id), [*shut.get(None, ()), *shut.get(thing.id, ())],
            (first, last), moment,
        )
        for thing in things
    ]  # fmt: skip
    by_number = {thing.id: thing for thing in things}
    closed = shut.get(None, ())
    down = sum(line.is_down for line in lines) + sum(
        status[each] == "down" or (bool(closed) and _is_down(opened(each), closed, moment))
        for each in status.keys() - by_number.keys()
    )
    return Day(day, first, last, tuple(lines), len(status), down, rules, by_number, (morning, night), shut)


def _of_lab(lab: Lab) -> tuple[ColumnElement[bool], ...]:
    return (Instrument.lab_id == lab.id, Instrument.status != "retired")


def _things(lab: Lab, status: Mapping[int, str], touched: Collection[int]) -> Sequence[Row[Any]]:
    """The instruments that are drawn: all, or of a large lab those on which something happens, and the first that are
    out of service."""
    one = Instrument
    question = select(one.id, one.name_en, one.name_zh, one.status, one.class_code, one.capacity).order_by(
        one.class_code, one.name_en, one.id
    )
    if len(status) <= MOST_LINES:
        return db.session.execute(question.where(*_of_lab(lab))).all()
    down = [number for number, each in status.items() if each == "down"][:MOST_LINES]
    dialect = db.engine.dialect.name
    return db.session.execute(
        question.where(among(one.id, dialect)), {"numbers": as_parameter({*touched, *down}, dialect)}
    ).all()


def _line(
    thing: Any,
    stays: Sequence[Stay],
    opened: Sequence[Pair],
    told: Sequence[Told],
    shown: Pair,
    moment: int | None,
) -> Line:
    whole = [each for each in told if closes_all(each[4], thing.capacity)]
    left = subtract(clipped(opened, *shown), sorted(each[:2] for each in whole))
    parts = parts_closed(told, thing.capacity, left)
    down = thing.status == "down" or _is_down(opened, whole, moment)
    return Line(thing, tuple(stays), tuple(_gaps(opened, *shown)), tuple(whole), tuple(parts), down)


def _is_down(opened: Sequence[Pair], whole: Sequence[Told], moment: int | None) -> bool:
    shut = sorted(each[:2] for each in whole if each[2] != "busy")
    if moment is not None:
        return any(start <= moment < end for start, end in shut)
    return bool(opened) and not subtract(opened, shut)


def _gaps(opened: Sequence[Pair], first: int, last: int) -> list[Pair]:
    found, since = [], first
    for start, end in clipped(opened, first, last):
        found.append((since, start))
        since = end
    return [(start, end) for start, end in [*found, (since, last)] if start < end]


def _stays(
    numbers: Sequence[int], within: Pair, reader: Actor, now: int
) -> tuple[dict[int, list[Stay]], Mapping[int, UsageRules]]:
    """By instrument, and the rules of those instruments."""
    uses, reservations = _uses(numbers, *within, now), _reservations(numbers, *within)
    rules = rules_of_many({row.instrument_id for row in (*reservations, *uses)})
    by_reservation = {use.reservation_id: use for use in uses if use.reservation_id is not None}
    found: dict[int, list[Stay]] = {}
    seen, customers = set(), customers_named(reader, uses)
    for row in reservations:
        use = by_reservation.get(row.id)
        seen.add(row.id)
        stay = _stay(row, use, rules[row.instrument_id], now)
        found.setdefault(row.instrument_id, []).append(stay)
    for use in uses:
        if use.reservation_id not in seen:
            end = (
                int(use.ended_at.timestamp())
                if use.ended_at
                else max(now, int(use.started_at.timestamp()) + 60)
            )
            state = "in_use" if use.state == RUNNING else "done"
            stay = Stay(
                state,
                int(use.started_at.timestamp()),
                end,
                use.instrument_id,
                None,
                use,
                customers.get(use.id, ()),
            )
            found.setdefault(use.instrument_id, []).append(stay)
    for line in found.values():
        line.sort(key=lambda stay: (stay.start, stay.end))
    return found, rules


def _stay(row: Any, use: Any, rules: UsageRules, now: int) -> Stay:
    start, end = row.start, row.end
    if use is not None and use.state == RUNNING:
        state, start, end = "in_use", min(start, int(use.started_at.timestamp())), max(end, now)
    elif row.state in ("no_show", "released"):
        state, end = "gone", max(row.held, start + 1)
    elif row.state == "done" or row.end <= now:
        state, end = "done", max(row.held, start + 1)
    elif row.state == "requested":
        state = "asked"
    else:
        state = (
            "late"
            if row.start <= now and rules.check_in != OFF
            else "in_use"
            if row.start <= now
            else "booked"
        )
    return Stay(state, start, end, row.instrument_id, row, use)


def _reservations(numbers: Sequence[int], morning: int, night: int) -> Sequence[Row[Any]]:
    dialect = db.engine.dialect.name
    return db.session.execute(
        select(
            _R.c.id, _R.c.instrument_id, _STARTS.label("start"), _ENDS.label("end"), _HELD.label("held"), _R.c.state,
            _R.c.starts_at, _R.c.ends_at, _R.c.user_id, _R.c.booker_id, _R.c.version, _R.c.institution_id, _R.c.group_id,
            _R.c.title, Instrument.lab_id, Instrument.institution_id.label("owner_id"),
            Person.name_en.label("user_en"), Person.name_zh.label("user_zh"), Institution.kind.label("unit_kind"),
            Institution.name_en.label("unit_en"), Institution.name_zh.label("unit_zh"),
        )
        .join(Instrument, Instrument.id == _R.c.instrument_id)
        .join(Person, Person.id == _R.c.user_id)
        .outerjoin(Institution, Institution.id == _R.c.institution_id)
        .where(
            among(_R.c.instrument_id, dialect), _R.c.state.in_(SHOWN), morning < _ENDS, night > _STARTS,
            morning - LONGEST_SECONDS < _STARTS,
        )
        .order_by(_STARTS, _R.c.id),
        {"numbers": as_parameter(numbers, dialect)},
    ).all()  # fmt: skip


def _uses(numbers: Sequence[int], morning: int, night: int, now: int) -> Sequence[Any]:
    """Those of the day; what still runs lasts until now, and is nothing of a day to come."""
    one, dialect = InstrumentUse, db.engine.dialect.name
    starts, ends = type_coerce(one.started_at, BigInteger), type_coerce(one.ended_at, BigInteger)
    runs_on = one.ended_at.is_(None) if morning <= now else false()
    return db.session.execute(
        select(*one.__table__.c, Person.name_en.label("user_en"), Person.name_zh.label("user_zh"),
               Instrument.lab_id, Instrument.institution_id.label("owner_id"), Reservation.booker_id,
               Reservation.ends_at.label("held_ends_at"))
        .join(Instrument, Instrument.id == one.instrument_id)
        .outerjoin(Person, Person.id == one.user_id)
        .outerjoin(Reservation, Reservation.id == one.reservation_id)
        .where(among(one.instrument_id, dialect), one.state != VOID, night > starts,
               morning - LONGEST_SECONDS < starts, runs_on | (morning < ends)),
        {"numbers": as_parameter(numbers, dialect)},
    ).all()  # fmt: skip


def _shut(lab_id: int, numbers: Sequence[int], morning: int, night: int) -> dict[int | None, list[Told]]:
    """What closes the whole lab (None) and each of its instruments that day."""
    rows: dict[int | None, list[Row[Any]]] = {}
    for row in closures_between(numbers, [lab_id], morning, night):
        rows.setdefault(row.instrument_id, []).append(row)
    return {owner: told_apart(each) for owner, each in rows.items()}
