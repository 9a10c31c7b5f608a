"""Open time cut into pieces of about a day, the nearer to today the weightier: where reservations are laid."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from operator import itemgetter
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability.opening import midnight
from instruments.demo.generator.openings import DAYS_AHEAD, DAYS_BACK, Shape, open_time
from instruments.demo.generator.places import ZONE
from instruments.reservations.limits import BookingRules
from instruments.timespan import Pair, merge, subtract

DAY = 86_400
TYPICAL_MINUTES = (
    15,
    30,
    45,
    60,
    60,
    90,
    120,
    120,
    120,
    180,
    180,
    240,
    240,
    480,
    720,
    1440,
    2880,
    5760,
    10_080,
)
GAPS = (0, 0, 0, 0, 1, 1, 2, 4)
"""Steps of the grid that stay free between two reservations."""
NIGHT_ENDS = 7 * 3600


class Piece(NamedTuple):
    """Open time without a break; `cut` when the piece before it adjoins."""

    start: int
    end: int
    weight: float
    cut: bool


_START, _END, _WEIGHT = itemgetter(0), itemgetter(1), itemgetter(2)


@dataclass(frozen=True)
class Pieces:
    """The pieces of one calendar and their weights added up."""

    pieces: Sequence[Piece]
    added: Sequence[float]

    @property
    def weight(self) -> float:
        """The weight of all pieces together."""
        return self.added[-1] if self.added else 0.0


def weight_of_day(offset: int) -> float:
    """How busy a day is, so many days after today: a year of use, and calendars that are fullest around now."""
    if -7 <= offset <= 7:
        return 6.0
    if -21 <= offset <= 21:
        return 4.0
    if offset >= -60:
        return 2.0
    return 1.5


def pieces_of(shape: Shape, rules: BookingRules, closed: Sequence[Pair], since: date, anchor: date) -> Pieces:
    """The pieces of an instrument's open time that may hold reservations: from its first day to its horizon."""
    longest = rules.longest
    length = DAY if longest <= DAY else longest + DAY
    ahead = min(rules.horizon_days - 1, DAYS_AHEAD)
    usual = _usual(shape, anchor, length, ahead)
    if not closed and since <= anchor - timedelta(days=DAYS_BACK):
        return usual
    return _weighed(
        list(_without(usual.pieces, merge([*closed, (0, midnight(since, ZoneInfo(shape.zone)))])))
    )


@cache
def _usual(shape: Shape, anchor: date, length: int, ahead: int) -> Pieces:
    return _cut(open_time(shape, anchor), anchor, length, ahead)


def _without(pieces: Sequence[Piece], holes: Sequence[Pair]) -> Iterator[Piece]:
    """The pieces without some time: most of them as they are, for most years are longer than what is closed."""
    index = 0
    for start, end in holes:
        first = bisect_right(pieces, start, lo=index, key=_END)
        last = bisect_left(pieces, end, lo=first, key=_START)
        yield from pieces[index:first]
        for piece in pieces[first:last]:
            for since, until in subtract([piece[:2]], holes):
                part = (until - since) / (piece.end - piece.start)
                yield Piece(since, until, piece.weight * part, piece.cut and since == piece.start)
        index = last
    yield from pieces[index:]


def _cut(spans: Sequence[Pair], anchor: date, length: int, ahead: int) -> Pieces:
    today = midnight(anchor, ZONE)
    last = midnight(anchor + timedelta(days=ahead), ZONE)
    pieces: list[Piece] = []
    for start, end in spans:
        end = min(end, last)
        cut = False
        while start < end:
            until = min(end, start + length)
            share = min(1.0, (until - start) / (10 * 3600))
            pieces.append(Piece(start, until, weight_of_day((start - today) // DAY) * share, cut))
            start, cut = until, True
    return _weighed(pieces)


def _weighed(pieces: Sequence[Piece]) -> Pieces:
    return Pieces(pieces, list(accumulate(map(_WEIGHT, pieces))))


def lay(pieces: Pieces, count: int, rules: BookingRules, chance: Random) -> list[Pair]:
    """Up to `count` spans on the grid that keep the limits and the buffer, in order, most of them near today."""
    if not pieces.pieces or count <= 0:
        return []
    if count * 2 < len(pieces.pieces):
        drawn = chance.choices(range(len(pieces.pieces)), cum_weights=pieces.added, k=count * 2 + 2)
        chosen = [pieces.pieces[index] for index in sorted(set(drawn))]
        candidates = [span for piece in chosen for span in _walk(piece, rules, chance)]
        return sorted(chance.sample(candidates, min(count, len(candidates))))
    keyed = [
        (chance.random() / piece.weight, span)
        for piece in pieces.pieces
        for span in _walk(piece, rules, chance)
    ]
    keyed.sort()
    return sorted(span for _, span in keyed[:count])


def _walk(piece: Piece, rules: BookingRules, chance: Random) -> Iterator[Pair]:
    """Spans one after another through a piece, with gaps; few at night."""
    grid, lengths, offset = rules.grid_minutes * 60, _lengths(rules), midnight_offset()
    draw, shortest, kinds = chance.random, rules.shortest, len(lengths)
    start = _up(piece.start + (rules.buffer if piece.cut else 0), grid, offset)
    while start + shortest <= piece.end:
        room = (piece.end - start) // grid * grid
        length = min(lengths[int(draw() * kinds)], room)
        if length < shortest:
            return
        night = (start + offset) % DAY < NIGHT_ENDS
        if draw() > (0.85 if night else 0.12):
            yield start, start + length
        gap = GAPS[int(draw() * len(GAPS))] * grid
        start = _up(start + length + max(rules.buffer, gap), grid, offset)


@cache
def _lengths(rules: BookingRules) -> Sequence[int]:
    """Usual lengths within the limits, in seconds, in whole steps of the grid."""
    grid = rules.grid_minutes
    usual = {
        "most": rules.longest_minutes if rules.longest_minutes > 1440 else min(480, rules.longest_minutes)
    }
    fitting = [
        minutes * 60
        for minutes in TYPICAL_MINUTES
        if minutes % grid == 0 and rules.shortest_minutes <= minutes <= usual["most"]
    ]
    return fitting or [-(-rules.shortest_minutes // grid) * grid * 60]


def _up(second: int, grid: int, offset: int) -> int:
    """The next step of the grid, which counts from local midnight."""
    return -(-(second + offset) // grid) * grid - offset


@cache
def midnight_offset() -> int:
    """How far midnight at home is from UTC's, in seconds; that of a lab abroad is whole hours from it, as every grid is."""
    return -midnight(date(2026, 1, 1), ZONE) % DAY
