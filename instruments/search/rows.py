"""What is said of each instrument in a list of them, for many in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab


def instrument_rows(instrument_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Instrument, lab and institution of each id, as one row by id."""
    thing = Instrument
    rows = db.session.execute(
        select(
            thing.id, thing.name_en, thing.name_zh, thing.photo, thing.class_code, thing.status, thing.audience,
            thing.self_operated, thing.guided, thing.delegated, thing.remote, thing.city_en, thing.city_zh,
            thing.lab_id, thing.institution_id, thing.capacity,
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone,
            Lab.city_en.label("lab_city_en"), Lab.city_zh.label("lab_city_zh"),
            Institution.name_en.label("institution_en"), Institution.name_zh.label("institution_zh"),
            Institution.city_en.label("institution_city_en"), Institution.city_zh.label("institution_city_zh"),
        )
        .join(Lab, Lab.id == thing.lab_id)
        .join(Institution, Institution.id == thing.institution_id)
        .where(thing.id.in_(list(instrument_ids)))
    )  # fmt: skip
    return {row.id: row for row in rows}
