"""What closing the whole or a part of something meets: which reservations lie in the way, and which have no place left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from instruments.availability import closures
from instruments.availability.calendar import standing_parts
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, instruments_of
from instruments.reservations.bookable import bookable
from instruments.reservations.displacing import in_the_way
from instruments.reservations.places import as_places, too_full, without_place
from instruments.timespan import Pair, clipped, intersect


@dataclass(frozen=True)
class Closing:
    """Spans that close an owner, by start: one at least.

    units: how many places of the instrument, None for all; closures: those that close them already (stands), or are
    changed to; before: what those closed till now, of which it was decided; opens: the times (start, end, units) at
    which they stand still and will no more.
    """

    owner: Owner
    spans: Sequence[Pair]
    units: int | None = None
    closures: Collection[int] = ()
    before: Sequence[Pair] = ()
    opens: Sequence[tuple[int, int, int | None]] = ()
    stands: bool = False

    @property
    def places(self) -> list[Pair]:
        """The spans as often as they close a place; none where they close all."""
        return as_places((*span, self.units or 0) for span in self.spans)

    def instruments(self) -> list[int]:
        """What is closed by it."""
        return instruments_of(self.owner)


def span(closure: Closure) -> Pair:
    """Both ends in UTC seconds."""
    return int(closure.starts_at.timestamp()), int(closure.ends_at.timestamp())


def closed_by(closed: Sequence[Closure], before: Sequence[Pair] = ()) -> Closing:
    """What these closures close: one, or those that one rule made or one change says anew."""
    spans = [span(closure) for closure in closed]
    numbers = [closure.id for closure in closed]
    return Closing(closures.owner_of(closed[0]), spans, closed[0].units, numbers, before, stands=True)


def said_anew(owner: Owner, together: Sequence[tuple[Closure, Wanted]], now: datetime) -> Closing:
    """What these closures will close when they are as wanted. Raises Refusal with every reason."""
    return Closing(
        owner,
        [closures.span_of(owner, anew, now, each) for each, anew in together],
        together[0][1].units,
        [each.id for each, _ in together],
        [span(each) for each, anew in together if closes_as_much(each.units, anew.units)],
        [(*span(each), each.units) for each, _ in together],
    )


def closes_as_much(before: int | None, after: int | None) -> bool:
    """Whether a closure of so many places (None for all) closed as many as it will."""
    return before is None or (after is not None and after <= before)


def met(closing: Closing, now: datetime) -> Sequence[Row[Any]]:
    """The reservations in the way, as rows of displacing.in_the_way: of a part, those that hold the time at which not all
    have a place."""
    if closing.units is None:
        return in_the_way(closing.instruments(), closing.spans, now, closing.before)
    rows = in_the_way(closing.instruments(), closing.spans, now)
    capacity, places = _room(closing)
    tight = too_full([(row.start, row.end) for row in rows], places, capacity)
    held = [row for row in rows if intersect([(row.start, row.end)], tight)]
    return [row for row in held if not intersect([(row.start, row.end)], closing.before)]


def placeless(closing: Closing, now: datetime) -> set[int]:
    """The reservations in the way that have no place left: of the whole all of them, of a part those booked last."""
    rows = in_the_way(closing.instruments(), closing.spans, now)
    if closing.units is None:
        return {row.id for row in rows}
    capacity, places = _room(closing)
    held = [(row.id, row.start, row.end) for row in rows]
    return without_place(held, places, capacity, int(now.timestamp()))


def _room(closing: Closing) -> tuple[int, list[Pair]]:
    """How many places the instrument has, and which are closed within the spans, by whatever closure."""
    [number] = closing.instruments()
    first, last = closing.spans[0][0], closing.spans[-1][1]
    others = as_places(standing_parts(number, first, last, closing.closures))
    return bookable(number).capacity, [
        *closing.places,
        *(within for one in others for span in closing.spans for within in clipped([one], *span)),
    ]
