"""Ready sets of limits for usual ways of running an instrument, as data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from instruments.reservations.limits import NUMBERS, BookingRules, Limit

OWN_PEOPLE = ("lab_days", "institution_days")
FILE = Path(__file__).parent / "data" / "presets.csv"


@dataclass(frozen=True)
class Preset:
    """A named set of limits, with a line that says what it is for, in both languages."""

    key: str
    name: tuple[str, str]
    words: tuple[str, str]
    limits: Mapping[str, Limit]

    def limits_over(self, defaults: BookingRules) -> dict[str, Limit]:
        """Its limits in place of these. Where the lab's own people would then book less far ahead than everybody, because
        what is left empty is theirs from before, they book as far.
        """
        horizon = self.limits.get("horizon_days")
        shorter = {
            name: horizon
            for name in OWN_PEOPLE
            if isinstance(horizon, int) and (getattr(defaults, name) or horizon) < horizon
        }
        return {**self.limits, **shorter}


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by its key, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {line["key"]: _read(line) for line in csv.DictReader(file)}


def _read(line: dict[str, str]) -> Preset:
    limits: dict[str, Limit] = {name: int(line[name]) for name in NUMBERS if line.get(name)}
    limits["names_seen"] = line["names_seen"]
    return Preset(
        line["key"],
        (line["name_en"], line["name_zh"]),
        (line["words_en"], line["words_zh"]),
        limits,
    )
