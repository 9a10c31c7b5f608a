"""The paths of a seven-day strip, joined here because a page of results draws two hundred bars: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

STEP, WIDE, HIGH = 27, 25, 15
LEAST = 1.5
HATCH = "M{x} 5l5-5m6 0l-11 11m2 4l15-15m6 0l-15 15m6 0l11-11m0 6l-5 5"


@dataclass(slots=True)
class Strip:
    """SVG path data of the bars and of the closed days, and the letters with their places."""

    fill: str
    closed: str
    letters: str
    places: str
    words: str


def strip_paths(days: Sequence[Mapping[str, Any]]) -> Strip:
    """Draw days {"letter", "words", "share" (0 to 1), "closed"}; a little free time is never too low to see."""
    fill, closed = [], []
    for column, day in enumerate(days):
        if day["closed"]:
            closed.append(_hatch(column))
        elif day["share"] > 0:
            fill.append(_bar(column, round(max(HIGH * min(day["share"], 1), LEAST) * 10)))
    return Strip(
        fill="".join(fill),
        closed="".join(closed),
        letters="".join([day["letter"] for day in days]),
        places=_places(len(days)),
        words="; ".join([day["words"] for day in days]),
    )


@cache
def _bar(column: int, tenths: int) -> str:
    return f"M{column * STEP} {HIGH}v-{tenths / 10:g}h{WIDE}v{tenths / 10:g}"


@cache
def _hatch(column: int) -> str:
    return HATCH.format(x=column * STEP)


@cache
def _places(columns: int) -> str:
    return " ".join(f"{column * STEP + WIDE / 2:g}" for column in range(columns))
