"""The walls that windows are read on: a lab's zone, and what the days of its institution are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from instruments.availability.day_models import CalendarDay
from instruments.availability.days import HAND
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.rates.finding import Place, zone_of
from instruments.rates.windows import Wall

_DAY: Any = CalendarDay.__table__
A_DAY = timedelta(days=1)


def walls_of(places: Collection[Place], first: date, last: date) -> dict[tuple[int, str], Wall]:
    """The wall of each place by (institution, zone), good from one date to another. One statement."""
    days = day_kinds({place.lab.institution_id for place in places}, first - A_DAY, last + A_DAY)
    keys = {(place.lab.institution_id, place.zone) for place in places}
    return {key: Wall(zone_of(key[1]), days.get(key[0], {})) for key in keys}


def day_kinds(institution_ids: Collection[int], first: date, last: date) -> dict[int, dict[date, str]]:
    """What the days of institutions are where they are not what their weekday says; by hand before announced."""
    dialect, day = db.engine.dialect.name, _DAY.c
    rows = db.session.execute(
        select(day.institution_id, day.day, day.kind)
        .where(among(day.institution_id, dialect), day.day >= first, day.day <= last)
        # What was entered by hand comes last, so that it stands.
        .order_by(day.source == HAND),
        {"numbers": as_parameter(institution_ids, dialect)},
    )
    found: dict[int, dict[date, str]] = {}
    for institution_id, on, kind in rows:
        found.setdefault(institution_id, {})[on] = kind
    return found
