"""What is said of each instrument in a list of them, for many in one statement."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Institution, Lab


def instrument_rows(instrument_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Instrument, lab and institution of each id, as one row by id."""
    dialect = db.engine.dialect.name
    rows = db.session.execute(_rows(dialect), {"numbers": as_parameter(instrument_ids, dialect)})
    return {row.id: row for row in rows}


@cache
def _rows(dialect: str) -> Select[Any]:
    """Plain columns, made once: no page does without it."""
    thing, lab, home = (model.__table__.c for model in (Instrument, Lab, Institution))
    return (
        select(
            thing.id, thing.name_en, thing.name_zh, thing.photo, thing.class_code, thing.status, thing.audience,
            thing.self_operated, thing.guided, thing.delegated, thing.remote, thing.city_en, thing.city_zh,
            thing.lab_id, thing.institution_id, thing.capacity,
            lab.name_en.label("lab_en"), lab.name_zh.label("lab_zh"), lab.zone,
            lab.city_en.label("lab_city_en"), lab.city_zh.label("lab_city_zh"),
            home.name_en.label("institution_en"), home.name_zh.label("institution_zh"),
            home.city_en.label("institution_city_en"), home.city_zh.label("institution_city_zh"),
        )
        .join_from(Instrument.__table__, Lab.__table__, lab.id == thing.lab_id)
        .join(Institution.__table__, home.id == thing.institution_id)
        .where(among(thing.id, dialect))
    )  # fmt: skip
