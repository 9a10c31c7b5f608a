"""The reservations behind figures of one instrument, or of what a group or the people of an institution reserved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    type_coerce,
)

from instruments.catalog.models import Instrument
from instruments.charges.models import Charge
from instruments.charges.states import LATE, REVERSED
from instruments.database import db
from instruments.people.models import Institution, Lab, Person
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import instant
from instruments.usage.kinds import CONFIRMED, WAITING
from instruments.usage.models import IS_ALIVE, InstrumentUse
from instruments.utilization.naming import told_names
from instruments.utilization.periods import Period, midnight
from instruments.utilization.reading import STOOD
from instruments.utilization.sums import Selection
from instruments.utilization.users import User

NO_SHOWS, LEAD, LATE_CANCELLED, UNUSED = "no_show_rate", "lead_time", "late_cancelled", "unused"
# The figures that count reservations, and not uses.
FIGURES = (NO_SHOWS, LEAD, LATE_CANCELLED, UNUSED)
_LONGEST = timedelta(seconds=LONGEST_SECONDS)
# As it stood when its use began, whatever was changed of it later; the same as in the summaries.
stood_from = func.coalesce(InstrumentUse.reserved_from, Reservation.starts_at)
stood_until = func.coalesce(InstrumentUse.reserved_until, Reservation.ends_at)
_MISSED = Reservation.state == "no_show"


@dataclass(frozen=True, slots=True)
class ReservedRow:
    """One reservation as it stood at its start: when it was made, whether nobody came, of whom and where; merged: of a
    company, which stands together with the others and is not named."""

    reservation_id: int
    instrument_id: int
    start: datetime
    end: datetime
    made: datetime
    state: str
    zone: str
    user_en: str
    user_zh: str
    customer_en: str
    customer_zh: str
    merged: bool

    @property
    def no_show(self) -> bool:
        """Whether nobody came."""
        return self.state == "no_show"

    @property
    def hours(self) -> float:
        """How long it was reserved."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def lead(self) -> float:
        """Hours from its making to its start, never below none."""
        return max(0.0, (self.start - self.made).total_seconds()) / 3600


def whose(
    user: User | None = None, instrument_id: int | None = None, chosen: Selection | None = None
) -> ColumnElement[bool]:
    """The reservations of an instrument, or of those chosen, of a group, or of everybody of an institution."""
    if instrument_id is not None:
        return Reservation.instrument_id == instrument_id
    if chosen is not None:
        return and_(*chosen.conditions())
    if user is not None and user.group_id:
        return Reservation.group_id == user.group_id
    return Reservation.institution_id == (user.institution_id if user else None)


def reserved_rows(
    of: ColumnElement[bool], period: Period, now: datetime, figure: str = NO_SHOWS, *, companies: bool = False,
    missed: bool = False, first: int = 0, most: int | None = None,
) -> list[ReservedRow]:  # fmt: skip
    """Those that a figure counts, in their order; of no-shows, these first. companies: they and their people are told by name;
    missed: those alone to which nobody came; from the first on at most so many. Two statements."""
    asked = (
        select(
            Reservation.id, Reservation.instrument_id, stood_from, stood_until, Reservation.created_at,
            Reservation.state, Lab.zone,
            Institution.kind, Person.name_en, Person.name_zh, Institution.name_en, Institution.name_zh,
        )
        .join(Person, Person.id == Reservation.user_id)
        .outerjoin(Institution, Institution.id == Reservation.institution_id)
    )  # fmt: skip
    asked = _counted(asked, of, period, now, figure, missed=missed)
    if figure == NO_SHOWS:
        asked = asked.order_by(None).order_by(case((_MISSED, 0), else_=1), stood_from, Reservation.id)
    rows = db.session.execute(asked.offset(first).limit(most) if most is not None else asked)
    return [ReservedRow(*row[:7], *told_names(*row[7:], companies=companies)) for row in rows]


@dataclass(frozen=True, slots=True)
class ReservedSums:
    """How many reservations a figure counts, to how many of them nobody came, and how many hours ahead all were made."""

    count: int
    no_shows: int
    lead: float


def reserved_sums(
    of: ColumnElement[bool], period: Period, now: datetime, figure: str, *, missed: bool = False
) -> ReservedSums:
    """What all of them come to, however few are shown. Two statements."""
    start, made = type_coerce(stood_from, BigInteger), type_coerce(Reservation.created_at, BigInteger)
    asked = select(
        func.count(),
        func.coalesce(func.sum(case((_MISSED, 1), else_=0)), 0),
        func.coalesce(func.sum(case((start > made, start - made), else_=0)), 0),
    )
    row = db.session.execute(_counted(asked, of, period, now, figure, missed=missed).order_by(None)).one()
    return ReservedSums(int(row[0]), int(row[1]), int(row[2]) / 3600)


def _counted(
    asked: Select[Any], of: ColumnElement[bool], period: Period, now: datetime, figure: str, *, missed: bool
) -> Select[Any]:
    # Alive, in the words of its index: without them SQLite makes an index of all uses for each question.
    used = and_(
        InstrumentUse.reservation_id == Reservation.id, IS_ALIVE, InstrumentUse.state.in_((WAITING, CONFIRMED))
    )  # fmt: skip
    asked = (
        asked.select_from(Reservation)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .outerjoin(InstrumentUse, used)
        .where(of, *([_MISSED] if missed else []))
        .order_by(stood_from, Reservation.id)
    )
    if figure == LATE_CANCELLED:
        return asked.join(Charge, Charge.reservation_id == Reservation.id).where(
            Charge.kind == LATE, Charge.state != REVERSED,
            Charge.service_on >= period.first, Charge.service_on < period.end,
        )  # fmt: skip
    return asked.where(Reservation.state.in_(STOOD), _within(period, now, overlaps=figure == UNUSED))


def _within(period: Period, now: datetime, *, overlaps: bool) -> ColumnElement[bool]:
    """Began in the period, or lies in it, on the wall of its lab and up to last midnight there. One statement."""
    parts, bounds = [], []
    for name in db.session.scalars(select(Lab.zone).distinct().order_by(Lab.zone)):
        zone = ZoneInfo(name)
        first, last = period.seconds(zone)
        since, until = instant(first), instant(min(last, midnight(now.astimezone(zone).date(), zone)))
        began = stood_until > since if overlaps else stood_from >= since
        parts.append(and_(Lab.zone == name, began, stood_from < until))
        bounds.append((since, until))
    if not parts:
        return false()
    # On the bare columns, which indexes know, and of all zones together, so that rows are gone through once.
    earliest, latest = min(since for since, _ in bounds), max(until for _, until in bounds)
    return and_(
        or_(*parts), Reservation.ends_at > earliest - _LONGEST, Reservation.starts_at < latest + _LONGEST
    )
