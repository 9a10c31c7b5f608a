"""The series of the demonstration: hours that the shown researcher has every week, without the holiday between them.

It is booked by the act itself, so that it holds what any series holds: a few rows, made last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from instruments.demo.generator.world import InventedWorld
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.booking import BookingRequest
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import CONFLICT, FREE, SeriesRequest, plan
from instruments.reservations.series.repetition import Repetition

DAYS_AHEAD = 45
WEEKS = 6
MOST_TRIED = 12
SHORTEST, LONGEST = 2 * 3600, 8 * 3600
TITLE = "Weekly hardness series / 每周硬度测试"


def book_one_series(world: InventedWorld, now: datetime) -> int:
    """Book six weeks on an instrument of the researcher's university, inside the deed that loads the world, where at least
    four of them are free; returns how many dates that are."""
    actor = actor_by_id(world.people.shown["researcher"], now)
    if actor is None:
        return 0
    for thing in _candidates(actor):
        wanted = _wanted(thing, now)
        found = plan(actor, actor, wanted, now)
        if len(found.having(FREE)) >= WEEKS - 2:
            left_out = {row.position: None for row in found.having(CONFLICT)}
            return len(book_series(actor, actor, replace(wanted, decisions=left_out), now).booked)
    return 0


def _candidates(actor: Actor) -> Iterator[Bookable]:
    """Instruments of their university that need nobody's yes and may be booked some weeks ahead."""
    fit = (
        thing
        for _, thing in sorted(bookables().items())
        if thing.institution_id == actor.institution_id
        and thing.admits(actor)
        and thing.approval is None
        and all(rules.horizon_days >= DAYS_AHEAD for rules in thing.all_rules())
        and all(rules.shortest <= LONGEST for rules in thing.all_rules())
    )
    return (thing for _, thing in zip(range(MOST_TRIED), fit, strict=False))


def _wanted(thing: Bookable, now: datetime) -> SeriesRequest:
    first = _first_day(thing, now)
    start = datetime.combine(first, time(9), thing.calendar.zone)
    end = start + timedelta(seconds=thing.rules.fitting(SHORTEST))
    rule = Repetition(first, start.time(), end.time(), until=first + timedelta(weeks=WEEKS - 1))
    booking = BookingRequest(thing.id, start, end, title=TITLE)
    return SeriesRequest(booking, rule)


def _first_day(thing: Bookable, now: datetime) -> date:
    """Some weeks before the next holiday on a working day, so that the series meets it; else a week from today."""
    today = now.astimezone(thing.calendar.zone).date()
    coming = (today + timedelta(days=number) for number in range(9, DAYS_AHEAD - 7))
    met = next((day for day in coming if day in thing.calendar.holidays and day.weekday() < 5), None)
    day = met or today + timedelta(days=7)
    while day - timedelta(weeks=1) > today + timedelta(days=1):
        day -= timedelta(weeks=1)
    return day
