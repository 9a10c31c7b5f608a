"""Figures row by row: of instruments, labs, institutions, classes or months, as tables and files show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from instruments.rounding import half_up, percent
from instruments.utilization.adding import totals_in_by
from instruments.utilization.asking import INSTRUMENT, LAB, PLATFORM
from instruments.utilization.definitions import DEFINITIONS, HOURS, MEASURES, SHARE
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection
from instruments.utilization.totals import Totals

BY = ("instrument", "lab", "institution", "class", "month")
# What stands in a row: measures, and figures of them.
MEASURES_SHOWN = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "inside", "outside", "external", "unused",
    "uses", "samples", "reservations", "no_shows", "late_cancelled", "repairs", "instruments",
    "rated", "rated_used", "survey",
)  # fmt: skip
FIGURES_SHOWN = (
    "utilization", "utilization_open", "utilization_calendar", "utilization_rated", "utilization_survey", "open_share",
    "shared_by_hours", "shared_by_count", "no_show_rate", "lead_time", "downtime_share", "between_failures", "per_instrument",
)  # fmt: skip


def ways_of(kind: str) -> list[str]:
    """By what the instruments of a place can be told apart."""
    if kind == INSTRUMENT:
        return ["month"]
    left_out = {PLATFORM: (), LAB: ("institution", "lab")}.get(kind, ("institution",))
    return [way for way in BY if way not in left_out]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its key (a number, a class code, or a month such as 202611), its names, and what it comes to."""

    key: Any
    name_en: str
    name_zh: str
    totals: Totals


def rows_by(by: str, chosen: Selection, period: Period, now: datetime, order: str) -> list[Row]:
    """All rows, not named yet, those with the most of a measure or figure first; by month in their order. One statement."""
    rows = [Row(key, "", "", totals) for key, totals in totals_in_by(by, chosen, period, now).items()]
    if by == "month":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-_size(row.totals, order), str(row.key)))


def named(by: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that are shown, with their names. One statement."""
    names = {} if by == "month" else names_of(by, [row.key for row in rows])
    return [Row(row.key, *names.get(row.key, ("", "")), row.totals) for row in rows]


def _size(totals: Totals, order: str) -> float:
    if order in MEASURES_SHOWN:
        # Its sum, in whatever unit, stands in the same order.
        return totals.sums.get(order, 0)
    value = totals.figure(order).value
    return -1.0 if value is None else float(value)


def heads() -> list[tuple[str, str]]:
    """The code and the English name of every column after the name."""
    return [
        *((code, MEASURES[code].name) for code in MEASURES_SHOWN),
        *((code, DEFINITIONS[code].name) for code in FIGURES_SHOWN),
    ]


def cells(totals: Totals) -> Sequence[Decimal | int | str]:
    """The values of a row in the order of the heads: hours to a tenth, shares in percent to a tenth; "" where none is."""
    measures = [_cell(totals.measure(code), MEASURES[code].unit) for code in MEASURES_SHOWN]
    figures = [_cell(totals.figure(code).value, DEFINITIONS[code].unit) for code in FIGURES_SHOWN]
    return [*measures, *figures]


def _cell(value: Any, unit: str) -> Decimal | int | str:
    if value is None:
        return ""
    if unit == SHARE:
        return percent(value)
    return tenths(value) if unit == HOURS else int(half_up(value, 0))


def tenths(hours: Fraction | Decimal | float) -> Decimal:
    """Hours to a tenth, as files hold them."""
    return half_up(hours, 1)
