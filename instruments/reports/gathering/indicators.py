"""The rows of the workbook of indicators: a figure, what it is held against, and the gap between them; never a score."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from instruments.reports.form import COUNT, HOURS, MONEY, SHARE, Item
from instruments.reports.gathering.asked import Asked, Found
from instruments.reports.gathering.measured import Measured, measured
from instruments.reports.indicator_figures import FIGURES, OF_INSTRUMENTS, OF_RATINGS, Meaning
from instruments.rounding import half_up

UNITS = {SHARE: "%", HOURS: "小时", MONEY: "万元", COUNT: ""}
DECIMALS = {SHARE: 1, HOURS: 0, MONEY: 2, COUNT: 0}
# As the workbook writes it.
COUNTED = {OF_INSTRUMENTS: "仪器（台套）", OF_RATINGS: "评分（条）"}
# No denominator, no value: rule 7 of metrics.
NONE = "–"


def found_indicators(asked: Asked) -> tuple[list[Found], int]:
    """A row for each item of the sheet, in its order."""
    found, unknown = measured(asked)
    return [_row(item, found[item.figure]) for item in asked.sheet.items], unknown


def _row(item: Item, figure: Measured) -> Found:
    meaning = FIGURES[item.figure]
    shown = None if figure.value is None else _shown(meaning, figure.value)
    gap = None if shown is None or item.reference is None else shown - item.reference
    values = {
        "indicator.first": item.first,
        "indicator.second": item.second,
        "indicator.name": item.zh,
        "indicator.value": NONE if shown is None else str(shown),
        "indicator.unit": UNITS[meaning.unit],
        "indicator.n": str(figure.n),
        "indicator.counts": COUNTED[meaning.counts],
        "indicator.reference": "" if item.reference is None else str(item.reference),
        "indicator.reference_from": item.reference_from,
        "indicator.gap": "" if gap is None else f"{gap:+}",
        "indicator.definition": f"{item.figure} v{meaning.version}",
    }
    return Found(f"item:{item.key}", values)


def _shown(meaning: Meaning, value: Fraction) -> Decimal:
    """In the unit that it is told in: percent, hours, 10,000 yuan."""
    scale = {SHARE: Fraction(100), MONEY: Fraction(1, 10_000)}.get(meaning.unit, Fraction(1))
    return half_up(value * scale, DECIMALS[meaning.unit] if meaning.decimals is None else meaning.decimals)
