"""What everybody is told of an institution: hours for others and how many were served, where five persons stand behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Person
from instruments.utilization import periods
from instruments.utilization.begun import begun
from instruments.utilization.behind import EXTERNAL, INTERNAL, SERVED
from instruments.utilization.customers import COMPANY, WAS_SERVED
from instruments.utilization.edges import months_until, whole_months
from instruments.utilization.models import MonthCustomer, MonthPerson
from instruments.utilization.periods import Period
from instruments.utilization.public.models import PublicFigures
from instruments.utilization.sums import Selection, expected_rows, totals
from instruments.utilization.totals import Totals
from instruments.utilization.withholding import FEWEST

_PERSON: Any = MonthPerson.__table__
_CUSTOMER: Any = MonthCustomer.__table__


@dataclass(frozen=True, slots=True)
class PublicTold:
    """What is told: hours and instruments that gave them, institutions and companies served; None: not chosen, or
    withheld. withheld: the names of those that were chosen and have too few persons behind them; old: some of it is being
    counted anew; records_begin: the day from which on anything is known, where the period begins before it."""

    period: Period
    hours: float | None
    instruments: int | None
    institutions: int | None
    companies: int | None
    withheld: tuple[str, ...]
    old: bool
    records_begin: date | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is told at all."""
        return self.hours is self.instruments is self.institutions is self.companies is None


def public_figures(institution_id: int) -> PublicFigures | None:
    """What the institution chose to tell; None: nothing."""
    return db.session.get(PublicFigures, institution_id)


def told(chosen: PublicFigures, now: datetime) -> PublicTold:
    """What is told of it now. Five statements."""
    period = periods.read(chosen.period)
    months = whole_months(period) or (0, 0)
    mine = Selection(institution_id=chosen.institution_id)
    sums = totals(mine, months, now)
    served, persons = _served(chosen.institution_id, months), _persons(chosen.institution_id, months)
    of_companies = sum(1 for each in persons if each.served and each.kind == COMPANY)
    of_institutions = sum(1 for each in persons if each.served and each.kind != COMPANY and each.is_guest)
    companies = served.get(COMPANY, 0)
    figures: dict[str, tuple[bool, float, int]] = {
        "hours": (chosen.hours, float(sums.measure("external")), _behind_hours(sums, persons)),
        "instruments": (chosen.hours, int(sums.measure("serving")), sum(each.served for each in persons)),
        "institutions": (chosen.served, sum(served.values()) - companies, of_institutions),
        "companies": (chosen.served, companies, of_companies),
    }
    values: dict[str, Any] = {
        name: value if wanted and _may_be_told(value, behind) else None
        for name, (wanted, value, behind) in figures.items()
    }
    withheld = tuple(name for name, (wanted, *_) in figures.items() if wanted and values[name] is None)
    old = sums.fresh < expected_rows(mine, months_until(period, now.date()))
    since = begun()
    records_begin = since if since is not None and since > period.first else None
    return PublicTold(period, **values, withheld=withheld, old=old, records_begin=records_begin)


def _behind_hours(sums: Totals, persons: list[_Person]) -> int:
    """How many stand behind external hours, or, where they are fewer, behind the others: managers elsewhere may know all
    effective hours of a class that is this institution’s alone."""
    outsiders = sum(each.had_hours for each in persons)
    if sums.measure("effective") == sums.measure("external"):
        return outsiders
    return min(outsiders, sum(each.had_own for each in persons))


def _may_be_told(value: float, persons: int) -> bool:
    """Whether five persons stand behind a figure, or none at all because it is nothing."""
    return persons >= FEWEST or not (value or persons)


class _Person(NamedTuple):
    """Somebody who stands behind what is told: the kind of where they belong, whether that is another than this institution,
    and whether they had external hours, external service of any kind, and hours for its own."""

    kind: str
    is_guest: bool
    had_hours: bool
    served: bool
    had_own: bool


def _persons(institution_id: int, months: tuple[int, int]) -> list[_Person]:
    """Those who had hours here, or were served for others than the institution."""
    bits = _PERSON.c.behind
    asked = (
        select(
            func.coalesce(Institution.kind, ""),
            func.coalesce(Person.institution_id, 0) != institution_id,
            func.max(bits.bitwise_and(EXTERNAL)),
            func.max(bits.bitwise_and(SERVED)),
            func.max(bits.bitwise_and(INTERNAL)),
        )
        .select_from(_PERSON)
        .join(Instrument, Instrument.id == _PERSON.c.instrument_id)
        .join(Person, Person.id == _PERSON.c.person_id)
        .outerjoin(Institution, Institution.id == Person.institution_id)
        .where(
            _PERSON.c.month.between(*months),
            Instrument.institution_id == institution_id,
            bits.bitwise_and(EXTERNAL | SERVED | INTERNAL) != 0,
        )
        .group_by(Person.id, Institution.kind, Person.institution_id)
    )
    return [
        _Person(kind, bool(is_guest), bool(hours), bool(served), bool(own))
        for kind, is_guest, hours, served, own in db.session.execute(asked)
    ]


def _served(institution_id: int, months: tuple[int, int]) -> dict[str, int]:
    """How many others were served, by their kind."""
    asked = (
        select(Institution.kind, func.count(Institution.id.distinct()))
        .join(_CUSTOMER, _CUSTOMER.c.institution_id == Institution.id)
        .join(Instrument, Instrument.id == _CUSTOMER.c.instrument_id)
        .where(
            _CUSTOMER.c.month.between(*months), WAS_SERVED, Instrument.institution_id == institution_id,
            Institution.id != institution_id,
        )
        .group_by(Institution.kind)
    )  # fmt: skip
    return {row[0]: int(row[1]) for row in db.session.execute(asked)}
