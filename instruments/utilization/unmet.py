"""Demand that was not met in a period: wishes by class, of what was sought in a place, on its instruments, or by its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.reservations.demand.models import UnmetDemand
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection

_DEMAND: Any = UnmetDemand.__table__
AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What was sought of one class (none: of any): so often, for so many hours together."""

    class_code: str | None
    name_en: str
    name_zh: str
    times: int
    hours: float


def unmet(chosen: Selection, period: Period) -> list[Wish]:
    """By class, the most often first. One person, class and day count once (metrics.md, rule 11). One statement."""
    c = _DEMAND.c
    times, seconds = func.count(), func.sum(c.length_seconds)
    asked = (
        select(c.class_code, InstrumentClass.name_en, InstrumentClass.name_zh, times, seconds)
        .outerjoin(InstrumentClass, InstrumentClass.code == c.class_code)
        .outerjoin(Instrument, Instrument.id == c.instrument_id)
        .where(c.noted_on >= period.first, c.noted_on < period.end, *_conditions(chosen))
        .group_by(c.class_code, InstrumentClass.name_en, InstrumentClass.name_zh)
        .order_by(times.desc(), c.class_code)
    )
    return [
        Wish(row[0], row[1] or "", row[2] or "", row[3], row[4] / AN_HOUR)
        for row in db.session.execute(asked)
    ]


def _conditions(chosen: Selection) -> list[ColumnElement[bool]]:
    c, found = _DEMAND.c, []
    if chosen.institution_id is not None:
        found.append(
            or_(
                c.place_id == chosen.institution_id,
                c.asker_institution_id == chosen.institution_id,
                Instrument.institution_id == chosen.institution_id,
            )
        )
    if chosen.lab_id is not None:
        found.append(Instrument.lab_id == chosen.lab_id)
    if chosen.instrument_id is not None:
        found.append(c.instrument_id == chosen.instrument_id)
    if chosen.class_code:
        found.append(c.class_code.startswith(chosen.class_code, autoescape=True))
    return found
