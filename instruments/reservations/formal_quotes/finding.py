"""Find formal quotes: one by its number, those of a payer or of a lab, and who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.formal_quotes.models import FormalQuote, FrameworkAgreement

_QUOTE: Any = FormalQuote.__table__
_AGREEMENT: Any = FrameworkAgreement.__table__
_CREDITOR = Institution.__table__.alias("creditor")
_SECOND = Person.__table__.alias("second")
_PAYER = Institution.__table__.alias("payer")
_COLUMNS = (
    _QUOTE,
    Instrument.name_en.label("instrument_en"), Instrument.name_zh.label("instrument_zh"),
    Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone,
    Lab.city_en.label("city_en"), Lab.city_zh.label("city_zh"),
    _CREDITOR.c.name_en.label("institution_en"), _CREDITOR.c.name_zh.label("institution_zh"),
    _PAYER.c.name_en.label("payer_en"), _PAYER.c.name_zh.label("payer_zh"),
    Person.name_en.label("asker_en"), Person.name_zh.label("asker_zh"),
    _SECOND.c.name_en.label("second_en"), _SECOND.c.name_zh.label("second_zh"),
    _AGREEMENT.c.number.label("agreement_number"),
)  # fmt: skip


def quote_row(quote_id: int, actor: Actor) -> Row[Any]:
    """One formal quote with the names in it. Raises NotFound where there is none, or none that the actor may know of."""
    row = db.session.execute(_joined().where(_QUOTE.c.id == quote_id)).first()
    if row is None or not (is_payers(actor, row) or may_see_for_lab(actor, row)):
        sentence = N_("There is no such quote, or it is not yours to see.")
        raise NotFound([Reason("no_formal_quote", None, sentence)])
    return row


def is_payers(actor: Actor, row: Any) -> bool:
    """Whether the actor stands on the payer's side: asked for it, or manages the company."""
    if actor.person_id == row.asked_by_id:
        return True
    payer = row.payer_institution_id
    return payer is not None and may(actor, Action.AGREEMENT_ACCEPT, Scope(payer))


def may_see_for_lab(actor: Actor, row: Any) -> bool:
    """Whether the actor sees it from the side of who wrote it."""
    return may(actor, Action.FORMAL_QUOTE_SEE, Scope(row.institution_id, row.lab_id))


def of_payer(actor: Actor, before_id: int | None, limit: int) -> Sequence[Row[Any]]:
    """Those that the actor asked for, and with the right to it all of their company, the newest first."""
    mine: ColumnElement[bool] = _QUOTE.c.asked_by_id == actor.person_id
    company = actor.institution_id
    if company is not None and may(actor, Action.AGREEMENT_ACCEPT, Scope(company)):
        mine = or_(mine, _QUOTE.c.payer_institution_id == company)
    return _page(mine, before_id, limit)


def of_lab(lab_id: int, before_id: int | None, limit: int) -> Sequence[Row[Any]]:
    """Those of a lab's instruments, the newest first."""
    return _page(_QUOTE.c.lab_id == lab_id, before_id, limit)


def name_of(row: Any) -> str:
    """Its number as it is printed: Q-2027-000012."""
    return f"Q-{row.year}-{row.position:06d}"


def state_at(row: Any, now: datetime) -> str:
    """What has become of it by a moment, whether or not the sweep has been there yet."""
    return "expired" if row.state == "offered" and row.valid_until <= now else str(row.state)


def _page(which: ColumnElement[bool], before_id: int | None, limit: int) -> Sequence[Row[Any]]:
    found = _joined().where(which).order_by(_QUOTE.c.id.desc()).limit(limit + 1)
    return db.session.execute(found if before_id is None else found.where(_QUOTE.c.id < before_id)).all()


def _joined() -> Any:
    return (
        select(*_COLUMNS)
        .select_from(_QUOTE)
        .join(Instrument, Instrument.id == _QUOTE.c.instrument_id)
        .join(Lab, Lab.id == _QUOTE.c.lab_id)
        .join(_CREDITOR, _CREDITOR.c.id == _QUOTE.c.institution_id)
        .outerjoin(_PAYER, _PAYER.c.id == _QUOTE.c.payer_institution_id)
        .join(Person, Person.id == _QUOTE.c.asked_by_id)
        .outerjoin(_SECOND, _SECOND.c.id == _QUOTE.c.second_id)
        .outerjoin(_AGREEMENT, _AGREEMENT.c.id == _QUOTE.c.agreement_id)
    )
