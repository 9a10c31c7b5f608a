"""Instruments as programs read them: a page by cursor or one, in a constant number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select

from instruments.catalog.models import Instrument, InstrumentTechnique, Technique
from instruments.catalog.present import MODES
from instruments.catalog.search_text import ESCAPE, terms
from instruments.database import db
from instruments.people.models import Institution, Lab

TEXTS = (
    "id", "name_en", "name_zh", "maker", "model", "class_code", "status", "audience", "capacity",
    "measured_quantities", "specifications", "description_en", "description_zh", "sample_requirements", "location",
    "city_en", "city_zh", "commissioned_on", "retired_on", "contact_name", "lab_id", "institution_id", "version",
)  # fmt: skip
CONTACT = ("contact_phone", "contact_mail")


def _question() -> Select[Any]:
    thing = Instrument
    return (
        select(
            *(getattr(thing, name) for name in (*TEXTS, *CONTACT, *MODES, "photo")),
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone,
            Institution.name_en.label("institution_en"), Institution.name_zh.label("institution_zh"),
        )
        .join(Lab, Lab.id == thing.lab_id)
        .join(Institution, Institution.id == thing.institution_id)
    )  # fmt: skip


def page(
    *, words: str, institution: int | None, class_code: str, technique: str, mode: str, status: str,
    after: int, limit: int, contacts: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """At most `limit` instruments with a greater id than `after`, in the order of their ids."""
    thing = Instrument
    conditions = [thing.search_text.like(f"%{word}%", escape=ESCAPE) for word in terms(words)]
    if institution is not None:
        conditions.append(thing.institution_id == institution)
    if class_code:
        conditions.append(thing.class_code.like(f"{class_code.removesuffix('00').removesuffix('00')}%"))
    if technique:
        tagged = (
            select(InstrumentTechnique.instrument_id)
            .join(Technique, Technique.id == InstrumentTechnique.technique_id)
            .where(
                or_(
                    Technique.key == technique.lower(),
                    Technique.name_en == technique,
                    Technique.name_zh == technique,
                )
            )
        )
        conditions.append(thing.id.in_(tagged))
    if mode:
        conditions.append(getattr(thing, mode).is_(True))
    if status:
        conditions.append(thing.status == status)
    rows = db.session.execute(
        _question().where(thing.id > after, *conditions).order_by(thing.id).limit(limit)
    ).all()
    return _items(rows, contacts)


def one(instrument_id: int, *, contacts: bool) -> dict[str, Any] | None:
    """One instrument, or None."""
    rows = db.session.execute(_question().where(Instrument.id == instrument_id)).all()
    return next(iter(_items(rows, contacts)), None)


def _items(rows: Sequence[Row[Any]], contacts: bool) -> list[dict[str, Any]]:
    tags: dict[int, list[str]] = {}
    link = InstrumentTechnique
    for number, en, zh in db.session.execute(
        select(link.instrument_id, Technique.name_en, Technique.name_zh)
        .join(Technique, Technique.id == link.technique_id)
        .where(link.instrument_id.in_([row.id for row in rows]))
        .order_by(Technique.id)
    ):
        tags.setdefault(number, []).append(en or zh)
    return [_item(row, tags.get(row.id, []), contacts) for row in rows]


def _item(row: Row[Any], techniques: list[str], contacts: bool) -> dict[str, Any]:
    values = row._mapping
    shown = (
        *TEXTS,
        "lab_en",
        "lab_zh",
        "zone",
        "institution_en",
        "institution_zh",
        *(CONTACT if contacts else ()),
    )
    item = {name: values[name] for name in shown}
    return item | {
        "modes": [mode for mode in MODES if values[mode]],
        "techniques": techniques,
        "has_photo": bool(values["photo"]),
    }
