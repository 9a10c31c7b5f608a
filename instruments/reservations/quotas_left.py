"""What quotas leave of free time: how long a reservation may be where, each period counted once however often it is asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from instruments.reservations.bookable import Bookable
from instruments.reservations.counting import Holders, Used, used
from instruments.reservations.quotas import Period, Quota, periods, within
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import applying
from instruments.timespan import Pair

# So many periods are counted with one statement: each is held against all that lies about them.
AT_ONCE = 60


class Piece(NamedTuple):
    """A part of free time throughout which the same quotas count. longest: what they leave there, in seconds; None is without
    limit."""

    span: Pair
    longest: int | None


class QuotasLeft:
    """The quotas of an instrument for who asks, with spans that count as held besides what is; `hold` adds one more."""

    def __init__(self, asking: Asking, thing: Bookable, besides: Iterable[Pair], now: int) -> None:
        self._thing, self._now = thing, now
        self._quotas = applying(thing, asking.user)
        self._holders = Holders(asking.user.person_id, asking.group_id, asking.user.institution_id)
        self._apart_from = asking.apart_from
        self._made = asking.made if asking.made is not None else now
        self._counted: dict[tuple[Quota, Period], Used] = {}
        self._besides: dict[tuple[Quota, Period], list[Pair]] = {}
        self._known: dict[tuple[Quota, Pair], list[Period]] = {}
        for span in besides:
            self.hold(span)

    def hold(self, span: Pair) -> None:
        """Let a span count as held from now on."""
        for each in self._counting(span):
            self._besides.setdefault(each, []).append(span)
            if each in self._counted:
                self._counted[each] = self._counted[each].with_one(span, each[1].parts)

    def has_room(self, span: Pair) -> bool:
        """Whether every quota has room for a span."""
        wanted = list(self._counting(span))
        self._count(wanted)
        return all(
            self._counted[quota, period].of(quota) + quota.taken_by(span, period.parts) <= quota.most
            for quota, period in wanted
        )

    def pieces(self, gaps: Sequence[Pair]) -> list[Piece]:
        """These gaps, cut where a quota begins or ends to count, and what may lie across such a cut. A statement for every
        so many periods, none where there is no quota."""
        if not self._quotas or not gaps:
            return [Piece(gap, None) for gap in gaps]
        first, last = min(gap[0] for gap in gaps), max(gap[1] for gap in gaps)
        touched = {quota: self._touched(quota, (first, last)) for quota in self._quotas}
        edges = sorted(set(self._edges(touched)))
        found: list[Piece] = []
        for gap in gaps:
            cuts = edges[bisect_right(edges, gap[0]) : bisect_left(edges, gap[1])]
            parts = list(pairwise((gap[0], *cuts, gap[1])))
            pieces = [Piece(part, self._longest(part, touched)) for part in parts]
            found += pieces
            found += filter(None, (_across(*both) for both in pairwise(pieces)))
        return found

    def _counting(self, span: Pair) -> Iterator[tuple[Quota, Period]]:
        """Of what a span takes something."""
        zone = self._thing.calendar.zone
        for quota in self._quotas:
            if not quota.is_exempt(span[0], self._made):
                for period in periods(quota, span, zone, self._now):
                    if quota.taken_by(span, period.parts):
                        yield quota, period

    def _touched(self, quota: Quota, span: Pair) -> list[Period]:
        """The periods of a quota that lie about a span, counted."""
        if (quota, span) not in self._known:
            found = periods(quota, span, self._thing.calendar.zone, self._now)
            self._count([(quota, period) for period in found])
            self._known[quota, span] = found
        return self._known[quota, span]

    def _count(self, wanted: Sequence[tuple[Quota, Period]]) -> None:
        unknown = [each for each in dict.fromkeys(wanted) if each not in self._counted]
        for place in range(0, len(unknown), AT_ONCE):
            some = unknown[place : place + AT_ONCE]
            found = used(some, self._thing, self._holders, self._apart_from)
            for each, held in zip(some, found, strict=True):
                for span in self._besides.get(each, ()):
                    held = held.with_one(span, each[1].parts)
                self._counted[each] = held

    def _edges(self, touched: dict[Quota, list[Period]]) -> Iterator[int]:
        """Where a quota begins or ends to count."""
        for quota, found in touched.items():
            yield self._made + quota.short_notice
            for period in found:
                yield from (edge for part in period.parts for edge in part)

    def _longest(self, part: Pair, touched: dict[Quota, list[Period]]) -> int | None:
        """What the quotas leave in a part that lies within or without each of their periods."""
        left = [
            self._left(quota, found, part)
            for quota, found in touched.items()
            if not quota.is_exempt(part[0], self._made)
        ]
        return min((each for each in left if each is not None), default=None)

    def _left(self, quota: Quota, found: Sequence[Period], part: Pair) -> int | None:
        """What a quota leaves there; None where it does not count, or counts reservations and has one left."""
        place = bisect_right(found, part[0], key=attrgetter("first")) - 1
        if place < 0 or not within(part, found[place].parts):
            return None
        left = max(quota.most - self._counted[quota, found[place]].of(quota), 0)
        return left if quota.measured == "hours" or not left else None


def _across(before: Piece, after: Piece) -> Piece | None:
    """What may lie across a cut: of either side as much as is left there."""
    (start, cut), (_, end) = before.span, after.span
    first = start if before.longest is None else max(start, cut - before.longest)
    last = end if after.longest is None else min(end, cut + after.longest)
    return Piece((first, last), None) if first < cut < last else None
