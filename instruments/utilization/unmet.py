"""Demand that was not met in a period: wishes by class and place, of what was sought in a place, on its instruments, or by
its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, or_, select, type_coerce

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.people.models import Institution
from instruments.reservations.demand.models import UnmetDemand
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection

_DEMAND: Any = UnmetDemand.__table__
AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What was sought of one class (none: of any) in one place (none: anywhere): so often, for so many hours together.

    place: an institution by its number and names; city: one that was chosen instead.
    """

    class_code: str | None
    name_en: str
    name_zh: str
    times: int
    hours: float
    place_id: int | None = None
    place_en: str = ""
    place_zh: str = ""
    city: str = ""


def unmet(chosen: Selection, period: Period) -> list[Wish]:
    """By class and place, the most often first. One person, class and day count once (metrics.md, rule 11). One statement."""
    return _found(_conditions(chosen), period)


def unmet_of_people(institution_id: int, period: Period) -> list[Wish]:
    """The same of what people of an institution looked for, wherever. One statement."""
    return _found([_DEMAND.c.asker_institution_id == institution_id], period)


def _found(conditions: list[ColumnElement[bool]], period: Period) -> list[Wish]:
    c, kind, place = _DEMAND.c, InstrumentClass, Institution
    times, seconds = func.count(), func.sum(type_coerce(c.length_seconds, BigInteger))
    keys = (
        c.class_code, kind.name_en, kind.name_zh, c.place_id, place.name_en, place.name_zh, c.city,
    )  # fmt: skip
    asked = (
        select(*keys, times, seconds)
        .outerjoin(kind, kind.code == c.class_code)
        .outerjoin(place, place.id == c.place_id)
        .outerjoin(Instrument, Instrument.id == c.instrument_id)
        .where(c.noted_on >= period.first, c.noted_on < period.end, *conditions)
        .group_by(*keys)
    )
    found = [
        Wish(
            row[0], row[1] or "", row[2] or "", row[7], int(row[8]) / AN_HOUR, row[3], row[4] or "", row[5] or "",
            row[6] or "",
        )
        for row in db.session.execute(asked)
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.times, each.class_code or "", each.place_id or 0, each.city))


def by_class(wishes: Iterable[Wish]) -> list[Wish]:
    """The same whatever the place, the most often first."""
    groups: defaultdict[str | None, list[Wish]] = defaultdict(list)
    for wish in wishes:
        groups[wish.class_code].append(wish)
    found = [
        replace(
            some[0], times=sum(each.times for each in some), hours=sum(each.hours for each in some),
            place_id=None, place_en="", place_zh="", city="",
        )
        for some in groups.values()
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.times, each.class_code or ""))


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
