"""Cuts spans of time at local midnights into the blocks that a week's picture draws: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

DAY = 24 * 60
UNDER = {
    "closed": 0, "words": 1, "partly": 1, "training": 2, "maintenance": 2, "breakdown": 2, "booked": 3, "asked": 4, "yours": 5,
}  # fmt: skip
# What may lie outside of the opening hours without making them look longer.
UPKEEP = frozenset({"maintenance", "training", "breakdown", "partly", "words"})


@dataclass(frozen=True)
class Block:
    """Part of a span within one local day; column counts from the first day, minutes from local midnight.

    word: what it is, where its state does not say it.
    """

    column: int
    from_minute: int
    until_minute: int
    state: str
    label: str
    starts_here: bool
    word: str = ""


@dataclass(frozen=True)
class Week:
    """What a week's picture needs: the hours shown [first, last) and the blocks, undermost first."""

    first_hour: int
    last_hour: int
    blocks: tuple[Block, ...]


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def cut(
    start: datetime, end: datetime, days: Sequence[date], zone: str
) -> Iterable[tuple[int, int, int, bool]]:
    """The (column, from, until, starts here) of each day of `days` that an aware span touches, by wall clock."""
    here, there = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    for column, day in enumerate(days):
        if day < here.date() or day > there.date():
            continue
        first = _minute(here) if day == here.date() else 0
        last = _minute(there) if day == there.date() else DAY
        if last > first:
            yield column, first, last, day == here.date()


def _closed(days: Sequence[date], opening: Sequence[tuple[int, int, int]]) -> Iterable[Block]:
    for column in range(len(days)):
        at = 0
        for _, first, last in sorted(each for each in opening if each[0] == column):
            if first > at:
                yield Block(column, at, first, "closed", "", True)
            at = max(at, last)
        if at < DAY:
            yield Block(column, at, DAY, "closed", "", True)


def _shown(opening: Sequence[tuple[int, int, int]], blocks: Sequence[Block]) -> tuple[int, int]:
    """The hours worth showing: the opening hours and whatever is booked outside of them, eight at least."""
    firsts = [first for _, first, _ in opening] + [
        block.from_minute for block in blocks if block.state not in UPKEEP
    ]
    lasts = [last for _, _, last in opening] + [
        block.until_minute for block in blocks if block.state not in UPKEEP
    ]
    first, last = min(firsts, default=8 * 60) // 60, -(-max(lasts, default=18 * 60) // 60)
    if last - first < 8:
        last = min(24, first + 8)
        first = max(0, last - 8)
    return first, last


def week_blocks(spans: Iterable[Mapping[str, object]], days: Sequence[date], zone: str) -> Week:
    """The picture of `days` from spans {"start", "end", "state", "label", "short"?} with aware ends.

    What no "open" span covers is drawn closed, so callers need not give closed spans; a closed span with a
    label (a holiday, a closure) is drawn with its label.
    """
    opening: list[tuple[int, int, int]] = []
    blocks: list[Block] = []
    for span in spans:
        start, end, state = span["start"], span["end"], str(span["state"])
        assert isinstance(start, datetime) and isinstance(end, datetime)  # noqa: S101 - for the type checker
        for column, first, last, starts_here in cut(start, end, days, zone):
            if state == "open":
                opening.append((column, first, last))
            elif state != "closed" or span.get("label"):
                label, word = (str(span.get(name) or "") for name in ("label", "short"))
                blocks.append(Block(column, first, last, state, label, starts_here, word))
    first_hour, last_hour = _shown(opening, [block for block in blocks if block.state != "closed"])
    named = [(each.column, each.from_minute, each.until_minute) for each in blocks if each.state == "closed"]
    unnamed = _closed(days, [*opening, *named])
    everything = sorted([*unnamed, *blocks], key=lambda block: UNDER.get(block.state, 6))
    return Week(first_hour, last_hour, tuple(everything))
