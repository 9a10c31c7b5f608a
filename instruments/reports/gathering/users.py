"""Who used instruments in a period and what for: institutions, companies, projects, ratings, income; and who runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, func, select, type_coerce

from instruments.charges.earning import earned
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.money import Money
from instruments.people.models import Institution, Lab, RoleGrant
from instruments.people.rights import Role
from instruments.reports.gathering.asked import Asked
from instruments.reports.gathering.which import CNY
from instruments.timespan import instant
from instruments.usage.keeping import settled_many
from instruments.usage.kinds import RUN, VOID
from instruments.usage.models import InstrumentUse, RunCustomer, UseCorrection

_USE: Any = InstrumentUse.__table__
_CUSTOMER: Any = RunCustomer.__table__
# Paid by the central government.
NATIONAL = frozenset({"national_major", "national_rd", "natural_science", "social_science", "ministry"})


@dataclass(frozen=True, slots=True)
class Users:
    """Numbers of one period: uses that began in it, those with a reservation or a check-in here, and what they name."""

    uses: int
    online: int
    projects: int
    national_projects: int
    institutions: int
    companies: int
    external_income: Decimal
    rating_sum: int
    ratings: int


def users_of(asked: Asked, numbers: Sequence[int]) -> Users:
    """Of these instruments, by the wall of the institution. Four statements, and two more where hours were corrected."""
    home = db.session.get_one(Institution, asked.institution_id)
    first, end = (instant(moment) for moment in asked.period.seconds(ZoneInfo(home.zone)))
    began = (among(_USE.c.instrument_id, _dialect()), _USE.c.state != VOID, _USE.c.started_at >= first,
             _USE.c.started_at < end)  # fmt: skip
    some = {"numbers": as_parameter(numbers, _dialect())}
    columns = (
        _USE.c.id,
        _USE.c.kind,
        _USE.c.project,
        _USE.c.funding_source,
        _USE.c.institution_id,
        _USE.c.rating,
    )
    rows = db.session.execute(select(*columns).where(*began), some).all()
    of_runs = select(_CUSTOMER.c.institution_id).join(_USE, _USE.c.id == _CUSTOMER.c.use_id).where(*began)
    undone = _undone(began, some, asked.now)
    named = [row for row in rows if row.project and row.id not in undone]
    served = {row.institution_id for row in rows if row.kind != RUN} | set(db.session.scalars(of_runs, some))
    served -= {None, home.id}
    companies = set(db.session.scalars(select(Institution.id).where(Institution.kind == "company")))
    outside = [row.rating for row in rows if row.rating and row.institution_id != home.id]
    return Users(
        uses=len(rows),
        online=sum(row.kind != RUN for row in rows),
        projects=len({row.project for row in named}),
        national_projects=len({row.project for row in named if row.funding_source in NATIONAL}),
        institutions=len(served - companies),
        companies=len(served & companies),
        external_income=_external_income(asked, numbers),
        rating_sum=sum(outside),
        ratings=len(outside),
    )


def _undone(began: Sequence[Any], some: dict[str, Any], now: datetime) -> set[int]:
    """Those whose hours were corrected to none, and who have no samples: they were done for no project."""
    asked = (
        select(_USE.c.id, type_coerce(_USE.c.confirmed_at, BigInteger))
        .where(*began, _USE.c.id.in_(select(UseCorrection.use_id)))
        .where(
            func.coalesce(_USE.c.samples, 0) == 0,
            ~_USE.c.id.in_(select(_CUSTOMER.c.use_id).where(_CUSTOMER.c.samples > 0)),
        )
    )
    corrected = {row[0]: row[1] for row in db.session.execute(asked, some)}
    if not corrected:
        return set()
    limits = {number: confirmed for number, confirmed in corrected.items() if confirmed is not None}
    return {
        number for number, found in settled_many(list(corrected), now, limits).items() if not found.effective
    }


def _dialect() -> str:
    return db.engine.dialect.name


def _external_income(asked: Asked, numbers: Sequence[int]) -> Decimal:
    found = earned(numbers, asked.period.first, asked.period.end)
    cents = sum(each.outside for some in found.values() for each in some if each.currency == CNY)
    return Money.from_units(cents, CNY).amount


def operators(institution_id: int, today: date) -> int:
    """How many different persons manage or operate labs of the institution today. One statement."""
    grant = RoleGrant
    asked = (
        select(func.count(grant.person_id.distinct()))
        .join(Lab, Lab.id == grant.lab_id)
        .where(
            Lab.institution_id == institution_id, grant.role.in_((Role.LAB_MANAGER.value, Role.LAB_OPERATOR.value)),
            grant.ends_on.is_(None) | (grant.ends_on >= today),
        )
    )  # fmt: skip
    return int(db.session.scalar(asked) or 0)
