"""Who was served: persons, groups, institutions and companies as numbers, and whose instruments whom; of many months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, cast, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution
from instruments.utilization.behind import UNKNOWN_PERSON, USES, users_among
from instruments.utilization.edges import Part
from instruments.utilization.models import MonthCustomer, MonthIncome, MonthPerson
from instruments.utilization.sum_questions import BY
from instruments.utilization.sums import Selection, by_numbers

_CUSTOMER: Any = MonthCustomer.__table__
_PERSON: Any = MonthPerson.__table__
_INCOME: Any = MonthIncome.__table__
_INSTRUMENT: Any = Instrument.__table__
_INSTITUTION: Any = Institution.__table__
COMPANY = "company"
# A customer of whom nobody knows where they belong.
UNKNOWN = -1
Months = tuple[int, int]
# Who only reserved something, or stood by, was not served.
WAS_SERVED = (_CUSTOMER.c.effective > 0) | (_CUSTOMER.c.uses > 0) | (_CUSTOMER.c.samples > 0)


@dataclass(frozen=True, slots=True)
class Served:
    """How many different persons, groups, institutions (the owners among them) and companies were served."""

    persons: int
    groups: int
    institutions: int
    companies: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What customers had of an owner's instruments: owner, customer (0: companies together, UNKNOWN), milliseconds, uses."""

    owner: int
    customer: int
    effective: int
    uses: int


def served_and_cells(
    chosen: Selection, months: Months, by: str, parts: Sequence[Part] = ()
) -> tuple[Served, list[Cell]]:
    """Whom the instruments chosen served, from one month to another and on the days beside them, and who used whose: by
    institution or lab of the instrument, companies together (0). Three statements; customers are read once for both."""
    rows = _customers(chosen, months, by)
    for part in parts:
        place = part.thing.owner_id if by == "institution" else part.thing.lab_id
        rows += [
            (place, *key, each.effective, each.uses)
            for key, each in part.summary.served.items()
            if each.was_served
        ]
    companies = company_numbers()
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for place, customer, _, effective, uses in rows:
        cell = cells[place, 0 if customer in companies else customer or UNKNOWN]
        cell[0] += effective
        cell[1] += uses
    told = _served({(row[1], row[2]) for row in rows}, companies, _persons(chosen, months, parts))
    return told, [Cell(*key, *values) for key, values in sorted(cells.items())]


def served_alone(chosen: Selection, months: Months, parts: Sequence[Part] = ()) -> Served:
    """Whom they served, as numbers alone. Three statements."""
    c = _CUSTOMER.c
    asked = (
        select(c.institution_id, c.group_id)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(
            c.month.between(*months), WAS_SERVED, *chosen.conditions(), *by_numbers(c.instrument_id, chosen)
        )
        .distinct()
    )
    keys = {(row[0], row[1]) for row in db.session.execute(asked)}
    keys.update(key for part in parts for key, each in part.summary.served.items() if each.was_served)
    return _served(keys, company_numbers(), _persons(chosen, months, parts))


def _served(keys: Collection[tuple[int, int]], companies: set[int], persons: set[int]) -> Served:
    """keys: of which institution or company, and of which group each customer was; 0 for nobody known."""
    customers, groups = {key[0] for key in keys} - {0}, {key[1] for key in keys} - {0}
    bought = customers & companies
    return Served(len(persons), len(groups), len(customers - bought), len(bought))


def _customers(chosen: Selection, months: Months, by: str) -> list[tuple[int, int, int, int, int]]:
    """Owner, customer, their group, milliseconds and uses."""
    c, owner = _CUSTOMER.c, BY[by]
    asked = (
        select(
            owner,
            c.institution_id,
            c.group_id,
            cast(func.sum(c.effective), BigInteger),
            cast(func.sum(c.uses), BigInteger),
        )
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(
            c.month.between(*months), WAS_SERVED, *chosen.conditions(), *by_numbers(c.instrument_id, chosen)
        )
        .group_by(owner, c.institution_id, c.group_id)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in db.session.execute(asked)]


def _persons(chosen: Selection, months: Months, parts: Sequence[Part]) -> set[int]:
    c = _PERSON.c
    began = c.behind.bitwise_and(USES) != 0
    asked = (
        select(c.person_id).where(c.month.between(*months), began, c.person_id != UNKNOWN_PERSON).distinct()
    )
    if conditions := chosen.conditions():
        asked = asked.join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        asked = asked.where(*conditions, *by_numbers(c.instrument_id, chosen))
    return set(db.session.scalars(asked)).union(*(users_among(part.summary.persons) for part in parts))


def company_numbers() -> set[int]:
    """Which customers are companies. One statement."""
    return set(db.session.scalars(select(_INSTITUTION.c.id).where(_INSTITUTION.c.kind == COMPANY)))


@dataclass(frozen=True, slots=True)
class UsedBy:
    """What one customer had of an instrument: milliseconds, uses, samples."""

    instrument_id: int
    effective: int
    uses: int
    samples: int


def used_by(chosen: Selection, months: Months, customer: int, parts: Sequence[Part] = ()) -> list[UsedBy]:
    """What a customer (0: companies together, UNKNOWN) had of each instrument, the most first. Two statements."""
    c, companies = _CUSTOMER.c, company_numbers()
    asked = (
        select(
            c.instrument_id, c.institution_id, func.sum(c.effective), func.sum(c.uses), func.sum(c.samples)
        )
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(
            c.month.between(*months), WAS_SERVED, *chosen.conditions(), *by_numbers(c.instrument_id, chosen)
        )
        .group_by(c.instrument_id, c.institution_id)
    )
    found = [(row[0], row[1], int(row[2]), int(row[3]), int(row[4])) for row in db.session.execute(asked)]
    for part in parts:
        found += [
            (part.thing.id, key[0], each.effective, each.uses, each.samples)
            for key, each in part.summary.served.items()
            if each.was_served
        ]
    sums: dict[int, tuple[int, int, int]] = {}
    for number, whom, *values in found:
        if (0 if whom in companies else whom or UNKNOWN) == customer:
            before = sums.get(number, (0, 0, 0))
            sums[number] = (before[0] + values[0], before[1] + values[1], before[2] + values[2])
    rows = [UsedBy(number, *values) for number, values in sums.items()]
    return sorted(rows, key=lambda row: (-row.effective, -row.uses, row.instrument_id))


def income(chosen: Selection, months: Months, parts: Sequence[Part] = ()) -> dict[str, tuple[int, int]]:
    """By currency: what was charged in minor units before tax, and what of it others than the owners bear. One statement."""
    c = _INCOME.c
    asked = (
        select(c.currency, func.sum(c.charged), func.sum(c.external))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(c.month.between(*months), *chosen.conditions(), *by_numbers(c.instrument_id, chosen))
        .group_by(c.currency)
    )
    found = {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(asked)}
    for part in parts:
        for each in part.earned:
            charged, outside = found.get(each.currency, (0, 0))
            found[each.currency] = (charged + each.net, outside + each.outside)
    return dict(sorted(found.items()))
