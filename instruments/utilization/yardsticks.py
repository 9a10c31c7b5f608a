"""What rated hours go by of every instrument: kept in this process for one revision of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Engine, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.rated import yardstick_of
from instruments.utilization.sums import Selection

_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__


class Held(NamedTuple):
    """Where an instrument stands, by which yardstick it is held, and when it came into service and left."""

    id: int
    institution_id: int
    lab_id: int
    class_code: str | None
    yardstick: str | None
    zone: str
    commissioned: date | None
    retired: date | None


def held(chosen: Selection, number: int) -> Iterable[Held]:
    """The instruments of a selection, as of this revision of the catalogue, which has just been read. No statement where they
    are known, else one."""
    every = _every(db.engine, number)
    if chosen.instrument_id is not None:
        one = every.get(chosen.instrument_id)
        return [one] if one and chosen.holds(one) else []
    return [each for each in every.values() if chosen.holds(each)] if chosen.shape else every.values()


@lru_cache(maxsize=2)
def _every(_engine: Engine, _number: int) -> dict[int, Held]:
    c = _INSTRUMENT.c
    asked = (
        select(
            c.id, c.institution_id, c.lab_id, c.class_code, c.university_asset_class,
            c.national_record["category"].as_string(), _LAB.c.zone, c.commissioned_on, c.retired_on,
        )
        .join(_LAB, _LAB.c.id == c.lab_id)
        .order_by(c.id)
    )  # fmt: skip
    return {
        row[0]: Held(*row[:4], yardstick_of(row[4] or "", row[5] or ""), *row[6:])
        for row in db.session.execute(asked)
    }
