"""What speaks against the uses of instruments in a period: flags that nobody settled, and uses of whole days."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, and_, case, false, func, or_, select, type_coerce

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.timespan import instant
from instruments.usage.kinds import CONFIRMED, WAITING
from instruments.usage.models import InstrumentUse
from instruments.utilization.periods import Period, midnight
from instruments.utilization.sums import Selection

A_WHOLE_DAY = 24 * 3600
# Stands with a confirmed use of which something came in after its confirmation.
_LATE = InstrumentUse.flags.like("%late%")


class UseDoubts(NamedTuple):
    """How many uses carry flags that nobody settled, and how many last 24 hours or longer."""

    flagged: int = 0
    whole_days: int = 0


def use_doubts(chosen: Selection, period: Period, now: datetime) -> dict[int, UseDoubts]:
    """By instrument, of the uses that began in the period; only those that have any. Two statements."""
    length = type_coerce(InstrumentUse.ended_at, BigInteger) - type_coerce(
        InstrumentUse.started_at, BigInteger
    )
    flagged = and_(InstrumentUse.flags != "", or_(InstrumentUse.state == WAITING, _LATE))
    long = length >= A_WHOLE_DAY
    asked = (
        select(
            InstrumentUse.instrument_id, func.sum(case((flagged, 1), else_=0)), func.sum(case((long, 1), else_=0))
        )
        .join(Instrument, Instrument.id == InstrumentUse.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(
            *chosen.conditions(), InstrumentUse.state.in_((WAITING, CONFIRMED)), or_(flagged, long),
            or_(false(), *_began(period, now)),
        )
        .group_by(InstrumentUse.instrument_id)
    )  # fmt: skip
    return {row[0]: UseDoubts(int(row[1]), int(row[2])) for row in db.session.execute(asked)}


def _began(period: Period, now: datetime) -> list[ColumnElement[bool]]:
    """In the period on the wall of its lab, and up to last midnight there."""
    found = []
    for name in db.session.scalars(select(Lab.zone).distinct().order_by(Lab.zone)):
        zone = ZoneInfo(name)
        first, last = period.seconds(zone)
        last = min(last, midnight(now.astimezone(zone).date(), zone))
        found.append(
            and_(
                Lab.zone == name,
                InstrumentUse.started_at >= instant(first),
                InstrumentUse.started_at < instant(last),
            )
        )
    return found
