"""From where a project is paid: the choices of this product, and what the national record of services calls each.

The national list (16 codes, A to P) is older than the key research and development programmes, which took the place of
several of its entries; they go by the code of what central departments commission. Before a record is sent, the codes are
to be compared with the interface of the day.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from instruments.errors import N_

FILE = Path(__file__).parent / "data" / "funding_sources.csv"
FUNDING_SOURCES: Mapping[str, str] = {
    "national_major": N_("National major science and technology projects"),
    "national_rd": N_("National key research and development programmes"),
    "natural_science": N_("National natural science foundation"),
    "social_science": N_("National social science foundation"),
    "ministry": N_("Programmes of ministries"),
    "local": N_("Programmes of provinces and cities"),
    "own": N_("Own funds of the institution"),
    "enterprise": N_("Commissioned by enterprises"),
    "international": N_("International cooperation"),
    "teaching": N_("Teaching funds"),
    "other": N_("Other sources"),
    "none": N_("No project"),
}


class NationalSource(NamedTuple):
    """What the national record calls it: a letter (none where there is no project), and its Chinese name."""

    code: str
    name_zh: str


def _read() -> Mapping[str, NationalSource]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: NationalSource(row["national_code"], row["national_name_zh"])
            for row in csv.DictReader(file)
        }


NATIONAL: Mapping[str, NationalSource] = _read()
