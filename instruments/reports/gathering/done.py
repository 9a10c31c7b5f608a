"""What was done with instruments in a period, as the Ministry's form asks for it: hours by purpose, people, projects, outputs.

Served for others is social service; inside the institution, teaching is teaching and everything else research. The three add
up to the hours by the clock. Uses belong to the period of their start, samples to that of their confirmation, and outputs,
which are entered by calendar year, to the last calendar year that is over within the period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reports.gathering.asked import Asked
from instruments.reservations.models import Reservation
from instruments.timespan import Pair
from instruments.usage.kinds import SELF
from instruments.usage.models import InstrumentUse
from instruments.usage.output_models import InstrumentOutput
from instruments.utilization.layers import layers_of
from instruments.utilization.reading import Thing, things, used
from instruments.utilization.records import Record

_USE: Any = InstrumentUse.__table__
_RESERVATION: Any = Reservation.__table__
_OUTPUT: Any = InstrumentOutput.__table__
TEACHING, RESEARCH, SERVICE = "teaching", "research", "service"
TRAINED = ("trained_students", "trained_teachers", "trained_others")
OUTPUTS = (
    "award_national",
    "award_provincial",
    "patent_teacher",
    "patent_student",
    "paper_indexed",
    "paper_core",
)
AT_ONCE = 500
DECEMBER = 12


def done_by(asked: Asked, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By instrument, the values of the sources `period.…`. A constant number of statements for 500 instruments of a zone."""
    outputs = outputs_of(numbers, [output_year(asked.period.last)])
    found: dict[int, dict[str, Any]] = {}
    for begin in range(0, len(numbers), AT_ONCE):
        by_zone: defaultdict[ZoneInfo, list[Thing]] = defaultdict(list)
        for thing in things(numbers[begin : begin + AT_ONCE]):
            by_zone[thing.zone].append(thing)
        for zone, some in by_zone.items():
            found |= _of_zone(asked, asked.period.seconds(zone), some)
    return {
        number: {f"period.{name}": value for name, value in (found[number] | outputs[number]).items()}
        for number in numbers
    }


def _of_zone(asked: Asked, period: Pair, some: Sequence[Thing]) -> dict[int, dict[str, Any]]:
    seen = used(some, *period, asked.now)
    uses = sorted({session.number for record in seen.values() for session in record.sessions})
    said = said_of(uses)
    return {thing.id: _of(seen[thing.id], period, said) for thing in some}


def said_of(use_ids: Sequence[int]) -> dict[int, Any]:
    """By use: its mode, project and trained people, and the purpose of its reservation. One statement."""
    dialect = db.engine.dialect.name
    asked = (
        select(
            _USE.c.id, _USE.c.mode, _USE.c.project, _USE.c.funding_source, _USE.c.rating, _USE.c.kind,
            _RESERVATION.c.purpose, *(_USE.c[name] for name in TRAINED),
        )
        .outerjoin(_RESERVATION, _RESERVATION.c.id == _USE.c.reservation_id)
        .where(among(_USE.c.id, dialect))
    )  # fmt: skip
    rows = db.session.execute(asked, {"numbers": as_parameter(use_ids, dialect)}) if use_ids else ()
    return {row.id: row for row in rows}


def _of(record: Record, period: Pair, said: dict[int, Any]) -> dict[str, Any]:
    layers = layers_of(record, period)
    hours: defaultdict[str, Fraction] = defaultdict(Fraction)
    projects: defaultdict[str, set[str]] = defaultdict(set)
    counts: defaultdict[str, int] = defaultdict(int)
    for session in record.sessions:
        use = said[session.number]
        began = period[0] <= session.started < period[1]
        for position, share in enumerate(session.shares):
            length = Fraction(layers.clock_parts.get((session.number, position), 0))
            purpose = _purpose(use, external=share.external)
            hours[purpose] += length
            hours["open"] += length if use.mode == SELF else 0
            # What was corrected to nothing was done for no project.
            if began and use.project and (share.effective or share.samples):
                projects[purpose].add(use.project)
        counts["samples"] += _samples(session, period)
        for name in TRAINED if began else ():
            counts[name] += getattr(use, name)
    return {
        "hours": Fraction(layers.clock),
        "open_hours": hours["open"],
        **{f"{purpose}_hours": hours[purpose] for purpose in (TEACHING, RESEARCH, SERVICE)},
        **{f"{purpose}_projects": len(projects[purpose]) for purpose in (TEACHING, RESEARCH, SERVICE)},
        **{name: counts[name] for name in ("samples", *TRAINED)},
    }


def _purpose(use: Any, *, external: bool) -> str:
    if external:
        return SERVICE
    return TEACHING if use.purpose == TEACHING else RESEARCH


def _samples(session: Any, period: Pair) -> int:
    confirmed = session.confirmed is not None and period[0] <= session.confirmed < period[1]
    return sum(share.samples for share in session.shares) if confirmed else 0


def output_year(last: date) -> int:
    """The last calendar year that is over at the end of this day."""
    return last.year if (last.month, last.day) == (DECEMBER, 31) else last.year - 1


def outputs_of(numbers: Sequence[int], years: Iterable[int]) -> dict[int, dict[str, int]]:
    """By instrument, how many of each kind came of it in these calendar years. One statement."""
    found = {number: dict.fromkeys(OUTPUTS, 0) for number in numbers}
    dialect = db.engine.dialect.name
    asked = (
        select(_OUTPUT.c.instrument_id, _OUTPUT.c.kind, func.sum(_OUTPUT.c.number).label("count"))
        .where(
            among(_OUTPUT.c.instrument_id, dialect),
            _OUTPUT.c.year.in_(list(years)),
            _OUTPUT.c.kind.in_(OUTPUTS),
        )
        .group_by(_OUTPUT.c.instrument_id, _OUTPUT.c.kind)
    )
    for row in db.session.execute(asked, {"numbers": as_parameter(numbers, dialect)}):
        found[row.instrument_id][row.kind] = int(row.count)
    return found
