"""The manager's list: the instruments of some labs, searched, filtered and paged, and the techniques there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from instruments.catalog.models import Instrument, Technique
from instruments.catalog.search_text import ESCAPE, terms
from instruments.database import db
from instruments.people.models import Institution, Lab

A_PAGE = 50
STATUSES = ("in_service", "limited", "down", "retired")


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed by; None or empty is anything. lab_ids: whose instruments the asker may see here at all;
    in_use: without the retired."""

    lab_ids: Collection[int] = ()
    words: str = ""
    institution_id: int | None = None
    lab_id: int | None = None
    status: str = ""
    in_use: bool = False


def numbers(asked: Asked) -> list[int]:
    """All of them. One statement."""
    question = select(Instrument.id).join(Lab, Lab.id == Instrument.lab_id)
    return list(db.session.scalars(_narrowed(question, asked).order_by(Instrument.id)))


def listed(asked: Asked, page: int) -> tuple[int, Sequence[Row[Any]]]:
    """How many there are, and one page of them by name: (id, names, maker, model, asset number, status, lab, …)."""
    thing = Instrument
    total = (
        db.session.scalar(_narrowed(select(func.count(thing.id)).join(Lab, Lab.id == thing.lab_id), asked))
        or 0
    )
    question = select(
        thing.id, thing.name_en, thing.name_zh, thing.maker, thing.model, thing.asset_number, thing.status,
        Lab.id.label("lab_id"), Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"),
        Institution.name_en.label("institution_en"), Institution.name_zh.label("institution_zh"),
    ).join(Lab, Lab.id == thing.lab_id).join(Institution, Institution.id == thing.institution_id)  # fmt: skip
    rows = db.session.execute(
        _narrowed(question, asked)
        .order_by(thing.name_en, thing.name_zh, thing.id)
        .limit(A_PAGE)
        .offset((page - 1) * A_PAGE)
    ).all()
    return total, rows


def _narrowed(question: Select[Any], asked: Asked) -> Select[Any]:
    thing = Instrument
    for word in terms(asked.words):
        question = question.where(thing.search_text.like(f"%{word}%", escape=ESCAPE))
    question = question.where(thing.lab_id.in_(asked.lab_ids))
    if asked.in_use:
        question = question.where(thing.status != "retired")
    for column, value in (
        (thing.institution_id, asked.institution_id),
        (thing.lab_id, asked.lab_id),
        (thing.status, asked.status if asked.status in STATUSES else None),
    ):
        if value is not None:
            question = question.where(column == value)
    return question


def technique_names() -> Sequence[str]:
    """Every technique as a form writes it, for a list to choose from."""
    row = Technique
    pairs = db.session.execute(select(row.name_en, row.name_zh).order_by(row.name_en, row.name_zh))
    return ["|".join(dict.fromkeys(filter(None, pair))) for pair in pairs]
