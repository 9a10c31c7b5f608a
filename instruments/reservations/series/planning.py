"""Plan a series: every date of its rule judged by every rule, as if those before it were booked already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from instruments.availability.closures import SKIPPED
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.alternatives import AROUND
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import BookingRequest, asking_of, request_objections, require_booker
from instruments.reservations.series.offers import Offers, against
from instruments.reservations.series.repetition import (
    Occurrence,
    Repetition,
    hours_about,
    objections,
    occurrences,
)
from instruments.reservations.timetable import spans
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, instant

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
    would be asked; offer: the nearest free span that could be had instead, shorter only where none is as long; about: where
    the clocks skip the span, as long as it from about then on.
    """

    position: int
    day: date
    outcome: str
    span: Pair | None = None
    reasons: tuple[Reason, ...] = ()
    asks: bool = False
    offer: Pair | None = None
    about: Pair | None = None

    @property
    def wish(self) -> Pair | None:
        """What is wanted for it, or as long about then where the clocks skip it."""
        return self.span or self.about


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
    reasons = [*objections(wanted.rule, zone, holidays), *request_objections(user, wanted.booking)]
    if reasons:
        raise Refusal(reasons)
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
        about = hours_about(wanted.rule, each.day, thing.calendar.zone)
        return Planned(each.position, each.day, CONFLICT, None, (clocks_skip_it(),), about=about)
    reasons = against(span, asking, thing, now)
    if reasons:
        return Planned(each.position, each.day, CONFLICT, span, reasons)
    asks = has_to_ask_for(thing, asking.user, span)
    return Planned(each.position, each.day, FREE, span, asks=asks)


def _with_offers(
    rows: Sequence[Planned], taken: Sequence[Pair], asking: Asking, thing: Bookable, now: datetime
) -> list[Planned]:
    """The same dates, each conflict with the nearest free span that all rules let pass; none is offered twice."""
    wanting = [row for row in rows if row.outcome == CONFLICT and row.wish is not None]
    if not wanting or not thing.admits(asking.user):
        return list(rows)
    ends = [edge for row in wanting for edge in row.wish or ()]
    first, last = max(min(ends) - AROUND, int(now.timestamp())), max(ends) + AROUND
    found = spans([thing.id], first, last, now, actor=asking.user).get(thing.id) if first < last else None
    search = Offers(found.free if found else (), list(taken), asking, thing, now)
    return [row._replace(offer=search.near(row.wish)) if row in wanting else row for row in rows]
