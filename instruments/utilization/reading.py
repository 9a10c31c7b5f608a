"""Read what is known of many instruments over some time from the rooms below, in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, select, type_coerce

from instruments.availability.calendar import calendars
from instruments.availability.models import Closure
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Lab
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import Pair, subtract
from instruments.usage.counted import CountedUse, uses_counted
from instruments.utilization.cutting import Cut
from instruments.utilization.periods import midnight
from instruments.utilization.records import Outage, Record, Reserved, Session, Share, Whom

_RESERVATION: Any = Reservation.__table__
_CLOSURE: Any = Closure.__table__
# What stands at its start; what was given up before has one of the other states.
STOOD = ("confirmed", "released", "done", "no_show")
ALWAYS = (-(2**40), 2**40)


@dataclass(frozen=True, slots=True)
class Thing:
    """An instrument as far as figures ask for it; retired: the first day on which it was out of service."""

    id: int
    lab_id: int
    owner_id: int
    zone: ZoneInfo
    capacity: int
    audience: str
    commissioned: date | None
    retired: date | None
    asset_class: str = ""

    @property
    def in_service(self) -> Pair:
        """From its commissioning to its retirement on the wall of its lab, in UTC seconds."""
        first = midnight(self.commissioned, self.zone) if self.commissioned else ALWAYS[0]
        return first, max(first, midnight(self.retired, self.zone) if self.retired else ALWAYS[1])


def things(instrument_ids: Collection[int]) -> list[Thing]:
    """These instruments, in the order of their numbers. One statement."""
    dialect = db.engine.dialect.name
    asked = (
        select(
            Instrument.id, Instrument.lab_id, Instrument.institution_id, Lab.zone, Instrument.capacity,
            Instrument.audience, Instrument.commissioned_on, Instrument.retired_on,
            Instrument.university_asset_class,
        )
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(among(Instrument.id, dialect))
        .order_by(Instrument.id)
    )  # fmt: skip
    rows = db.session.execute(asked, {"numbers": as_parameter(list(instrument_ids), dialect)})
    return [Thing(*row[:3], ZoneInfo(row[3]), *row[4:]) for row in rows]


def records(of: Sequence[Thing], first: int, last: int, now: datetime) -> dict[int, Record]:
    """What happened to these instruments within [first, last) of UTC seconds, by their numbers."""
    [found] = records_of_each(of, [(first, last)], now)
    return found


def records_of_each(of: Sequence[Thing], periods: Sequence[Pair], now: datetime) -> list[dict[int, Record]]:
    """The same of several periods, one after another in time: all that happened is read once, and each use settled once."""
    numbers, first, last = [each.id for each in of], periods[0][0], periods[-1][1]
    cut = Cut(periods)
    shut = cut.closures(_closures(of, first, last))
    reserved, used = (
        cut.reserved(_reservations(numbers, first, last)),
        cut.used(_uses(numbers, first, last, now)),
    )
    hours = _hours(of, cut, first, last)
    return [
        {
            each.id: _record(each, hours[each.id][place], shut[place], reserved[place], used[place])
            for each in of
        }
        for place in range(len(periods))
    ]


def _hours(of: Sequence[Thing], cut: Cut, first: int, last: int) -> dict[int, list[tuple[Pair, ...]]]:
    """The published hours by instrument and period; those that share a calendar share the spans."""
    known = calendars()
    shared: dict[int, list[tuple[Pair, ...]]] = {}
    found = {}
    for each in of:
        calendar = known.get(each.id)
        if id(calendar) not in shared:
            shared[id(calendar)] = cut.hours(calendar.opened(first, last) if calendar else [])
        found[each.id] = shared[id(calendar)]
    return found


def used(of: Sequence[Thing], first: int, last: int, now: datetime) -> dict[int, Record]:
    """The same without open hours and reservations: what hours of use rest on, for whoever asks for no more."""
    shut, uses = _closures(of, first, last), _uses([each.id for each in of], first, last, now)
    return {
        each.id: Record(
            each.capacity, each.in_service, (), outages=_outages(_shut(each, shut)),
            sessions=[_session(use, each.owner_id) for use in uses.get(each.id, ())],
        )
        for each in of
    }  # fmt: skip


def whole_outages(of: Sequence[Thing], first: int, last: int) -> dict[int, list[Pair]]:
    """When all places of these instruments were down or in maintenance, of those of which there is any. One statement."""
    shut = _closures(of, first, last)
    found = {}
    for each in of:
        outages = [
            one for one in _outages(_shut(each, shut)) if one.places is None or one.places >= each.capacity
        ]
        if outages:
            found[each.id] = [(one.start, one.end) for one in outages]
    return found


def _shut(thing: Thing, shut: Any) -> list[Any]:
    return [*shut.get(("lab", thing.lab_id), ()), *shut.get(("instrument", thing.id), ())]


def _outages(closures: Iterable[Any]) -> list[Outage]:
    return [
        Outage(each.start, each.end, each.units, each.detail_kind == "breakdown")
        for each in closures
        if each.kind != "closed"
    ]


def _record(
    thing: Thing, hours: tuple[Pair, ...], shut: Any, reserved: Any, used: dict[int, list[CountedUse]]
) -> Record:
    closures = _shut(thing, shut)
    closed = [Outage(each.start, each.end, each.units) for each in closures if each.kind == "closed"]
    whole = [(each.start, each.end) for each in closed if each.places is None]
    uses = used.get(thing.id, ())
    stood = {each.reservation_id: each.reserved for each in uses if each.reserved}
    held = [(row[0], _reserved(*row, stood)) for row in reserved.get(thing.id, ())]
    whose = {number: each.whom for number, each in held}
    return Record(
        thing.capacity,
        thing.in_service,
        subtract(hours, whole) if whole else hours,
        [each for each in closed if each.places is not None],
        _outages(closures),
        [each for _, each in held],
        [_session(each, thing.owner_id, whose.get(each.reservation_id)) for each in uses],
    )


def _reserved(
    number: int, state: str, start: int, end: int, made: int, customer: int | None, group: int | None,
    person: int,
    stood: dict[int | None, Pair | None],
) -> Reserved:  # fmt: skip
    start, end = stood.get(number) or (start, end)
    return Reserved(
        start, end, state == "no_show", lead_seconds=max(0, start - made), customer=customer or 0, group=group or 0,
        person=person, number=number,
    )  # fmt: skip


def _session(use: CountedUse, owner_id: int, reserved_by: Whom | None = None) -> Session:
    shares = tuple([
        Share(
            institution_id or 0, group_id or 0, _is_outside(institution_id, person_id, owner_id), effective, samples, evidence,
            person_id or 0, attended,
        )
        for institution_id, group_id, person_id, effective, samples, evidence, attended in use.served
    ])  # fmt: skip
    persons = tuple({each.person_id for each in use.served if each.person_id is not None})
    return Session(
        use.id, use.started, use.attended, shares, use.confirmed, use.evidence, persons, reserved_by,
        use.reservation_id or 0,
    )  # fmt: skip


def _is_outside(institution_id: int | None, person_id: int | None, owner_id: int) -> bool:
    """Whether another legal person than the owner is served. Of whom nobody said who it was, that is not taken to be so."""
    return institution_id != owner_id and (institution_id is not None or person_id is not None)


def _seconds(table: Any, name: str) -> Any:
    return type_coerce(table.c[name], BigInteger)


def _closures(of: Iterable[Thing], first: int, last: int) -> dict[tuple[str, int], list[Any]]:
    """What shuts instruments and labs, by owner; few rows, so that all of the time are read at once."""
    start, end = _seconds(_CLOSURE, "starts_at"), _seconds(_CLOSURE, "ends_at")
    labs, numbers = {each.lab_id for each in of}, {each.id for each in of}
    found: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    c = _CLOSURE.c
    asked = select(
        c.lab_id, c.instrument_id, c.kind, c.detail_kind, c.units, start.label("start"), end.label("end")
    ).where(start < last, end > first)
    for row in db.session.execute(asked):
        if row.lab_id in labs:
            found["lab", row.lab_id].append(row)
        elif row.instrument_id in numbers:
            found["instrument", row.instrument_id].append(row)
    return found


def _reservations(
    numbers: Collection[int], first: int, last: int
) -> dict[int, list[tuple[int, str, int, int, int, int | None, int | None, int]]]:
    """The reservations that stood at their start, which overlap the time: number, state, start, end, when it was made, and
    of which institution and group, and for whom."""
    dialect = db.engine.dialect.name
    start, end = _seconds(_RESERVATION, "starts_at"), _seconds(_RESERVATION, "ends_at")
    c = _RESERVATION.c
    asked = (
        select(
            c.id, c.instrument_id, c.state, start.label("start"), end.label("end"),
            _seconds(_RESERVATION, "created_at").label("made"), c.institution_id, c.group_id, c.user_id,
        )
        .where(
            among(c.instrument_id, dialect), c.state.in_(STOOD),
            start > first - LONGEST_SECONDS, start < last, end > first,
        )
        .order_by(c.instrument_id, start)
    )  # fmt: skip
    found: defaultdict[int, list[Any]] = defaultdict(list)
    rows = db.session.execute(asked, {"numbers": as_parameter(list(numbers), dialect)})
    for number, instrument_id, *row in rows:
        found[instrument_id].append((number, *row))
    return found


def _uses(numbers: Collection[int], first: int, last: int, now: datetime) -> dict[int, list[CountedUse]]:
    found: defaultdict[int, list[CountedUse]] = defaultdict(list)
    for use in uses_counted(numbers, first, last, now):
        found[use.instrument_id].append(use)
    return found
