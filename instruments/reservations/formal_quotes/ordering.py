"""What came of a formal quote that was accepted: by whom, under which agreement, paid from what; and whom it binds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution, Person
from instruments.reservations.formal_quotes.models import AgreementAcceptance, FrameworkAgreement
from instruments.reservations.formal_quotes.printing import Order
from instruments.reservations.paying.recalling import prices_of
from instruments.web.language import in_language

_AGREEMENT: Any = FrameworkAgreement.__table__
_ACCEPTANCE: Any = AgreementAcceptance.__table__


def parties(row: Any) -> tuple[Institution, Institution | None]:
    """Who wrote a quote and who would pay: institutions; no second where a person pays alone."""
    payer = row.payer_institution_id
    return db.session.get_one(Institution, row.institution_id), (
        db.session.get_one(Institution, payer) if payer is not None else None
    )


def order_of(row: Any) -> Order | None:
    """The order of a quote that was accepted, in the reader's language; None of any other."""
    if row.state != "accepted":
        return None
    agreed = _agreed(row)
    price = prices_of([row.reservation_id]).get(row.reservation_id)
    paid, borne = (price.paid_from, price.borne) if price else ((), ())
    return Order(
        row.ended_at,
        _named(row.accepted_by_id),
        agreed.number if agreed else None,
        agreed.accepted_at if agreed else None,
        in_language(agreed.name_en, agreed.name_zh) if agreed else "",
        tuple(in_language(each.name_en, each.name_zh) for each in paid),
        borne,
    )


def _agreed(row: Any) -> Any:
    """The agreement under which it was accepted, with who accepted it for the payer and when."""
    if row.agreement_id is None:
        return None
    payer = (
        _ACCEPTANCE.c.payer_institution_id == row.payer_institution_id
        if row.payer_institution_id is not None
        else _ACCEPTANCE.c.payer_person_id == row.payer_person_id
    )
    return db.session.execute(
        select(_AGREEMENT.c.number, _ACCEPTANCE.c.accepted_at, Person.name_en, Person.name_zh)
        .join(_ACCEPTANCE, _ACCEPTANCE.c.agreement_id == _AGREEMENT.c.id)
        .join(Person, Person.id == _ACCEPTANCE.c.accepted_by_id)
        .where(_AGREEMENT.c.id == row.agreement_id, payer)
    ).first()


def _named(person_id: int) -> str:
    person = db.session.get_one(Person, person_id)
    return in_language(person.name_en, person.name_zh)
