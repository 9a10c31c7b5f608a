"""Divide a run among its customers: by parts as entered, else by samples; it is priced as one, then divided. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instruments.rates.counting import AS_ENTERED, BY_SAMPLES, EQUALLY, PartOfRun, Use
from instruments.usage.facts import Customer, weights


def divided(whole: Use, customers: Sequence[Customer]) -> list[Use]:
    """The run as each of its two or more customers is charged for it, in their order: the whole of it, and their part.

    What it costs in all does not depend on how many share it; samples and items are divided by the samples of each.
    """
    parts, by = _parts(customers)
    samples = tuple(each.samples for each in customers)
    return [
        replace(whole, part=PartOfRun(by, tuple(parts), place, samples)) for place in range(len(customers))
    ]


def _parts(customers: Sequence[Customer]) -> tuple[list[int], str]:
    """By which the hours are divided, and what that is; all alike where nothing else divides them."""
    parts = weights(customers)
    if not any(parts):
        return [1] * len(parts), EQUALLY
    return parts, AS_ENTERED if all(each.share is not None for each in customers) else BY_SAMPLES
