"""What to have instead of a time that cannot be had: the nearest of the same instrument, and others of its kind then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.free import FreeSearch, find_free, leaves_at
from instruments.reservations.grid import DAY_SECONDS
from instruments.reservations.rules import Wish, in_sight
from instruments.reservations.sweep import first_fit
from instruments.reservations.timetable import spans
from instruments.timespan import Pair

NEAREST = 3
OTHERS = 3
AROUND = 7 * DAY_SECONDS
MOST_CANDIDATES = 400
ABOUT = 3600


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`nearest`: free spans of the same instrument, as long as wanted where possible, by start;
    `others`: rows (id, name_en, name_zh, institution_en, institution_zh) with the span then."""

    nearest: list[Pair]
    others: list[tuple[Row[Any], Pair]]


def alternatives(instrument_id: int, wish: Wish, user: Actor, now: datetime) -> Alternatives:
    """What this person could have instead; nothing for a wish that makes no sense. A constant number of statements."""
    number = catalog_number()
    thing = bookables(number).get(instrument_id)
    if thing is None or wish.end <= wish.start or not in_sight(wish, int(now.timestamp())):
        return Alternatives([], [])
    return Alternatives(
        nearest(thing, wish, user, now, number) if thing.admits(user) else [],
        _others(thing, wish, user, now, number),
    )


def nearest(thing: Bookable, wish: Wish, user: Actor, now: datetime, number: int) -> list[Pair]:
    """The free spans of the instrument nearest to the wish: the wanted length, or what a gap gives of it."""
    length = thing.rules.fitting(wish.end - wish.start)
    since = max(wish.start - AROUND, int(now.timestamp()))
    until = min(max(wish.start, since) + 2 * AROUND, leaves_at(user))
    if until <= since:
        return []
    free = spans([thing.id], since, until, now, number).get(thing.id)
    latest = thing.rules.latest(int(now.timestamp()), thing.calendar.zone)
    offers = sorted(
        {offer for gap in (free.free if free else ()) if (offer := _within(gap, wish, length, latest, thing))}
    )
    offers.sort(key=lambda span: (length - (span[1] - span[0]) > length // 2, abs(span[0] - wish.start)))
    return sorted(offers[:NEAREST])


def _within(gap: Pair, wish: Wish, length: int, latest: int, thing: Bookable) -> Pair | None:
    """The part of a gap that lies nearest to the wish and is as long as wanted, if the gap is."""
    grid, rules = thing.grid, thing.rules
    start = max(gap[0], min(grid.down(min(wish.start, latest)), grid.down(gap[1] - length)))
    end = min(gap[1], grid.up(start + length))
    if rules.shortest <= end - start <= rules.longest:
        return start, end
    return first_fit(gap, rules.shortest, rules.longest, latest, grid)  # the clocks change about there


def _others(
    thing: Bookable, wish: Wish, user: Actor, now: datetime, number: int
) -> list[tuple[Row[Any], Pair]]:
    known = bookables(number)
    like = [
        other.id for other in known.values() if other.class_code == thing.class_code and other.id != thing.id
    ]
    if thing.class_code is None or not like:
        return []
    # Its own lab and institution first: the way there is shorter.
    like.sort(
        key=lambda other: (
            known[other].lab_id != thing.lab_id,
            known[other].institution_id != thing.institution_id,
        )
    )
    # About then: within an hour, and no longer than this instrument would allow, is better than nothing.
    length = thing.rules.fitting(wish.end - wish.start)
    search = FreeSearch(length, wish.start, wish.start + length + ABOUT, OTHERS, user)
    found = find_free(like[:MOST_CANDIDATES], search, now, number).spans
    then = {free.instrument_id: (free.start, free.end) for free in found}
    if not then:
        return []
    one, home = Instrument, Institution
    rows = db.session.execute(
        select(
            one.id,
            one.name_en,
            one.name_zh,
            home.name_en.label("institution_en"),
            home.name_zh.label("institution_zh"),
        )
        .join(home, home.id == one.institution_id)
        .where(one.id.in_(then))
        .order_by(
            case((one.lab_id == thing.lab_id, 0), (one.institution_id == thing.institution_id, 1), else_=2),
            one.id,
        )
    )
    return [(row, then[row.id]) for row in rows]
