"""Instruments as rows: what the catalogue says, the hours of the last full calendar year, and what was done in the period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from instruments.reports.gathering.asked import Asked, Found
from instruments.reports.gathering.catalogue import told_of
from instruments.reports.gathering.done import done_by
from instruments.reports.gathering.which import which
from instruments.utilization import periods
from instruments.utilization.adding import totals_in_by
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection
from instruments.utilization.totals import AN_HOUR

SECONDS = 3600
OF_LAST_YEAR = ("last_year.hours", "last_year.external_hours")


def found_instruments(asked: Asked) -> tuple[list[Found], int]:
    """A row for each, by their numbers, and how many more may belong here."""
    chosen = which(asked)
    told = told_of(asked, chosen.numbers)
    hours = _last_year(asked) if set(OF_LAST_YEAR) & asked.wanted else {}
    done = done_by(asked, chosen.numbers) if any(each.startswith("period.") for each in asked.wanted) else {}
    rows = []
    for number in chosen.numbers:
        values, lacks = told[number]
        own = {**values, **hours.get(number, dict.fromkeys(OF_LAST_YEAR, Fraction())), **done.get(number, {})}
        rows.append(Found(f"instrument:{number}", own, chosen.labs[number], number, lacks))
    return rows, chosen.unknown


def last_full_year(day: date) -> Period:
    """The last calendar year that is over on this day."""
    return periods.year(date(day.year - 1, 1, 1))


def _last_year(asked: Asked) -> Mapping[int, dict[str, Any]]:
    """By instrument, hours by the clock in seconds, from the summaries of the months. One statement."""
    period = last_full_year(asked.until)
    chosen = Selection(asked.institution_id, asked.lab_id)
    return {
        number: {
            "last_year.hours": _seconds(totals.sums["clock"]),
            "last_year.external_hours": _seconds(totals.sums["external_clock"]),
        }
        for number, totals in totals_in_by("instrument", chosen, period, asked.now).items()
    }


def _seconds(milliseconds: int) -> Fraction:
    return Fraction(milliseconds * SECONDS, AN_HOUR)
