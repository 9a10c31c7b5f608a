"""The series of the demonstration: hours that the shown researcher has every week, at home and abroad.

That at home leaves out the holiday between them; that abroad goes on for so long that its lab changes its clocks meanwhile.
They are booked by the act itself, so that they hold what any series holds: a few rows, made last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from instruments.demo.generator.places import ZONE, zones
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
# From the last Sunday of March to that of October, the longest time for which clocks stay as they are, are 31 weeks.
WEEKS_ABROAD = 32
TUESDAY = 1
TITLE_ABROAD = "Lake water, Tuesdays at nine / 每周二九点湖水监测"


def book_the_series(world: InventedWorld, now: datetime) -> tuple[int, int]:
    """Book six weeks on an instrument of the researcher's university, and half a year of Tuesdays in its lab abroad, inside
    the deed that loads the world, where most of the dates are free; returns how many dates each has."""
    actor = actor_by_id(world.people.shown["researcher"], now)
    if actor is None:
        return 0, 0
    return _book(actor, _at_home, now, WEEKS - 2), _book(actor, _abroad, now, WEEKS_ABROAD // 2)


def _book(
    actor: Actor, wanting: Callable[[Actor, datetime], Iterator[SeriesRequest]], now: datetime, least: int
) -> int:
    for wanted in wanting(actor, now):
        found = plan(actor, actor, wanted, now)
        if len(found.having(FREE)) >= least:
            left_out = {row.position: None for row in found.having(CONFLICT)}
            return len(book_series(actor, actor, replace(wanted, decisions=left_out), now).booked)
    return 0


def _at_home(actor: Actor, now: datetime) -> Iterator[SeriesRequest]:
    for thing in _candidates(actor, ZONE, DAYS_AHEAD):
        hours = (time(9), timedelta(seconds=thing.rules.fitting(SHORTEST)))
        yield _weekly(thing, _first_day(thing, now), hours, WEEKS, TITLE)


def _abroad(actor: Actor, now: datetime) -> Iterator[SeriesRequest]:
    for zone in sorted(zones() - {ZONE}, key=str):
        for thing in _candidates(actor, zone, WEEKS_ABROAD * 7):
            week = now.astimezone(thing.calendar.zone).date() + timedelta(days=7)
            first = week + timedelta(days=(TUESDAY - week.weekday()) % 7)
            yield _weekly(thing, first, (time(9), timedelta(hours=3)), WEEKS_ABROAD, TITLE_ABROAD)


def _candidates(actor: Actor, zone: ZoneInfo, days_ahead: int) -> Iterator[Bookable]:
    """Instruments of their university in a zone that need nobody's yes and may be booked some time ahead."""
    fit = (
        thing
        for _, thing in sorted(bookables().items())
        if thing.institution_id == actor.institution_id
        and thing.calendar.zone == zone
        and thing.admits(actor)
        and thing.approval is None
        and all(rules.horizon_days >= days_ahead for rules in thing.all_rules())
        and all(rules.shortest <= LONGEST for rules in thing.all_rules())
    )
    return (thing for _, thing in zip(range(MOST_TRIED), fit, strict=False))


def _weekly(
    thing: Bookable, first: date, hours: tuple[time, timedelta], weeks: int, title: str
) -> SeriesRequest:
    start = datetime.combine(first, hours[0], thing.calendar.zone)
    end = start + hours[1]
    rule = Repetition(first, start.time(), end.time(), until=first + timedelta(weeks=weeks - 1))
    return SeriesRequest(BookingRequest(thing.id, start, end, title=title), rule)


def _first_day(thing: Bookable, now: datetime) -> date:
    """Some weeks before the next holiday on a working day, so that the series meets it; else a week from today."""
    today = now.astimezone(thing.calendar.zone).date()
    coming = (today + timedelta(days=number) for number in range(9, DAYS_AHEAD - 7))
    met = next((day for day in coming if day in thing.calendar.holidays and day.weekday() < 5), None)
    day = met or today + timedelta(days=7)
    while day - timedelta(weeks=1) > today + timedelta(days=1):
        day -= timedelta(weeks=1)
    return day
