"""The classes that the instruments of a selection belong to, for choosing one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.utilization.naming import names_of
from instruments.utilization.sums import Selection

# A class with two digits that count holds all below it.
MAJOR = 2
# So many digits has a code as it is kept.
WHOLE = 6


def classes_of(chosen: Selection) -> list[tuple[str, str, str]]:
    """The major classes of these instruments, and the narrower one that is chosen: code, names. Two statements."""
    major = func.substr(Instrument.class_code, 1, MAJOR)
    used = select(major).where(*replace(chosen, class_code="").conditions()).distinct()
    rows = db.session.execute(
        select(func.substr(InstrumentClass.code, 1, MAJOR), InstrumentClass.name_en, InstrumentClass.name_zh)
        .where(InstrumentClass.parent_code.is_(None), func.substr(InstrumentClass.code, 1, MAJOR).in_(used))
        .order_by(InstrumentClass.code)
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    if not chosen.class_code or any(code == chosen.class_code for code, *_ in found):
        return found
    narrow = chosen.class_code.ljust(WHOLE, "0")
    names = names_of("class", [narrow]).get(narrow, (chosen.class_code, chosen.class_code))
    return [*found, (chosen.class_code, *names)]
