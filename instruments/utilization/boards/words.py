"""What the lines are called that figures are held against."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from instruments.utilization.boards.lines import Line
from instruments.utilization.thresholds import Reference, thresholds
from instruments.web.language import in_language


def references(code: str) -> Sequence[Reference]:
    """What the field compares a figure with."""
    return thresholds().references.get(code, ())


def line_words(line: Line) -> str:
    """What a line is: the target, or what the field compares with."""
    return in_language(line.reference.en, line.reference.zh) if line.reference else gettext("Target")
