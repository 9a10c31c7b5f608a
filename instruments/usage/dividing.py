"""Divide what a run took among its customers: hours and minutes as entered, else by samples; parts add up to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from instruments.rates.counting import AS_ENTERED, BY_SAMPLES, EQUALLY, PartOfRun, Use
from instruments.timespan import intersect, merge, subtract
from instruments.usage.facts import Customer, weights
from instruments.usage.settling import portions


def divided(whole: Use, customers: Sequence[Customer]) -> list[Use]:
    """What each of two or more customers of a run is charged for, in their order.

    Each bears of the minutes that the lab owes the same part as of the others, wherever in the run they lay. Samples are
    each customer's own; what was counted by other codes is divided by the samples, to a thousandth.
    """
    parts, by = _parts(customers)
    owed = intersect(merge(whole.sessions), whole.not_charged)
    times, free = portions(subtract(whole.sessions, owed), parts), portions(owed, parts)
    seconds = sum(end - start for start, end in merge(whole.sessions))
    borne = [PartOfRun(by, tuple(parts), place, seconds) for place in range(len(customers))]
    counts = _shared(whole.counts, [each.samples for each in customers])
    return [
        Use(
            sessions=tuple(merge([*time, *without_charge])),
            not_charged=tuple(without_charge),
            ended_by_rule=whole.ended_by_rule,
            counts=counted,
            operator_minutes=part.of(whole.operator_minutes),
            samples=each.samples,
            part=part,
        )
        for each, time, without_charge, counted, part in zip(
            customers, times, free, counts, borne, strict=True
        )
    ]


def _parts(customers: Sequence[Customer]) -> tuple[list[int], str]:
    """By which the hours are divided, and what that is; all alike where nothing else divides them."""
    parts = weights(customers)
    if not any(parts):
        return [1] * len(parts), EQUALLY
    return parts, AS_ENTERED if all(each.share is not None for each in customers) else BY_SAMPLES


def _shares(whole: int, parts: Sequence[int]) -> list[int]:
    """A whole number by weights, each part rounded down, the rest to the first."""
    weighed = list(parts) if any(parts) else [1] * len(parts)
    shares = [whole * weight // sum(weighed) for weight in weighed]
    return [shares[0] + whole - sum(shares), *shares[1:]]


def _shared(counts: Mapping[str, Decimal], samples: Sequence[int]) -> list[dict[str, Decimal]]:
    """What was counted, by the samples of each; to a thousandth, the rest to the first."""
    found: list[dict[str, Decimal]] = [{} for _ in samples]
    for code, number in counts.items():
        for each, part in zip(found, _shares(int(number * 1000), samples), strict=True):
            each[code] = Decimal(part) / 1000
    return found
