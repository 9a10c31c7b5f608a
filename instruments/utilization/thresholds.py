"""What rules and statistics set beside the statutory forms: when a purchase is reviewed, what counts as full, national means.

They are data: thresholds.toml, or a file of the operator's own, read once. Pure but for that.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from instruments.utilization.definitions import DEFINITIONS

OURS = Path(__file__).with_suffix(".toml")
MOST_HOURS, MOST_YUAN = 8784, 10**12
FULL_OF = "per_instrument"
TEXTS = ("en", "zh")
SHORT = ("short_en", "short_zh")
_file: list[Path] = []


class WrongThresholds(ValueError):
    """The file cannot be used; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Hours a year of one instrument, or a share, and what they are, in both languages; short: as a chart says it."""

    value: Fraction
    en: str
    zh: str
    short_en: str
    short_zh: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """amount: from which price on, in yuan, a purchase needs a review; full_hours: effective hours a year from which on
    instruments count as full; references: by figure, what it is compared with."""

    amount: Decimal
    full_hours: int
    references: Mapping[str, tuple[Reference, ...]]


def use(file: str) -> None:
    """Go by a file of one's own; by ours again without one. Raises WrongThresholds, and OSError where it cannot be read."""
    _file[:] = [Path(file)] if file else []
    thresholds.cache_clear()
    thresholds()


@cache
def thresholds() -> Thresholds:
    """What holds."""
    return read((_file or [OURS])[0].read_text(encoding="utf-8"))


def read(text: str) -> Thresholds:
    """What a file says. Raises WrongThresholds."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongThresholds(f"This is no TOML: {error}") from error
    review = values.get("purchase_review")
    rows = values.get("references", [])
    if not isinstance(review, dict) or not isinstance(rows, list):
        raise WrongThresholds("It needs a table [purchase_review], and a table [[references]] for each line.")
    hours = _whole("purchase_review", review, "full_hours", MOST_HOURS)
    found: defaultdict[str, tuple[Reference, ...]] = defaultdict(tuple)
    for number, row in enumerate(rows, 1):
        where = f"references {number}"
        figure = _text(where, row, "figure")
        if figure not in DEFINITIONS:
            raise WrongThresholds(f"{where}: figure has to be one of {', '.join(DEFINITIONS)}.")
        found[figure] += (_reference(where, row),)
    full = {name: _text("purchase_review", review, name) for name in TEXTS}
    found[FULL_OF] += (Reference(Fraction(hours), **full, short_en=full["en"], short_zh=full["zh"]),)
    return Thresholds(Decimal(_whole("purchase_review", review, "amount", MOST_YUAN)), hours, dict(found))


def _reference(where: str, row: Mapping[str, Any]) -> Reference:
    value = Fraction(_whole(where, row, "hours", MOST_HOURS))
    if "share_of" in row:
        value /= _whole(where, row, "share_of", MOST_HOURS)
    return Reference(value, *(_text(where, row, name) for name in (*TEXTS, *SHORT)))


def _whole(where: str, row: Mapping[str, Any], name: str, most: int) -> int:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
        raise WrongThresholds(f"{where}: {name} has to be a whole number from 1 to {most}.")
    return value


def _text(where: str, row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise WrongThresholds(f"{where}: {name} has to be a text.")
    return value
