"""Chance that repeats: streams of random numbers by name, and shares in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Weights: TypeAlias = Sequence[tuple[str, float]]
SEED = "instrument-commons-1"


def stream(*names: object) -> Random:
    """Random numbers that depend on nothing but the names: one part of the world never shifts another."""
    return Random(":".join([SEED, *map(str, names)]))


def pick(of: Sequence[Item], chance: Random) -> Item:
    """One of them: half a million times, so without what makes `Random.choice` exact for huge numbers."""
    return of[int(chance.random() * len(of))]


def weighed(of: Weights, chance: Random) -> str:
    """One of them by their weights, which are added up to 1."""
    draw = chance.random()
    return next((name for name, until in of if draw < until), of[-1][0])


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
