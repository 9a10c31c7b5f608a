"""The names of the places that figures stand beside, many at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.utilization.customers import COMPANY

_BY: dict[str, Any] = {
    "institution": Institution, "lab": Lab, "class": InstrumentClass, "instrument": Instrument,
    "group": ResearchGroup,
}  # fmt: skip


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
