"""Chance that repeats: streams of random numbers by name, and shares in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

SEED = "instrument-commons-1"


def stream(*names: object) -> Random:
    """Random numbers that depend on nothing but the names: one part of the world never shifts another."""
    return Random(":".join([SEED, *map(str, names)]))


def apportion(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """`total` divided in whole numbers by weight, at least `least` each while there is enough; the sum is exact."""
    if not weights:
        return []
    least = min(least, total // len(weights))
    rest = total - least * len(weights)
    whole = sum(weights)
    exact = [rest * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    missing = rest - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[:missing]:
        shares[index] += 1
    return [share + least for share in shares]
