"""Which periods a form can be of, and in which it is asked for: quarters, years, academic years, two years, a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from instruments.errors import N_, Reason, Refusal
from instruments.reports.form import ACADEMIC, OCCASION, QUARTER, TWO_YEARS, YEAR
from instruments.utilization import periods
from instruments.utilization.periods import Period

DECEMBER = 12


def period_of(kind: str, day: date) -> Period:
    """The period of a form that a day lies in; two years begin with an even one."""
    if kind == QUARTER:
        return periods.quarter(day)
    if kind == YEAR:
        return periods.year(day)
    if kind == ACADEMIC:
        return periods.academic_year(day)
    if kind == TWO_YEARS:
        first = day.year - day.year % 2
        return periods.between(date(first, 1, 1), date(first + 1, DECEMBER, 31))
    return periods.between(day, day)


def read(kind: str, code: str, today: date) -> Period:
    """The period that an address names for a form of this kind; without a code of what is filed on occasion: today.

    Raises Refusal where it is none of this kind, or has not begun.
    """
    if kind == OCCASION and not code:
        return period_of(kind, today)
    found = periods.read(code)
    if period_of(kind, found.first) != found:
        sentence = N_("This form is for another kind of period, such as %(example)s.")
        raise Refusal([Reason("period_kind", "period", sentence, {"example": period_of(kind, today).code})])
    if found.first > today:
        raise Refusal([Reason("not_begun", "period", N_("This period has not begun."))])
    return found


def back_from(kind: str, today: date, most: int) -> Iterator[Period]:
    """The running period and so many before it, the newest first."""
    found = period_of(kind, today)
    for _ in range(most + 1):
        yield found
        found = period_of(kind, found.first - timedelta(days=1))
