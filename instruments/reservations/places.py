"""Some of an instrument's places closed: how they count beside reservations, and which of those still have a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from instruments.timespan import Pair, crowded, depth, intersect, layers, subtract


def as_places(closed: Iterable[tuple[int, int, int]]) -> list[Pair]:
    """The spans (start, end, units), each as often as it closes a place, sorted: closures add up, like reservations."""
    return sorted((start, end) for start, end, units in closed for _ in range(units))


def cut_by_closing(spans: Sequence[Pair], places: Sequence[Pair]) -> list[tuple[Pair, int]]:
    """These spans, cut where another number of places is closed, by start, with that number."""
    if not places:
        return [(span, 0) for span in spans]
    found = [(span, 0) for span in subtract(spans, places)]
    for layer, closed in layers(places):
        found += [(span, closed) for span in intersect(spans, [layer])]
    return sorted(found)


def too_full(held: Iterable[Pair], places: Sequence[Pair], capacity: int) -> list[Pair]:
    """Where more is held than the closed places leave, merged."""
    return intersect(crowded([*held, *places], capacity + 1), places)


def without_place(
    held: Sequence[tuple[int, int, int]], places: Sequence[Pair], capacity: int, now: int
) -> set[int]:
    """The reservations (id, start, end) for which no place is left, when those under way keep theirs and the others
    have one in the order in which they were booked."""
    tight = too_full(((start, end) for _, start, end in held), places, capacity)
    if not tight:
        return set()
    out: set[int] = set()
    stay: list[Pair] = []
    for number, start, end in sorted(held, key=lambda one: (one[1] > now, one[0])):
        span = (max(start, now), end)
        beside = [each for each in (*stay, *places) if each[0] < span[1] and span[0] < each[1]]
        within = [(max(first, span[0]), min(last, span[1])) for first, last in beside]
        if intersect([span], tight) and depth(within) >= capacity:
            out.add(number)
        else:
            stay.append(span)
    return out
