"""Whom instruments served, row by row: what each group and each institution had, and how many users each instrument had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import ResearchGroup
from instruments.utilization.behind import UNKNOWN_PERSON, USES, users_among
from instruments.utilization.customers import UNKNOWN, WAS_SERVED, Months, company_numbers
from instruments.utilization.edges import Part
from instruments.utilization.models import MonthCustomer, MonthPerson
from instruments.utilization.sums import Selection, by_numbers

_CUSTOMER: Any = MonthCustomer.__table__
_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
TOGETHER = 0


@dataclass(frozen=True, slots=True)
class ServedRow:
    """What one had: the number of a group or an institution (TOGETHER: companies, or their groups, as one; UNKNOWN: nobody knows
    whose), of how many that is, of which institution, milliseconds, uses and samples."""

    number: int
    count: int
    institution_id: int
    effective: int
    uses: int
    samples: int


@dataclass(frozen=True, slots=True)
class UsersRow:
    """How many different persons began a use of an instrument."""

    instrument_id: int
    users: int


def groups_served(
    chosen: Selection, months: Months, parts: Sequence[Part] = (), *, companies: bool = False
) -> list[ServedRow]:
    """What each group had, the most first; those of companies stand together, unless these are told. Three statements."""
    had = _had(chosen, months, parts)
    homes, bought = _homes({key[1] for key in had}), company_numbers()
    rows = []
    for (customer, group), values in had.items():
        if not group:
            continue
        home = homes.get(group, customer)
        merged = not companies and bool({home, customer} & bought)
        rows.append((TOGETHER if merged else group, group, 0 if merged else home, values))
    return _added(rows)


def institutions_served(chosen: Selection, months: Months, parts: Sequence[Part] = ()) -> list[ServedRow]:
    """What each institution had, the most first; companies stand together. Two statements."""
    bought, rows = company_numbers(), []
    for (customer, _), values in _had(chosen, months, parts).items():
        number = TOGETHER if customer in bought else customer or UNKNOWN
        rows.append((number, customer, max(number, 0), values))
    return _added(rows)


def _added(rows: Iterable[tuple[int, int, int, Sequence[int]]]) -> list[ServedRow]:
    """By number: how many different ones it is, its institution, and the sums."""
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    each: defaultdict[int, set[int]] = defaultdict(set)
    homes: dict[int, int] = {}
    for number, one, home, values in rows:
        each[number].add(one)
        homes[number] = home
        for place, value in enumerate(values):
            sums[number][place] += value
    found = [ServedRow(number, len(each[number]), homes[number], *values) for number, values in sums.items()]
    return sorted(found, key=lambda row: (-row.effective, -row.uses, row.number))


def _had(chosen: Selection, months: Months, parts: Sequence[Part]) -> dict[tuple[int, int], list[int]]:
    """By institution and group (0: none known): milliseconds, uses and samples. One statement."""
    c = _CUSTOMER.c
    asked = (
        select(c.institution_id, c.group_id, func.sum(c.effective), func.sum(c.uses), func.sum(c.samples))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .where(
            c.month.between(*months), WAS_SERVED, *chosen.conditions(), *by_numbers(c.instrument_id, chosen)
        )
        .group_by(c.institution_id, c.group_id)
    )
    found = {(row[0], row[1]): [int(value) for value in row[2:]] for row in db.session.execute(asked)}
    for part in parts:
        for key, each in part.summary.served.items():
            if each.was_served:
                before = found.get(key, [0, 0, 0])
                values = (each.effective, each.uses, each.samples)
                found[key] = [one + more for one, more in zip(before, values, strict=True)]
    return found


def _homes(groups: Collection[int]) -> dict[int, int]:
    """Of which institution or company each group is. One statement."""
    dialect = db.engine.dialect.name
    asked = select(ResearchGroup.id, ResearchGroup.institution_id).where(among(ResearchGroup.id, dialect))
    return {row[0]: row[1] for row in db.session.execute(asked, {"numbers": as_parameter(groups, dialect)})}


def users_by_instrument(chosen: Selection, months: Months, parts: Sequence[Part] = ()) -> list[UsersRow]:
    """How many users each instrument had, the most first; who used several is a user of each. One statement."""
    found = _users(chosen, months) if not parts else _users_with(chosen, months, parts)
    rows = [UsersRow(number, users) for number, users in found.items() if users]
    return sorted(rows, key=lambda row: (-row.users, row.instrument_id))


def _of_persons(chosen: Selection, months: Months, *columns: Any) -> Any:
    c = _PERSON.c
    began = c.behind.bitwise_and(USES) != 0
    asked = select(c.instrument_id, *columns).where(
        c.month.between(*months), began, c.person_id != UNKNOWN_PERSON
    )
    if conditions := chosen.conditions():
        asked = asked.join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        asked = asked.where(*conditions, *by_numbers(c.instrument_id, chosen))
    return asked


def _users(chosen: Selection, months: Months) -> dict[int, int]:
    asked = _of_persons(chosen, months, func.count(_PERSON.c.person_id.distinct()))
    rows = db.session.execute(asked.group_by(_PERSON.c.instrument_id))
    return {row[0]: int(row[1]) for row in rows}


def _users_with(chosen: Selection, months: Months, parts: Sequence[Part]) -> dict[int, int]:
    """The same where days stand beside whole months: who they were in both is one."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for number, person in db.session.execute(_of_persons(chosen, months, _PERSON.c.person_id).distinct()):
        found[number].add(person)
    for part in parts:
        found[part.thing.id] |= users_among(part.summary.persons)
    return {number: len(persons) for number, persons in found.items()}
