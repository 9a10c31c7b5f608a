"""The figures of the workbook of indicators, measured: hours, sharing, outputs, users, and where instruments come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reports.gathering.asked import Asked
from instruments.reports.gathering.done import outputs_of
from instruments.reports.gathering.users import Users, operators, users_of
from instruments.reports.gathering.which import which
from instruments.reports.on_record import on_record
from instruments.utilization.adding import totals_in_by
from instruments.utilization.sums import Selection
from instruments.utilization.totals import AN_HOUR, OPENED, Totals

_INSTRUMENT: Any = Instrument.__table__
# How catalogues write that an instrument was made in China.
DOMESTIC = {"中国", "中国大陆", "中华人民共和国", "国产", "china", "cn", "prc", "people's republic of china"}
PAPERS, PATENTS, AWARDS = (
    ("paper_indexed", "paper_core"), ("patent_teacher", "patent_student"), ("award_national", "award_provincial"),
)  # fmt: skip


class Measured(NamedTuple):
    """A figure, None where there is nothing to divide by, and over how many instruments, or ratings, it is."""

    value: Fraction | None
    n: int


def measured(asked: Asked) -> tuple[Mapping[str, Measured], int]:
    """Every figure by its name, and how many instruments more may belong to it: of what there is, on the last day; of what was
    done, by all that were in service on some day."""
    chosen, held = which(asked), which(asked, held=True).numbers
    numbers = chosen.numbers
    totals = totals_in_by(
        "instrument", Selection(asked.institution_id, asked.lab_id), asked.period, asked.now
    )
    own = [totals[number] for number in numbers if number in totals]
    return {
        **_catalogue(asked, held), **_hours(asked, own), **_outputs(asked, numbers),
        **_users(users_of(asked, numbers), len(numbers)), **_staff(asked, len(held)),
    }, chosen.unknown  # fmt: skip


def _of(over: int | Fraction | Decimal, under: int | Fraction | Decimal, n: int) -> Measured:
    return Measured(Fraction(over) / Fraction(under) if under else None, n)


def _catalogue(asked: Asked, numbers: Sequence[int]) -> dict[str, Measured]:
    """What the catalogue says of the instruments. One statement."""
    dialect, c = db.engine.dialect.name, _INSTRUMENT.c
    rows = db.session.execute(
        select(c.id, c.audience, c.original_value, c.national_record).where(among(c.id, dialect)),
        {"numbers": as_parameter(numbers, dialect)},
    ).all()
    known = on_record(asked.institution_id)
    made = [(row, str((row.national_record or {}).get("country", "")).strip().lower()) for row in rows]
    placed = [(row, country in DOMESTIC) for row, country in made if country]
    n = len(rows)
    return {
        "instruments": Measured(Fraction(n), n),
        "in_network": _of(sum(row.id in known for row in rows), n, n),
        "opened": _of(sum(row.audience in OPENED for row in rows), n, n),
        "domestic_by_count": _of(sum(domestic for _, domestic in placed), len(placed), len(placed)),
        "domestic_by_value": _of(
            sum((row.original_value for row, domestic in placed if domestic), Decimal()),
            sum((row.original_value for row, _ in placed), Decimal()), len(placed),
        ),
    }  # fmt: skip


def _hours(asked: Asked, own: Sequence[Totals]) -> dict[str, Measured]:
    """From the summaries of the months."""
    n = len(own)

    def total(name: str) -> Fraction:
        return Fraction(sum(each.sums[name] for each in own))

    years = years_of(asked)
    clock, outside = total("clock") / AN_HOUR, total("external_clock") / AN_HOUR
    return {
        "effective_a_year": _of(clock, n * years, n),
        "external_a_year": _of(outside, n * years, n),
        "shared_by_hours": _of(outside, clock, n),
        "shared_by_count": _of(total("serving"), total("sharable"), int(total("sharable"))),
        "idle": _of(sum(not each.sums["effective"] for each in own), n, n),
        "down": _of(total("down"), total("open"), n),
        "bookable": _of(sum(each.sums["open"] > 0 for each in own), n, n),
    }


def years_of(asked: Asked) -> Fraction:
    """How many years of the period are over: of two years that run, the part that has gone by."""
    whole = asked.period.end.year - asked.period.first.year
    gone = (asked.until - asked.period.first).days + 1
    return Fraction(whole * min(gone, asked.period.days), asked.period.days)


def _outputs(asked: Asked, numbers: Sequence[int]) -> dict[str, Measured]:
    found = outputs_of(numbers, range(asked.period.first.year, asked.period.end.year))
    n = len(numbers)

    def count(kinds: tuple[str, ...]) -> Measured:
        return Measured(Fraction(sum(each[kind] for each in found.values() for kind in kinds)), n)

    return {"papers": count(PAPERS), "patents": count(PATENTS), "awards": count(AWARDS)}


def _users(users: Users, n: int) -> dict[str, Measured]:
    return {
        "booked_online": _of(users.online, users.uses, n),
        "projects": Measured(Fraction(users.projects), n),
        "national_projects": Measured(Fraction(users.national_projects), n),
        "institutions_served": Measured(Fraction(users.institutions), n),
        "companies_served": Measured(Fraction(users.companies), n),
        "external_income": Measured(Fraction(users.external_income), n),
        "rating": _of(users.rating_sum, users.ratings, users.ratings),
    }


def _staff(asked: Asked, n: int) -> dict[str, Measured]:
    count = operators(asked.institution_id, asked.now.date())
    return {"operators": Measured(Fraction(count), n), "instruments_per_operator": _of(n, count, n)}
