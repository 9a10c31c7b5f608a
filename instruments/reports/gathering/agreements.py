"""Under which services somebody put a name: a framework agreement that their payer accepted, or a formal quote; many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reservations.formal_quotes.models import AgreementAcceptance, FormalQuote, FrameworkAgreement
from instruments.usage.models import InstrumentUse, RunCustomer

_USE: Any = InstrumentUse.__table__
_CUSTOMER: Any = RunCustomer.__table__
_INSTRUMENT: Any = Instrument.__table__
_QUOTE: Any = FormalQuote.__table__
_AGREEMENT: Any = FrameworkAgreement.__table__
_ACCEPTANCE: Any = AgreementAcceptance.__table__
AT_ONCE = 2000
Key = tuple[int, int]


def signed_of(keys: Sequence[Key]) -> frozenset[Key]:
    """Those uses, each with the place among those whom it served, for which there is a contract here: the formal quote of its
    reservation was accepted, or whoever it served had accepted an agreement with the owner before it ended. Three statements
    for each 2,000 uses."""
    numbers = sorted({use_id for use_id, _ in keys})
    found: set[Key] = set()
    for begin in range(0, len(numbers), AT_ONCE):
        some = numbers[begin : begin + AT_ONCE]
        quoted, alone, runs = _quoted(some), _agreed(some), _agreed_in_runs(some)
        found |= {key for key in keys if key in runs or (key[1] == 0 and key[0] in alone) or key[0] in quoted}
    return frozenset(found)


def _numbers(asked: Any, some: Sequence[int]) -> Any:
    return db.session.execute(asked, {"numbers": as_parameter(some, db.engine.dialect.name)})


def _quoted(some: Sequence[int]) -> set[int]:
    """A formal quote has a reservation only where it was accepted."""
    asked = (
        select(_USE.c.id)
        .join(_QUOTE, _QUOTE.c.reservation_id == _USE.c.reservation_id)
        .where(among(_USE.c.id, db.engine.dialect.name))
    )
    return {row[0] for row in _numbers(asked, some)}


def _agreed(some: Sequence[int]) -> set[int]:
    """Uses for one institution, or for a person who has none; those of runs are told by customer."""
    mine = or_(
        _ACCEPTANCE.c.payer_institution_id == _USE.c.institution_id,
        and_(_USE.c.institution_id.is_(None), _ACCEPTANCE.c.payer_person_id == _USE.c.user_id),
    )
    served = select(_CUSTOMER.c.use_id).where(_CUSTOMER.c.use_id == _USE.c.id).exists()
    asked = _with_owner(select(_USE.c.id)).where(~served, mine)
    return {row[0] for row in _numbers(asked, some)}


def _agreed_in_runs(some: Sequence[int]) -> set[Key]:
    """By use and place, in the order of positions as services count them."""
    mine = or_(
        _ACCEPTANCE.c.payer_institution_id == _CUSTOMER.c.institution_id,
        and_(_CUSTOMER.c.institution_id.is_(None), _ACCEPTANCE.c.payer_person_id == _CUSTOMER.c.person_id),
    )
    asked = _with_owner(
        select(_CUSTOMER.c.use_id, _CUSTOMER.c.position).join(_USE, _USE.c.id == _CUSTOMER.c.use_id)
    ).where(mine)
    agreed = {(row[0], row[1]) for row in _numbers(asked, some)}
    order = select(_CUSTOMER.c.use_id, _CUSTOMER.c.position).where(
        _CUSTOMER.c.use_id.in_(sorted({use_id for use_id, _ in agreed}))
    )
    places: dict[int, list[int]] = {}
    for use_id, position in db.session.execute(order.order_by(_CUSTOMER.c.use_id, _CUSTOMER.c.position)):
        places.setdefault(use_id, []).append(position)
    return {(use_id, places[use_id].index(position)) for use_id, position in agreed}


def _with_owner(asked: Any) -> Any:
    """Joined with what was accepted of the owner's agreements before the use ended."""
    return (
        asked.join(_INSTRUMENT, _INSTRUMENT.c.id == _USE.c.instrument_id)
        .join(_AGREEMENT, _AGREEMENT.c.institution_id == _INSTRUMENT.c.institution_id)
        .join(_ACCEPTANCE, _ACCEPTANCE.c.agreement_id == _AGREEMENT.c.id)
        .where(among(_USE.c.id, db.engine.dialect.name), _ACCEPTANCE.c.accepted_at <= _USE.c.ended_at)
    )
