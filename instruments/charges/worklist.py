"""A lab's worklist, read: uses that lack something to be charged, and fees of which it is not known who pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Row, exists, func, select, tuple_, type_coerce

from instruments.catalog.models import Instrument
from instruments.charges.models import Charge, ChargeMissing, ChargeShare
from instruments.charges.naming import is_theirs, whose
from instruments.charges.states import DRAFT, FEES
from instruments.database import db
from instruments.errors import Reason
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.rates.kept import reasons_from_json
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse, RunCustomer


class Place(NamedTuple):
    """Where a use stands in the list: by its start in UTC seconds, then by its number."""

    started: int
    use_id: int


_CHARGE: Any = Charge.__table__
_MISSING: Any = ChargeMissing.__table__
_SHARE: Any = ChargeShare.__table__


def unpriced(lab_id: int, after: Place | None, most: int) -> tuple[list[Row[Any]], Place | None]:
    """So many of a lab's uses that lack something to be charged, the oldest first, and after which the next ones come.

    Of an operator's run each customer stands by itself (the person, or where there is none, the group or the institution),
    and all of them together, however many they are.
    """
    use, (user_id, home_id, group_id) = InstrumentUse, whose()
    place = (type_coerce(use.started_at, BigInteger), _MISSING.c.use_id)
    wanted = select(*place).join(use, use.id == _MISSING.c.use_id).where(_MISSING.c.lab_id == lab_id)
    if after is not None:
        wanted = wanted.where(tuple_(*place) > after)
    found = [Place(*row) for row in db.session.execute(wanted.distinct().order_by(*place).limit(most + 1))]
    shown = [each.use_id for each in found[:most]]
    asked = (
        select(
            _MISSING.c.use_id, _MISSING.c.customer, _MISSING.c.reasons, _MISSING.c.codes, use.instrument_id,
            use.started_at, use.ended_at, user_id, home_id, group_id, use.reservation_id, use.state,
            Instrument.name_en.label("instrument_en"), Instrument.name_zh.label("instrument_zh"),
            func.coalesce(Person.name_en, ResearchGroup.name_en, Institution.name_en).label("user_en"),
            func.coalesce(Person.name_zh, ResearchGroup.name_zh, Institution.name_zh).label("user_zh"),
            Lab.zone, Lab.institution_id,
        )
        .join(use, use.id == _MISSING.c.use_id)
        .join(Instrument, Instrument.id == use.instrument_id)
        .join(Lab, Lab.id == _MISSING.c.lab_id)
        .outerjoin(RunCustomer, is_theirs())
        .outerjoin(Person, Person.id == user_id.element)
        .outerjoin(ResearchGroup, ResearchGroup.id == group_id.element)
        .outerjoin(Institution, Institution.id == home_id.element)
        .where(_MISSING.c.lab_id == lab_id, _MISSING.c.use_id.in_(shown))
        .order_by(*place, _MISSING.c.customer)
    )  # fmt: skip
    return list(db.session.execute(asked)), found[most - 1] if len(found) > most else None


def unpaid_fees(lab_id: int, most: int) -> Sequence[Row[Any]]:
    """A lab's fees that wait because nobody is named who pays, the oldest first."""
    charge, reservation = _CHARGE.c, Reservation
    return db.session.execute(
        select(
            charge.id, charge.kind, charge.service_on, charge.total_units, charge.currency, charge.user_id, charge.group_id,
            charge.version, charge.reservation_id, charge.lab_id, charge.institution_id, charge.instrument_id,
            reservation.institution_id.label("home_id"), Instrument.name_en.label("instrument_en"),
            Instrument.name_zh.label("instrument_zh"), Person.name_en.label("user_en"), Person.name_zh.label("user_zh"),
        )
        .join(reservation, reservation.id == charge.reservation_id)
        .join(Instrument, Instrument.id == charge.instrument_id)
        .join(Person, Person.id == charge.user_id)
        .where(charge.lab_id == lab_id, *_without_payer())
        .order_by(charge.service_on, charge.id)
        .limit(most)
    ).all()  # fmt: skip


def _without_payer() -> tuple[Any, ...]:
    charge = _CHARGE.c
    borne = exists().where(_SHARE.c.charge_id == charge.id)
    return charge.state == DRAFT, charge.kind.in_(FEES), ~borne


def lacks(reservation_id: int) -> Sequence[Any]:
    """What the use of a reservation lacks to be charged, as reasons were kept."""
    asked = select(_MISSING.c.reasons).join(InstrumentUse, InstrumentUse.id == _MISSING.c.use_id)
    return db.session.scalars(asked.where(InstrumentUse.reservation_id == reservation_id)).all()


def lacks_of_use(use_id: int) -> Sequence[Any]:
    """The same of a use, whether it has a reservation or none."""
    return db.session.scalars(select(_MISSING.c.reasons).where(_MISSING.c.use_id == use_id)).all()


def lacked_by(use_id: int, customer: int) -> tuple[Reason, ...]:
    """What one customer's part of a use lacks to be charged; nothing where it lacks nothing."""
    asked = select(_MISSING.c.reasons).where(_MISSING.c.use_id == use_id, _MISSING.c.customer == customer)
    return tuple(reason for kept in db.session.scalars(asked) for reason in reasons_from_json(kept))


def how_many(lab_ids: Sequence[int]) -> dict[int, int]:
    """How many uses and fees wait, by lab; labs without any are left out. Two statements."""
    charge, found = _CHARGE.c, dict[int, int]()
    for asked in (
        select(_MISSING.c.lab_id, func.count())
        .where(_MISSING.c.lab_id.in_(lab_ids))
        .group_by(_MISSING.c.lab_id),
        select(charge.lab_id, func.count())
        .where(charge.lab_id.in_(lab_ids), *_without_payer())
        .group_by(charge.lab_id),
    ):
        for lab_id, count in db.session.execute(asked):
            found[lab_id] = found.get(lab_id, 0) + int(count)
    return found
