"""The first-level subjects of GB/T 13745, by code and by either name."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "data" / "subjects.csv"


class Subject(NamedTuple):
    """One subject: its three digits and its names."""

    code: str
    name_zh: str
    name_en: str


def _read() -> Sequence[Subject]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Subject(row["code"], row["name_zh"], row["name_en"]) for row in csv.DictReader(file)]


LIST: Sequence[Subject] = _read()
SUBJECTS: Mapping[str, Subject] = {name.lower(): subject for subject in LIST for name in subject}
