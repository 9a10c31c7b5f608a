"""What is said of a use for each whom it served: what for, paid from where, by whom and for which unit; many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Institution, Person
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse, RunCustomer

_USE: Any = InstrumentUse.__table__
_RESERVATION: Any = Reservation.__table__
_CUSTOMER: Any = RunCustomer.__table__
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of one use for one of those whom it served; "" where nobody said it. Names are the Chinese ones, where
    there are such: the forms are Chinese."""

    starts: datetime
    ends: datetime
    title: str
    instrument: str
    purpose: str
    way: str
    project: str
    funding: str
    subject: str
    contract: str
    rating: int | None
    applicant: str
    phone: str
    mail: str
    unit: str
    unit_kind: str


def facts_of(use_ids: Sequence[int]) -> dict[tuple[int, int], Facts]:
    """By use and place among those whom it served. Two statements for each 2,000 uses."""
    found: dict[tuple[int, int], Facts] = {}
    for begin in range(0, len(use_ids), AT_ONCE):
        numbers = use_ids[begin : begin + AT_ONCE]
        served: dict[int, list[Any]] = {}
        for row in _customers(numbers):
            served.setdefault(row.use_id, []).append(row)
        for use in _uses(numbers):
            for place, whom in enumerate(served.get(use.id, [use])):
                found[use.id, place] = _facts(use, whom)
    return found


def _uses(numbers: Sequence[int]) -> Sequence[Any]:
    dialect = db.engine.dialect.name
    home, thing = aliased(Institution), Instrument
    asked = (
        select(
            _USE.c.id, _USE.c.started_at, _USE.c.ended_at, _USE.c.mode, _USE.c.project, _USE.c.funding_source,
            _USE.c.subject, _USE.c.contract, _USE.c.rating, _RESERVATION.c.purpose, _RESERVATION.c.title,
            _either(thing).label("instrument"), *_whom(home),
        )
        .join(thing, thing.id == _USE.c.instrument_id)
        .outerjoin(Person, Person.id == _USE.c.user_id)
        .outerjoin(home, home.id == _USE.c.institution_id)
        .outerjoin(_RESERVATION, _RESERVATION.c.id == _USE.c.reservation_id)
        .where(among(_USE.c.id, dialect))
    )  # fmt: skip
    return db.session.execute(asked, {"numbers": as_parameter(numbers, dialect)}).all()


def _customers(numbers: Sequence[int]) -> Iterator[Any]:
    dialect, home = db.engine.dialect.name, aliased(Institution)
    asked = (
        select(_CUSTOMER.c.use_id, *_whom(home))
        .outerjoin(Person, Person.id == _CUSTOMER.c.person_id)
        .outerjoin(home, home.id == _CUSTOMER.c.institution_id)
        .where(among(_CUSTOMER.c.use_id, dialect))
        .order_by(_CUSTOMER.c.use_id, _CUSTOMER.c.position)
    )
    yield from db.session.execute(asked, {"numbers": as_parameter(numbers, dialect)})


def _either(table: Any) -> Any:
    """The Chinese name, else the English one."""
    return func.coalesce(func.nullif(table.name_zh, ""), table.name_en)


def _whom(home: Any) -> tuple[Any, ...]:
    return (
        _either(Person).label("applicant"), Person.phone, Person.mail, _either(home).label("unit"),
        home.kind.label("unit_kind"),
    )  # fmt: skip


def _facts(use: Any, whom: Any) -> Facts:
    return Facts(
        use.started_at, use.ended_at, use.title or "", use.instrument, use.purpose or "", use.mode, use.project,
        use.funding_source, use.subject, use.contract, use.rating, whom.applicant or "", whom.phone or "",
        whom.mail or "", whom.unit or "", whom.unit_kind or "",
    )  # fmt: skip
