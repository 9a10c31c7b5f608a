"""Settle what several witnesses report of one use into the time that counts: the union of intervals by layer and grade. Pure.

Late, repeated and overlapping reports come to the same whatever their order (metrics.md, rules 1 and 8). What somebody
corrected stands against every report of that layer, before or after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from instruments.timespan import Pair, clipped, intersect, merge, subtract
from instruments.usage.kinds import (
    ASSUMED,
    ATTENDED,
    DEBUGGING,
    DOWN,
    EFFECTIVE,
    FAULT,
    GRADES,
    IDLE,
    LAYERS,
    NOT_CHARGED,
    USED,
)


class Report(NamedTuple):
    """One span in UTC seconds, as a witness reported it; correction: the number of the correction it is part of, 0 for
    what was reported."""

    layer: str
    start: int
    end: int
    grade: str
    correction: int = 0


class Correction(NamedTuple):
    """Somebody set a layer anew; of several of a layer the one with the highest number counts."""

    number: int
    layer: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The time that counts, by layer, in merged UTC seconds; graded: the used time cut by the best evidence of each part."""

    layers: Mapping[str, tuple[Pair, ...]]
    graded: tuple[tuple[Pair, str], ...]

    @property
    def _is_plain(self) -> bool:
        """Whether nothing is known but that somebody was there, as of most uses."""
        return len(self.layers) == 1 and ATTENDED in self.layers

    @property
    def used(self) -> list[Pair]:
        """When somebody was there, in whatever layer."""
        if self._is_plain:
            return list(self.layers[ATTENDED])
        return merge(span for layer in USED for span in self.layers.get(layer, ()))

    @property
    def not_charged(self) -> list[Pair]:
        """What the lab owes, inside the use (charging.md, rule 13)."""
        owed = merge(span for layer in NOT_CHARGED for span in self.layers.get(layer, ()))
        return intersect(self.used, owed) if owed else []

    @property
    def effective(self) -> list[Pair]:
        """Preparation, measurement and post-processing, or all that was attended where nothing finer is known; less
        idling, debugging, downtime and faults."""
        if self._is_plain:
            return list(self.layers[ATTENDED])
        finer = merge(span for layer in EFFECTIVE for span in self.layers.get(layer, ()))
        taken = [span for layer in (IDLE, DEBUGGING, DOWN, FAULT) for span in self.layers.get(layer, ())]
        return subtract(finer or self.used, taken)

    @property
    def mix(self) -> dict[str, int]:
        """How many of the used seconds rest on which grade of evidence."""
        found: dict[str, int] = {}
        for (start, end), grade in self.graded:
            found[grade] = found.get(grade, 0) + end - start
        return found

    @property
    def seconds(self) -> int:
        """The length of the used time."""
        return sum(end - start for start, end in self.used)


def settle(
    reports: Iterable[Report], corrections: Iterable[Correction] = (), with_grades: bool = True
) -> Settled:
    """The time that counts. What was only assumed gives way as soon as anything better is known of its layer.

    with_grades: also by which evidence, which is as much work again and matters to no price.
    """
    reports, corrections = list(reports), list(corrections)
    if len(reports) == 1 and not corrections and reports[0].layer == ATTENDED and not reports[0].correction:
        return _of_one(reports[0], with_grades)
    last: dict[str, int] = {}
    for number, layer in corrections:
        last[layer] = max(number, last.get(layer, 0))
    kept = _believed(report for report in reports if report.correction == last.get(report.layer, 0))
    reported = {each.layer for each in kept}
    layers = {
        layer: tuple(merge((each.start, each.end) for each in kept if each.layer == layer))
        for layer in LAYERS
        if layer in reported
    }
    if ATTENDED in last:
        layers = {layer: _within(layers, layer) for layer in layers}
    found = {layer: spans for layer, spans in layers.items() if spans}
    return Settled(found, _graded(kept, Settled(found, ()).used) if with_grades else ())


def _of_one(only: Report, with_grades: bool) -> Settled:
    """What comes of a single report that somebody was there: most uses have no more."""
    if only.end <= only.start:
        return Settled({}, ())
    span = (only.start, only.end)
    return Settled({ATTENDED: (span,)}, ((span, only.grade),) if with_grades else ())


def _believed(reports: Iterable[Report]) -> list[Report]:
    """Without what was assumed of a use of which somebody, or something, bears witness that it was used."""
    kept = list(reports)
    witnessed = any(each.grade != ASSUMED and each.layer in USED for each in kept)
    return [each for each in kept if not (witnessed and each.grade == ASSUMED and each.layer in USED)]


def _within(layers: Mapping[str, Sequence[Pair]], layer: str) -> tuple[Pair, ...]:
    """A layer cut to the attended time, which somebody corrected; what the lab owes stays as it is."""
    spans = layers[layer]
    return tuple(intersect(spans, layers.get(ATTENDED, ()))) if layer in USED else tuple(spans)


def _graded(reports: Sequence[Report], used: list[Pair]) -> tuple[tuple[Pair, str], ...]:
    """The used time, each part by the best grade that bears witness of it."""
    left, found = used, []
    given = {each.grade for each in reports}
    for grade in (grade for grade in GRADES if grade in given):
        seen = merge((each.start, each.end) for each in reports if each.grade == grade and each.layer in USED)
        found += [(span, grade) for span in intersect(left, seen)]
        left = subtract(left, seen)
    return tuple(sorted(found))


def graded_within(graded: Sequence[tuple[Pair, str]], spans: Sequence[Pair]) -> tuple[tuple[Pair, str], ...]:
    """What lies within these spans of time that is told by its evidence."""
    return tuple((part, grade) for span, grade in graded for part in intersect([span], spans))


def last_minutes(used: Sequence[Pair], minutes: int) -> list[Pair]:
    """So many minutes from the end of the used time: where a fault is told by its length alone."""
    left, found = minutes * 60, []
    for start, end in reversed(merge(used)):
        if left <= 0:
            break
        found.append((max(start, end - left), end))
        left -= end - max(start, end - left)
    return merge(found)


def portions(used: Sequence[Pair], weights: Sequence[int]) -> list[list[Pair]]:
    """The used time divided among customers served one after another, in whole seconds that add up.

    weights: their parts, any numbers of the same kind (hours, percent, samples); all zero: equal parts. What cannot be
    divided goes to the first, as the remainder of a split does.
    """
    spans = merge(used)
    whole = sum(end - start for start, end in spans)
    weights = list(weights) if any(weights) else [1] * len(weights)
    lengths = [whole * weight // sum(weights) for weight in weights]
    if lengths:
        lengths[0] += whole - sum(lengths)
    found, done = [], 0
    for length in lengths:
        found.append(_stretch(spans, done, done + length))
        done += length
    return found


def _stretch(spans: Sequence[Pair], first: int, last: int) -> list[Pair]:
    """From the first to the last second of the time that the spans cover."""
    found, passed = [], 0
    for start, end in spans:
        length = end - start
        found += clipped([(start, end)], start + max(0, first - passed), start + min(length, last - passed))
        passed += length
    return found
