"""The classes that the instruments of a selection belong to, for choosing one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.utilization.sums import Selection

# A class with two digits that count holds all below it.
MAJOR = 2


def classes_of(chosen: Selection) -> list[tuple[str, str, str]]:
    """The major classes of these instruments, whatever class is chosen: code, names. One statement."""
    major = func.substr(Instrument.class_code, 1, MAJOR)
    used = select(major).where(*replace(chosen, class_code="").conditions()).distinct()
    rows = db.session.execute(
        select(func.substr(InstrumentClass.code, 1, MAJOR), InstrumentClass.name_en, InstrumentClass.name_zh)
        .where(InstrumentClass.parent_code.is_(None), func.substr(InstrumentClass.code, 1, MAJOR).in_(used))
        .order_by(InstrumentClass.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]
