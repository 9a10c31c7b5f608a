"""One payment: who may see it, which statements it pays, and which of its rows in the books lead to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from instruments.charges.closing import seeing
from instruments.charges.closing.over import over_of, stands
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import Payment, PaymentMatch
from instruments.charges.sight import FINANCE, OF_PAYER, scopes
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds.ledger_models import LedgerTransfer
from instruments.people.models import Institution, Person
from instruments.people.rights import Action, Actor, Scope, may

_PAYMENT: Any = Payment.__table__
_MATCH: Any = PaymentMatch.__table__
_STATEMENT: Any = Statement.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition that a payment may be seen whole: as who received it, or as its payer."""
    one = _PAYMENT.c
    return or_(
        one.creditor_id.in_(scopes(actor, *FINANCE)),
        one.payer_institution_id.in_(scopes(actor, *OF_PAYER)),
        one.payer_person_id == actor.person_id,
        one.programme_id.in_(seeing.run_by(actor)),
    )


def _paying_what_is_seen(actor: Actor) -> Any:
    """The matches with statements that somebody sees."""
    seen = select(_STATEMENT.c.id).where(seeing.visible(actor))
    return _MATCH.c.statement_id.in_(seen)


def seen_of(actor: Actor, numbers: Collection[int]) -> set[int]:
    """Which of these payments lead the reader somewhere: to their page, or to the statement they came in for. One statement."""
    statements = select(_STATEMENT.c.id).where(seeing.visible(actor))
    seen = or_(visible(actor), _PAYMENT.c.statement_id.in_(statements))
    return set(db.session.scalars(select(_PAYMENT.c.id).where(_PAYMENT.c.id.in_(numbers), seen)))


def seen_of_matches(actor: Actor, numbers: Collection[int]) -> set[int]:
    """The same of what payments pay. One statement."""
    joined = select(_MATCH.c.id).join(_PAYMENT, _PAYMENT.c.id == _MATCH.c.payment_id)
    seen = or_(visible(actor), _paying_what_is_seen(actor))
    return set(db.session.scalars(joined.where(_MATCH.c.id.in_(numbers), seen)))


def the_payment(actor: Actor, payment_id: int) -> Row[Any] | None:
    """The payment that the reader may see whole, with the names of both sides, what is over, and whether it stands."""
    payer, creditor, person = Institution.__table__.alias(), Institution.__table__.alias(), Person.__table__
    maker = Person.__table__.alias()
    asked = (
        select(
            *_PAYMENT.c, over_of(Payment).label("over"), stands(Payment).label("stands"),
            creditor.c.name_en.label("creditor_en"), creditor.c.name_zh.label("creditor_zh"),
            creditor.c.zone.label("zone"), payer.c.name_en.label("payer_en"), payer.c.name_zh.label("payer_zh"),
            person.c.name_en.label("person_en"), person.c.name_zh.label("person_zh"),
            maker.c.name_en.label("maker_en"), maker.c.name_zh.label("maker_zh"),
        )
        .join(creditor, creditor.c.id == _PAYMENT.c.creditor_id)
        .outerjoin(payer, payer.c.id == _PAYMENT.c.payer_institution_id)
        .outerjoin(person, person.c.id == _PAYMENT.c.payer_person_id)
        .outerjoin(maker, maker.c.id == _PAYMENT.c.recorded_by_id)
        .where(_PAYMENT.c.id == payment_id, visible(actor))
    )  # fmt: skip
    return db.session.execute(asked).first()


def of_match(match_id: int) -> tuple[int, int]:
    """Of what a payment pays: the payment, and the statement."""
    found = db.session.execute(
        select(_MATCH.c.payment_id, _MATCH.c.statement_id).where(_MATCH.c.id == match_id)
    ).first()
    if found is None:
        raise nothing()
    return found.payment_id, found.statement_id


def statement_of(payment_id: int) -> int | None:
    """The statement that a payment came in for, or on which a refund stands."""
    return db.session.scalar(select(_PAYMENT.c.statement_id).where(_PAYMENT.c.id == payment_id))


def statements_of(actor: Actor, payment_id: int) -> Sequence[Row[Any]]:
    """What it pays or once paid, the oldest first: rows (id, statement_id, year, number, month, units, at, undone_at, seen)."""
    asked = (
        select(
            _MATCH.c.id, _MATCH.c.statement_id, _STATEMENT.c.year, _STATEMENT.c.number, _STATEMENT.c.month,
            _MATCH.c.amount_units.label("units"), _MATCH.c.matched_at.label("at"), _MATCH.c.undone_at,
            seeing.visible(actor).label("seen"),
        )
        .join(_STATEMENT, _STATEMENT.c.id == _MATCH.c.statement_id)
        .where(_MATCH.c.payment_id == payment_id)
        .order_by(_MATCH.c.id)
    )  # fmt: skip
    return db.session.execute(asked).all()


def refunds_of(payment_id: int) -> Sequence[Row[Any]]:
    """What went back of it, the oldest first: rows (id, day, reference, units)."""
    one = _PAYMENT.c
    asked = select(one.id, one.received_on.label("day"), one.reference, one.amount_units.label("units"))
    return db.session.execute(asked.where(one.refunds_id == payment_id).order_by(one.id)).all()


def entries_of(actor: Actor, payment_id: int) -> Sequence[Row[Any]]:
    """Its entries in the books that the reader sees, those of what it pays too, in order. Two statements."""
    matches = list(db.session.scalars(select(_MATCH.c.id).where(_MATCH.c.payment_id == payment_id)))
    one = _TRANSFER.c
    rows = db.session.execute(
        select(_TRANSFER)
        .where(
            or_(
                (one.thing_kind == "payment") & (one.thing_id == payment_id),
                (one.thing_kind == "payment_match") & one.thing_id.in_(matches),
            )
        )
        .order_by(one.id)
    ).all()
    return [row for row in rows if may(actor, Action.LEDGER_SEE, Scope(row.institution_id))]


def nothing() -> NotFound:
    """The refusal of a payment that there is not for whoever asks."""
    return NotFound([Reason("no_payment", None, N_("There is no such payment."))])
