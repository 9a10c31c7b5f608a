"""The cells of figures in files: how they are called, their numbers, their targets and the evidence of their hours."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from instruments.errors import N_
from instruments.rounding import percent
from instruments.utilization.boards.lines import Line
from instruments.utilization.definitions import DEFINITIONS, SHARE
from instruments.utilization.figures import Figure
from instruments.utilization.listing import tenths
from instruments.utilization.totals import Totals
from instruments.utilization.views.words import GRADE_WORDS
from instruments.web import wording

TARGET_HEADS = (N_("Target (of hours: a year)"), N_("Above the target by"))


def target_cells(figure: Figure, lines: Sequence[Line]) -> list[Decimal | str]:
    """What a figure is to reach and by how much it lies above that in this period, "" where there is no target."""
    line = next((each for each in lines if each.is_target), None)
    if line is None:
        return ["", ""]
    cell = percent if figure.definition.unit == SHARE else tenths
    return [cell(line.a_year), "" if line.gap is None else cell(line.gap)]


def change_cell(change: Decimal | None, *, was_none: bool) -> Decimal | str:
    """By how much something changed; that there was none before, and "" where nothing stands beside it."""
    if change is None:
        return gettext("0 before") if was_none else ""
    return tenths(change)


def evidence_words(totals: Totals, code: str) -> str:
    """The evidence of the hours above the line of a figure in words; empty where it is not made of hours of use."""
    found = totals.evidence(code)
    if found is None or not found.parts:
        return ""
    parts = [f"{gettext(GRADE_WORDS[grade])} {wording.share(part)}" for grade, part in found.parts]
    mix = gettext(", ").join(parts)
    if found.of == DEFINITIONS[code].over:
        return mix
    return f"{gettext('Evidence of all effective hours')}{gettext(': ')}{mix}"


def named_cell(name: str, unit: str) -> str:
    """What a figure is called in a file: shares stand in percent there."""
    return f"{gettext(name)} (%)" if unit == SHARE else gettext(name)


def number_cell(number: Any) -> Decimal | int:
    """A number of a figure as a file holds it."""
    return tenths(number.value) if number.decimals else int(number.value)
