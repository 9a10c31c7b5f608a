"""Which statements are netted, and how much of each: the oldest first, until both sides come to the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def taken(left: Sequence[int], most: int) -> Iterator[int]:
    """How much of each of these sums, in their order, comes to at most so much together; 0 once it is reached."""
    for units in left:
        takes = max(min(units, most), 0)
        most -= takes
        yield takes


def netted(one: Sequence[int], two: Sequence[int]) -> tuple[int, list[int], list[int]]:
    """What two can net of what is left on their statements: how much, and how much of each, in their order."""
    most = min(sum(one), sum(two))
    return most, list(taken(one, most)), list(taken(two, most))
