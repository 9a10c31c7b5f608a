"""Who sees the purchase reviews of an institution, and which instruments can be compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.catalog.search_text import ESCAPE, terms
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.utilization.purchases.models import PurchaseReview

A_PAGE = 30


def the_institution(actor: Actor, institution_id: int, action: Action = Action.PURCHASE_SEE) -> Institution:
    """An institution whose reviews the actor may see, or write; as if it were not there where they may not."""
    home = db.session.get(Institution, institution_id)
    if home is None or home.kind == "company" or not may(actor, action, Scope(institution_id)):
        raise _not_found()
    return home


def the_review(actor: Actor, review_id: int) -> tuple[PurchaseReview, bool]:
    """A review, if the actor may see it, and whether they may write it."""
    found = db.session.get(PurchaseReview, review_id)
    if found is None or not may(actor, Action.PURCHASE_SEE, Scope(found.institution_id)):
        raise _not_found()
    return found, may(actor, Action.PURCHASE_EDIT, Scope(found.institution_id))


def _not_found() -> NotFound:
    return NotFound([Reason("not_found", None, N_("There is no such review, or none that you may see."))])


def reviews_of(institution_id: int, before: int | None = None, limit: int = 200) -> list[PurchaseReview]:
    """The reviews of an institution, the newest first; before: those with smaller numbers."""
    asked = select(PurchaseReview).where(PurchaseReview.institution_id == institution_id)
    if before is not None:
        asked = asked.where(PurchaseReview.id < before)
    return list(db.session.scalars(asked.order_by(PurchaseReview.id.desc()).limit(limit)))


def candidates(
    institution_id: int, words: str, class_code: str, without: Collection[int], page: int
) -> tuple[int, Sequence[Row[Any]]]:
    """Instruments in use to compare with, those of the institution first: how many there are, and a page of them."""
    thing = Instrument
    asked = (
        select(
            thing.id, thing.name_en, thing.name_zh, thing.maker, thing.model, thing.class_code, thing.city_en,
            thing.city_zh, Institution.name_en.label("institution_en"), Institution.name_zh.label("institution_zh"),
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), thing.asset_number,
        )
        .join(Institution, Institution.id == thing.institution_id)
        .join(Lab, Lab.id == thing.lab_id)
        .where(thing.status != "retired", or_(not without, thing.id.not_in(without)))
    )  # fmt: skip
    for word in terms(words):
        asked = asked.where(thing.search_text.like(f"%{word}%", escape=ESCAPE))
    if class_code:
        asked = asked.where(thing.class_code.startswith(class_code, autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    own_first = thing.institution_id != institution_id
    asked = asked.order_by(own_first, thing.name_en, thing.name_zh, thing.id)
    return total, db.session.execute(asked.limit(A_PAGE).offset((page - 1) * A_PAGE)).all()


def class_choices() -> list[tuple[str, str, str, str]]:
    """The classes of the second level with those that hold them: code, names, the code above. One statement."""
    c = InstrumentClass
    asked = select(c.code, c.name_en, c.name_zh, c.parent_code).where(c.level <= 2).order_by(c.code)
    return [(row[0], row[1], row[2], row[3] or "") for row in db.session.execute(asked)]


def class_named(code: str | None) -> tuple[str, str] | None:
    """The names of a class of any level; None where none is chosen."""
    found = db.session.get(InstrumentClass, code) if code else None
    return found and (found.name_en, found.name_zh)


def digits_of(class_code: str | None) -> str:
    """The digits of a class that count: 010200 holds all that begins with 0102."""
    code = class_code or ""
    while code.endswith("00"):
        code = code[:-2]
    return code
