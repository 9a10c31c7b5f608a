"""Who was served: persons, groups, institutions and companies as numbers, and whose instruments whom; of many months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution
from instruments.utilization.models import MonthCustomer, MonthIncome, MonthPerson
from instruments.utilization.sums import BY, Selection

_CUSTOMER: Any = MonthCustomer.__table__
_PERSON: Any = MonthPerson.__table__
_INCOME: Any = MonthIncome.__table__
_INSTRUMENT: Any = Instrument.__table__
_INSTITUTION: Any = Institution.__table__
COMPANY = "company"
Months = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Served:
    """How many different persons, groups, institutions (the owners among them) and companies were served."""

    persons: int
    groups: int
    institutions: int
    companies: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What customers had of an owner's instruments: owner, customer (0: companies together), milliseconds, uses."""

    owner: int
    customer: int
    effective: int
    uses: int


def served(chosen: Selection, months: Months) -> Served:
    """Of the instruments chosen, from one month to another. Two statements."""
    persons = select(func.count(_PERSON.c.person_id.distinct())).join(
        _INSTRUMENT, _INSTRUMENT.c.id == _PERSON.c.instrument_id
    )
    c = _CUSTOMER.c
    is_company = _INSTITUTION.c.kind == COMPANY
    whom = (
        select(
            func.count(case((c.group_id > 0, c.group_id)).distinct()),
            func.count(case((~is_company, c.institution_id)).distinct()),
            func.count(case((is_company, c.institution_id)).distinct()),
        )
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .outerjoin(_INSTITUTION, _INSTITUTION.c.id == c.institution_id)
    )
    number = db.session.scalar(persons.where(_PERSON.c.month.between(*months), *chosen.conditions()))
    groups, institutions, companies = db.session.execute(
        whom.where(c.month.between(*months), *chosen.conditions())
    ).one()
    return Served(number or 0, groups, institutions, companies)


def matrix(chosen: Selection, months: Months, by: str) -> list[Cell]:
    """Who used whose, by institution or lab of the instrument, companies together. One statement."""
    c, owner = _CUSTOMER.c, BY[by]
    customer = case((_INSTITUTION.c.kind == COMPANY, 0), else_=c.institution_id)
    asked = (
        select(owner, customer, func.sum(c.effective), func.sum(c.uses))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .outerjoin(_INSTITUTION, _INSTITUTION.c.id == c.institution_id)
        .where(c.month.between(*months), *chosen.conditions())
        .group_by(owner, customer)
    )
    return [Cell(row[0], row[1] or 0, int(row[2]), int(row[3])) for row in db.session.execute(asked)]


def income(chosen: Selection, months: Months) -> dict[str, tuple[int, int]]:
    """By currency: what was charged in cents before tax, and what of it others than the owners bear. One statement."""
    c = _INCOME.c
    asked = (
        select(c.currency, func.sum(c.charged), func.sum(c.external))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(c.month.between(*months), *chosen.conditions())
        .group_by(c.currency)
        .order_by(c.currency)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(asked)}
