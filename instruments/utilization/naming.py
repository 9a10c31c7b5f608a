"""The names of the places that figures stand beside, many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.utilization.customers import COMPANY

_BY: dict[str, Any] = {
    "institution": Institution, "lab": Lab, "class": InstrumentClass, "instrument": Instrument,
    "group": ResearchGroup,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Which:
    """Which instrument it is among all of its name: its lab, its institution, and the number under which that has it."""

    name_en: str
    name_zh: str
    institution_en: str
    institution_zh: str
    lab_en: str
    lab_zh: str
    asset_number: str


def which_of(instrument_ids: Collection[int]) -> dict[int, Which]:
    """The same by number of the instrument. One statement."""
    if not instrument_ids:
        return {}
    dialect = db.engine.dialect.name
    asked = (
        select(
            Instrument.id, Instrument.name_en, Instrument.name_zh, Institution.name_en, Institution.name_zh, Lab.name_en,
            Lab.name_zh, Instrument.asset_number,
        )
        .join(Lab, Lab.id == Instrument.lab_id)
        .join(Institution, Institution.id == Instrument.institution_id)
        .where(among(Instrument.__table__.c.id, dialect))
    )  # fmt: skip
    rows = db.session.execute(asked, {"numbers": as_parameter(instrument_ids, dialect)})
    return {row[0]: Which(*row[1:]) for row in rows}


def names_in(which: Mapping[int, Which]) -> dict[int, tuple[str, str]]:
    """English and Chinese names alone, of instruments of which it is known which they are."""
    return {number: (each.name_en, each.name_zh) for number, each in which.items()}


def told_names(kind: str | None, *names: str | None, companies: bool) -> tuple[str, str, str, str, bool]:
    """Names of a user and of their institution of this kind, and whether it is merged with other companies and not named; nor are
    its people then, whose names would give it away."""
    if kind == COMPANY and not companies:
        return "", "", "", "", True
    user_en, user_zh, of_en, of_zh = (name or "" for name in names)
    return user_en, user_zh, of_en, of_zh, False


def names_of(kind: str, keys: Collection[Any]) -> dict[Any, tuple[str, str]]:
    """English and Chinese names by number, or by code for classes. One statement."""
    model = _BY[kind]
    key = model.code if kind == "class" else model.id
    known = [each for each in keys if each]
    if not known:
        return {}
    rows = db.session.execute(select(key, model.name_en, model.name_zh).where(key.in_(known)))
    return {row[0]: (row[1], row[2]) for row in rows}
