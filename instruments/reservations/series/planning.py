"""Plan a series: every date of its rule judged by every rule, as if those before it were booked already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from instruments.availability.closures import SKIPPED
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.alternatives import AROUND, nearest_first
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import BookingRequest, asking_of, request_objections, require_booker
from instruments.reservations.grid import DAY_SECONDS
from instruments.reservations.judging import judge
from instruments.reservations.scene import Wish
from instruments.reservations.series.repetition import Occurrence, Repetition, objections, occurrences
from instruments.reservations.timetable import spans
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import with_room
from instruments.timespan import Pair, clipped, instant, subtract

# So many free spans are tried for one date, and for all of them together: each costs a question.
MOST_TRIED, MOST_TRIED_IN_ALL = 4, 120
# So many are held against the quotas with one statement.
AT_ONCE = 60
FREE, CONFLICT, SKIPPED_BY_USER, HOLIDAY = "free", "conflict", "skipped", "holiday"


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """What somebody asks for again and again: as `booking` says, whose time counts for nothing, at those of the rule.

    decisions: what was decided about single dates, by place: None leaves one out, a span is taken instead.
    """

    booking: BookingRequest
    rule: Repetition
    decisions: Mapping[int, Pair | None] = field(default_factory=dict)

    def at(self, span: Pair) -> BookingRequest:
        """The request for one of its times."""
        return replace(self.booking, start=instant(span[0]), end=instant(span[1]))


class Planned(NamedTuple):
    """What would become of one date.

    outcome: free, conflict, skipped (by who asks) or holiday; span: what would be booked, in UTC seconds; asks: the lab
    would be asked; offer: the nearest free span that could be had instead, shorter only where none is as long.
    """

    position: int
    day: date
    outcome: str
    span: Pair | None = None
    reasons: tuple[Reason, ...] = ()
    asks: bool = False
    offer: Pair | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of a series."""

    thing: Bookable
    rows: Sequence[Planned]

    def having(self, outcome: str) -> list[Planned]:
        """The dates with this outcome."""
        return [row for row in self.rows if row.outcome == outcome]


def plan(
    actor: Actor, user: Actor, wanted: SeriesRequest, now: datetime, *, with_offers: bool = True
) -> Plan:
    """What would become of each date, without lock and without a word to anybody; with what could be had instead.

    Raises NotFound, Forbidden, or Refusal for what stands against all of it: the rule itself, the group, the title.
    """
    require_booker(actor, user, wanted.booking)
    thing = bookable(wanted.booking.instrument_id)
    dates = dates_of(user, wanted, thing)
    asking = asking_of(actor, user, wanted.booking)
    rows: list[Planned] = []
    taken: list[Pair] = []
    for each in dates:
        row = _judged(each, wanted, replace(asking, besides=tuple(taken)), thing, now)
        taken += [row.span] if row.outcome == FREE and row.span is not None else []
        rows.append(row)
    return Plan(thing, _with_offers(rows, taken, asking, thing, now) if with_offers else rows)


def dates_of(user: Actor, wanted: SeriesRequest, thing: Bookable) -> list[Occurrence]:
    """The dates of the rule. Raises Refusal for what stands against all of them."""
    zone, holidays = thing.calendar.zone, thing.calendar.holidays
    against = [*objections(wanted.rule, zone, holidays), *request_objections(user, wanted.booking)]
    if against:
        raise Refusal(against)
    found = occurrences(wanted.rule, zone, holidays)
    strange = sorted(wanted.decisions.keys() - {each.position for each in found})
    if strange:
        values = {"positions": tuple(strange), "last": len(found) - 1}
        sentence = N_("The series has no date at position %(positions)s.")
        remedy = N_("Its dates are counted from 0 to %(last)s.")
        raise Refusal([Reason("no_position", "decisions", sentence, values, remedy)])
    return found


def chosen_span(each: Occurrence, wanted: SeriesRequest) -> Pair | None:
    """When one date is wanted: as the rule says, or as was decided."""
    return wanted.decisions.get(each.position, each.span)


def is_wanted(each: Occurrence, wanted: SeriesRequest) -> bool:
    """Whether a date is to be booked at all; one on a holiday only where another time was given for it."""
    if each.position in wanted.decisions:
        return wanted.decisions[each.position] is not None
    return not each.is_left_out


def clocks_skip_it() -> Reason:
    """Against a time that the wall never shows on that date."""
    return Reason("skipped", "start", SKIPPED, {}, N_("Give another time for this date, or leave it out."))


def _judged(
    each: Occurrence, wanted: SeriesRequest, asking: Asking, thing: Bookable, now: datetime
) -> Planned:
    if not is_wanted(each, wanted):
        outcome = HOLIDAY if each.is_left_out else SKIPPED_BY_USER
        return Planned(each.position, each.day, outcome, each.span)
    span = chosen_span(each, wanted)
    if span is None:
        return Planned(each.position, each.day, CONFLICT, None, (clocks_skip_it(),))
    against = _against(span, asking, thing, now)
    if against:
        return Planned(each.position, each.day, CONFLICT, span, against)
    asks = has_to_ask_for(thing, asking.user, span)
    return Planned(each.position, each.day, FREE, span, asks=asks)


def _against(span: Pair, asking: Asking, thing: Bookable, now: datetime) -> tuple[Reason, ...]:
    try:
        judge(Wish(*span), thing.id, asking, now)
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        return tuple(refusal.reasons)
    return ()


def _with_offers(
    rows: Sequence[Planned], taken: Sequence[Pair], asking: Asking, thing: Bookable, now: datetime
) -> list[Planned]:
    """The same dates, each conflict with the nearest free span that all rules let pass; none is offered twice."""
    wanting = [row for row in rows if row.outcome == CONFLICT and row.span is not None]
    if not wanting or not thing.admits(asking.user):
        return list(rows)
    ends = [edge for row in wanting for edge in row.span or ()]
    first, last = max(min(ends) - AROUND, int(now.timestamp())), max(ends) + AROUND
    found = spans([thing.id], first, last, now, actor=asking.user).get(thing.id) if first < last else None
    search = Offers(found.free if found else (), list(taken), asking, thing, now)
    return [row._replace(offer=search.near(row.span)) if row in wanting else row for row in rows]


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

    def near(self, span: Pair | None) -> Pair | None:
        """The nearest free span of this length that may be booked: within a week, else as far as anybody may book; a
        shorter one only where there is none.

        For a date that nobody may book yet only within a week: far from it the time of another date would be offered.
        """
        for offer in self._candidates(span) if span else ():
            if self.tried >= MOST_TRIED_IN_ALL:
                return None
            self.tried += 1
            besides = replace(self.asking, besides=tuple(self.taken))
            if not _against(offer, besides, self.thing, self.now):
                self.taken.append(offer)
                return offer
        return None

    def _candidates(self, span: Pair) -> Iterator[Pair]:
        about = (span[0] - AROUND, span[1] + AROUND)
        long, shorter = self._nearest(clipped(self.gaps, *about), span)
        yield from self._first_few(long)
        if not self._is_too_early(span):
            if self.far is None:
                self.far = _ever_free(self.thing, self.asking.user, self.now)
            far_long, far_shorter = self._nearest(subtract(self.far, [about]), span)
            yield from self._first_few(far_long)
            shorter += far_shorter
        yield from self._first_few(shorter)

    def _first_few(self, found: Sequence[Pair]) -> Iterator[Pair]:
        """The first that are tried; a week whose quota is used up may hold many that are nearer, and none is tried."""
        asking, moment, left = (
            replace(self.asking, besides=tuple(self.taken)),
            int(self.now.timestamp()),
            MOST_TRIED,
        )
        for first in range(0, len(found), AT_ONCE):
            room = with_room(asking, self.thing, found[first : first + AT_ONCE], moment)[:left]
            left -= len(room)
            yield from room
            if not left:
                return

    def _is_too_early(self, span: Pair) -> bool:
        rules, zone = self.thing.rules_at(span[0]), self.thing.calendar.zone
        window = self.thing.window_of(self.asking.user)
        return span[0] > rules.latest(int(self.now.timestamp()), zone, window)

    def _nearest(self, gaps: Sequence[Pair], span: Pair) -> tuple[list[Pair], list[Pair]]:
        """What these give that is as long as wanted, and what is shorter; of each first what is on the same day."""
        free = [gap for each in gaps for gap in _left_of(each, self.taken)]
        if self.stands is not None:
            # To stay where it is is no other time; what is free beside that is.
            free += subtract(free, [self.stands])
        zone, wish = self.thing.calendar.zone, Wish(*span)
        found = nearest_first(free, self.thing, wish, self.asking.user, self.now)
        found = [each for each in found if each != self.stands]
        wanted = self.thing.rules_at(span[0]).fitting(span[1] - span[0])
        day = datetime.fromtimestamp(span[0], zone).date()
        found.sort(key=lambda each: datetime.fromtimestamp(each[0], zone).date() != day)
        parted: tuple[list[Pair], list[Pair]] = ([], [])
        for each in found:
            parted[each[1] - each[0] < wanted].append(each)
        return parted


def _ever_free(thing: Bookable, user: Actor, now: datetime) -> Sequence[Pair]:
    first = int(now.timestamp())
    last = first + (thing.furthest_days + 1) * DAY_SECONDS
    found = spans([thing.id], first, last, now, actor=user).get(thing.id)
    return found.free if found else ()


def _left_of(gap: Pair, taken: Sequence[Pair]) -> list[Pair]:
    return subtract([gap], [span for span in taken if span[0] < gap[1] and span[1] > gap[0]])
