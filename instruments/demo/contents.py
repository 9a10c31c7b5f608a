"""What the invented world is made of: the tables in instruments/demo/data, read once."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

DATA = Path(__file__).parent / "data"
Line: TypeAlias = Mapping[str, str]


@cache
def table(name: str) -> Sequence[Line]:
    """The lines of data/<name>.csv, each by the names in its head."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def by_key(name: str) -> Mapping[str, Line]:
    """The lines of data/<name>.csv by their first column."""
    lines = table(name)
    first = next(iter(lines[0]))
    return {line[first]: line for line in lines}


def both(name: str, key: str) -> str:
    """The name of a controlled word in both languages, "English / 中文"."""
    line = by_key(name)[key]
    return f"{line['name_en']} / {line['name_zh']}"


@cache
def by_prefix(name: str, code: str) -> Line:
    """The line whose class prefix is the longest that this class code begins with."""
    lines = [line for line in table(name) if code.startswith(line["class_prefix"])]
    return max(lines, key=lambda line: len(line["class_prefix"]))
