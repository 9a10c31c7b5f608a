"""Figures row by row: of instruments, labs, institutions, classes or months, as tables and files show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from instruments.rounding import half_up, percent
from instruments.usage.kinds import GRADES
from instruments.utilization.adding import totals_in_by
from instruments.utilization.asking import INSTRUMENT, LAB, PLATFORM
from instruments.utilization.definitions import DEFINITIONS, EVIDENCE_SUMS, HOURS, MEASURES, SHARE
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection
from instruments.utilization.totals import Totals

BY = ("instrument", "lab", "institution", "class", "month")
# What stands in a row: all measures, the figures that are no measure themselves, and the evidence of hours of use.
FIGURES_BESIDE = tuple(code for code, each in DEFINITIONS.items() if each.over != code)
ORDERS = tuple(dict.fromkeys((*MEASURES, *DEFINITIONS)))


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


def rows_by(
    by: str, chosen: Selection, period: Period, now: datetime, order: str, having: str = ""
) -> list[Row]:
    """All rows, not named yet, those with the most of a measure or figure first; by month in their order. One statement.

    having: only those that have any of this measure. An instrument of which there is nothing at all is no row: it was not in
    service, and nothing happened to it.
    """
    found = totals_in_by(by, chosen, period, now)
    rows = [Row(key, "", "", totals) for key, totals in found.items() if _stands(by, totals, having)]
    if by == "month":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-_size(row.totals, order), str(row.key)))


def _stands(by: str, totals: Totals, having: str) -> bool:
    if having:
        return totals.sums.get(having, 0) > 0
    return by != "instrument" or any(totals.sums.values())


def named(by: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that are shown, with their names. One statement."""
    names = {} if by == "month" else names_of(by, [row.key for row in rows])
    return [Row(row.key, *names.get(row.key, ("", "")), row.totals) for row in rows]


def _size(totals: Totals, order: str) -> float:
    if order in MEASURES:
        # Its sum, in whatever unit, stands in the same order.
        return totals.sums.get(order, 0)
    value = totals.figure(order).value
    return -1.0 if value is None else float(value)


def heads() -> list[tuple[str, str]]:
    """The code and the English name of every column of measures and figures, after the name."""
    return [
        *((code, each.name) for code, each in MEASURES.items()),
        *((code, DEFINITIONS[code].name) for code in FIGURES_BESIDE),
    ]


def cells(totals: Totals) -> Sequence[Decimal | int | str]:
    """The values of a row in the order of the heads: hours to a tenth, shares in percent to a tenth; "" where none is.

    After those of the heads, the evidence of each of EVIDENCE_SUMS by its grades."""
    measures = [_cell(totals.measure(code), each.unit) for code, each in MEASURES.items()]
    figures = [_cell(totals.figure(code).value, DEFINITIONS[code].unit) for code in FIGURES_BESIDE]
    return [*measures, *figures, *(cell for code in EVIDENCE_SUMS for cell in evidence_cells(totals, code))]


def evidence_cells(totals: Totals, code: str) -> list[Decimal | str]:
    """Each grade as a part of these hours, in percent to a tenth; "" where there are no such hours."""
    found = totals.evidence(code)
    parts = dict(found.parts) if found else {}
    return [percent(parts.get(grade, Fraction())) if parts else "" for grade in GRADES]


def _cell(value: Any, unit: str) -> Decimal | int | str:
    if value is None:
        return ""
    if unit == SHARE:
        return percent(value)
    return tenths(value) if unit == HOURS else int(half_up(value, 0))


def fine_hours(hours: Fraction | Decimal | float) -> Decimal:
    """Hours of single uses and reservations in files, so fine that they come to the figure of which they are rows."""
    return half_up(hours, 4)


def tenths(hours: Fraction | Decimal | float) -> Decimal:
    """Hours to a tenth, as files hold them."""
    return half_up(hours, 1)
