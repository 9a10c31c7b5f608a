"""What could be had instead of the dates of a series that cannot be had: the nearest free span for each, none twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from instruments.errors import Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.alternatives import AROUND, nearest_first
from instruments.reservations.bookable import Bookable
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.reservations.judging import judge
from instruments.reservations.quotas_left import Piece, QuotasLeft
from instruments.reservations.scene import Wish
from instruments.reservations.timetable import spans
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, clipped, subtract

# So many free spans are tried for one date, and for all of them together: each costs a question.
MOST_TRIED, MOST_TRIED_IN_ALL = 4, 120


def against(span: Pair, asking: Asking, thing: Bookable, now: datetime) -> tuple[Reason, ...]:
    """What stands against a span."""
    try:
        judge(Wish(*span), thing.id, asking, now)
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        return tuple(refusal.reasons)
    return ()


@dataclass
class Offers:
    """Free spans for the dates of a plan that cannot be had; what is offered once is taken.

    gaps: what is free about the dates; stands: where the date to be moved is now, which is not offered for it; far: what
    is free at all, read only when a week about a date has nothing as long as wanted.
    """

    gaps: Sequence[Pair]
    taken: list[Pair]
    asking: Asking
    thing: Bookable
    now: datetime
    stands: Pair | None = None
    tried: int = 0
    far: Sequence[Pair] | None = None
    quotas: tuple[Asking, QuotasLeft] | None = None

    def near(self, span: Pair | None) -> Pair | None:
        """The nearest free span of this length that may be booked: within a week, else as far as anybody may book. Only
        where there is none a shorter one: the longest, and of these the nearest.

        For a date that nobody may book yet only within a week: far from it the time of another date would be offered.
        """
        for offer in self._candidates(span) if span else ():
            if self.tried >= MOST_TRIED_IN_ALL:
                return None
            self.tried += 1
            besides = replace(self.asking, besides=tuple(self.taken))
            if not against(offer, besides, self.thing, self.now):
                self.taken.append(offer)
                self._left().hold(offer)
                return offer
        return None

    def _candidates(self, span: Pair) -> Iterator[Pair]:
        """What is tried for a date in this order; a week whose quota is used up may hold much that is nearer, and none of
        it is tried."""
        about = (span[0] - AROUND, span[1] + AROUND)
        long, shorter = self._parted(clipped(self.gaps, *about), span)
        yield from self._first_few(long)
        if not self._is_too_early(span):
            if self.far is None:
                self.far = _ever_free(self.thing, self.asking.user, self.now)
            far_long, far_shorter = self._parted(subtract(self.far, [about]), span)
            yield from self._first_few(far_long)
            shorter = sorted([*shorter, *far_shorter], key=lambda each: each[0] - each[1])
        yield from self._first_few(shorter)

    def _first_few(self, found: Sequence[Pair]) -> Iterator[Pair]:
        return islice(filter(self._left().has_room, found), MOST_TRIED)

    def _left(self) -> QuotasLeft:
        """What the quotas leave of whoever asks now."""
        if self.quotas is None or self.quotas[0] is not self.asking:
            left = QuotasLeft(self.asking, self.thing, self.taken, int(self.now.timestamp()))
            self.quotas = (self.asking, left)
        return self.quotas[1]

    def _is_too_early(self, span: Pair) -> bool:
        rules, zone = self.thing.rules_at(span[0]), self.thing.calendar.zone
        window = self.thing.window_of(self.asking.user)
        return span[0] > rules.latest(int(self.now.timestamp()), zone, window)

    def _parted(self, gaps: Sequence[Pair], span: Pair) -> tuple[list[Pair], list[Pair]]:
        """What these give that is as long as wanted, the nearest first, and what is shorter, the longest first; what is on
        the same day before the rest of it."""
        free = [gap for each in gaps for gap in _left_of(each, self.taken)]
        if self.stands is not None:
            # To stay where it is is no other time; what is free beside that is.
            free += subtract(free, [self.stands])
        zone = self.thing.calendar.zone
        pieces = [*(Piece(gap, None) for gap in free), *self._left().pieces(free)]
        found = sorted(
            {offer for piece in pieces for offer in self._within(piece, span)} - {self.stands},
            key=lambda each: (abs(each[0] - span[0]), each),
        )
        wanted = self.thing.rules_at(span[0]).fitting(span[1] - span[0])
        day = datetime.fromtimestamp(span[0], zone).date()
        found.sort(key=lambda each: datetime.fromtimestamp(each[0], zone).date() != day)
        parted: tuple[list[Pair], list[Pair]] = ([], [])
        for each in found:
            parted[each[1] - each[0] < wanted].append(each)
        parted[1].sort(key=lambda each: each[0] - each[1])
        return parted

    def _within(self, piece: Piece, span: Pair) -> list[Pair]:
        """What lies in a piece nearest to a span, as long as the quotas leave there."""
        rules = self.thing.rules_at(piece.span[0])
        grid = Grid(self.thing.calendar.zone, rules.grid_minutes)
        gap = (grid.up(piece.span[0]), grid.down(piece.span[1]))
        length = span[1] - span[0]
        if piece.longest is not None:
            most = piece.longest // grid.step * grid.step
            length = min(length, most) if most >= rules.shortest else 0
        if not length or gap[0] >= gap[1]:
            return []
        wish = Wish(span[0], span[0] + length)
        return nearest_first([gap], self.thing, wish, self.asking.user, self.now)


def _ever_free(thing: Bookable, user: Actor, now: datetime) -> Sequence[Pair]:
    first = int(now.timestamp())
    last = first + (thing.furthest_days + 1) * DAY_SECONDS
    found = spans([thing.id], first, last, now, actor=user).get(thing.id)
    return found.free if found else ()


def _left_of(gap: Pair, taken: Sequence[Pair]) -> list[Pair]:
    return subtract([gap], [span for span in taken if span[0] < gap[1] and span[1] > gap[0]])
