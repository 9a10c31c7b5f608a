"""What everybody is told of an institution: hours for others and how many were served, where five persons stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Person
from instruments.utilization import periods
from instruments.utilization.customers import COMPANY
from instruments.utilization.edges import months_until, whole_months
from instruments.utilization.models import MonthCustomer, MonthPerson
from instruments.utilization.periods import Period
from instruments.utilization.public.models import PublicFigures
from instruments.utilization.sums import Selection, expected_rows, totals
from instruments.utilization.withholding import FEWEST

_PERSON: Any = MonthPerson.__table__
_CUSTOMER: Any = MonthCustomer.__table__


@dataclass(frozen=True, slots=True)
class PublicTold:
    """What is told: hours and instruments that gave them, institutions and companies served; None: not chosen, or
    withheld. old: some of it is being counted anew."""

    period: Period
    hours: float | None
    instruments: int | None
    institutions: int | None
    companies: int | None
    withheld: bool
    old: bool


def public_figures(institution_id: int) -> PublicFigures | None:
    """What the institution chose to tell; None: nothing."""
    return db.session.get(PublicFigures, institution_id)


def told(chosen: PublicFigures, now: datetime) -> PublicTold:
    """What is told of it now. Four statements."""
    period = periods.read(chosen.period)
    months = whole_months(period) or (0, 0)
    mine = Selection(institution_id=chosen.institution_id)
    if _outsiders(chosen.institution_id, months) < FEWEST:
        return PublicTold(period, None, None, None, None, withheld=True, old=False)
    sums = totals(mine, months, now)
    institutions, companies = _served(chosen.institution_id, months)
    return PublicTold(
        period,
        float(sums.measure("external")) if chosen.hours else None,
        int(sums.measure("serving")) if chosen.hours else None,
        institutions if chosen.served else None,
        companies if chosen.served else None,
        withheld=False,
        old=sums.fresh < expected_rows(mine, months_until(period, now.date())),
    )


def _outsiders(institution_id: int, months: tuple[int, int]) -> int:
    """How many persons of others used something here, counted no further than needed."""
    some = (
        select(_PERSON.c.person_id)
        .join(Instrument, Instrument.id == _PERSON.c.instrument_id)
        .join(Person, Person.id == _PERSON.c.person_id)
        .where(
            _PERSON.c.month.between(*months), Instrument.institution_id == institution_id,
            or_(Person.institution_id.is_(None), Person.institution_id != institution_id),
        )
        .distinct()
        .limit(FEWEST)
    )  # fmt: skip
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _served(institution_id: int, months: tuple[int, int]) -> tuple[int, int]:
    """How many other institutions, and how many companies."""
    asked = (
        select(Institution.kind, func.count(Institution.id.distinct()))
        .join(_CUSTOMER, _CUSTOMER.c.institution_id == Institution.id)
        .join(Instrument, Instrument.id == _CUSTOMER.c.instrument_id)
        .where(
            _CUSTOMER.c.month.between(*months), Instrument.institution_id == institution_id,
            Institution.id != institution_id,
        )
        .group_by(Institution.kind)
    )  # fmt: skip
    found = {row[0]: int(row[1]) for row in db.session.execute(asked)}
    companies = found.pop(COMPANY, 0)
    return sum(found.values()), companies
