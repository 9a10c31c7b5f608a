"""What to have instead of a time that cannot be had: the nearest of the same instrument, and others of its kind then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.booking import may_book_for
from instruments.reservations.conditions import conditions
from instruments.reservations.frames import leaves_at
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.reservations.payment import Payment
from instruments.reservations.qualified import lacks_for, open_by_level, standings_for
from instruments.reservations.scene import Wish, in_sight
from instruments.reservations.sweep import first_fit
from instruments.reservations.timetable import spans
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import applying, with_room, within_quotas
from instruments.timespan import Pair, subtract

NEAREST = 3
OTHERS = 3
AROUND = 7 * DAY_SECONDS
MOST_CANDIDATES = 400
MOST_ASKED = 6
ABOUT = 3600
# Reasons that stand against any other time, too.
FIXED = ("cutoff",)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`nearest`: free spans of the same instrument, as long as wanted where possible, by start;
    `others`: rows (id, name_en, name_zh, lab_en, lab_zh, institution_en, institution_zh) with the span then."""

    nearest: list[Pair]
    others: list[tuple[Row[Any], Pair]]


@dataclass(frozen=True, slots=True)
class Moving:
    """A reservation that is moved and is in its own way nowhere: its number, the unit it is for, when it was booked, and
    when it is; in UTC seconds."""

    id: int
    group_id: int | None
    made: int
    span: Pair

    @classmethod
    def of(cls, row: Any) -> Moving:
        """The reservation of a row that has not begun."""
        start, end = (int(each.timestamp()) for each in (row.starts_at, row.ends_at))
        return cls(row.id, row.group_id, int(row.created_at.timestamp()), (start, end))


def alternatives(
    instrument_id: int,
    wish: Wish,
    user: Actor,
    now: datetime,
    refused: Sequence[Reason] = (),
    moving: Moving | None = None,
    booker: Actor | None = None,
) -> Alternatives:
    """What this person could have instead; nothing for a wish that makes no sense, nor where no other time would help,
    because the reservation may not be moved any more. A constant number of statements.

    refused: why the wish cannot be had, so that nobody is sent with hazardous samples to where a second person is missing,
    nor to where the same quota counts;
    moving: the reservation that it is wished for; booker: who books, where not the person: of other instruments they are
    offered those alone that they may book for them.
    """
    hazardous = any(reason.values.get("hazardous") is True for reason in refused)
    exhausted = {reason.values["exhausted"] for reason in refused if reason.values.get("exhausted")}
    number = catalog_number()
    thing = bookables(number).get(instrument_id)
    if thing is None or wish.end <= wish.start or not in_sight(wish, int(now.timestamp())):
        return Alternatives([], [])
    if any(reason.code in FIXED for reason in refused):
        return Alternatives([], [])
    return Alternatives(
        nearest(thing, wish, user, now, number, hazardous=hazardous, moving=moving)
        if thing.admits(user)
        else [],
        _others(
            thing,
            wish,
            _asking(user, moving, hazardous=hazardous),
            now,
            number,
            booker=booker or user,
            exhausted=exhausted,
        ),
    )


def nearest(
    thing: Bookable,
    wish: Wish,
    user: Actor,
    now: datetime,
    number: int,
    *,
    hazardous: bool = False,
    moving: Moving | None = None,
) -> list[Pair]:
    """The free spans of the instrument nearest to the wish: the wanted length, or what a gap gives of it.

    Where a week about is closed or full, as a lab's own calendar may close it: the next one after that, else the first
    from now on.
    """
    moment = int(now.timestamp())
    since = max(wish.start - AROUND, moment)
    until = min(max(wish.start, since) + 2 * AROUND, leaves_at(user, thing.calendar.zone))
    if until <= since:
        return []
    own = moving.span if moving else None
    free = spans([thing.id], since, until, now, number, user, apart=own).get(thing.id)
    gaps = free.free if free else []
    if own:
        # Where it would take its own time again, the time beside that is offered as well.
        grid = Grid(thing.calendar.zone, thing.rules_at(own[0]).grid_minutes)
        gaps = [*gaps, *subtract(gaps, [(grid.down(own[0]), grid.up(own[1]))])]
    offers = [offer for offer in nearest_first(gaps, thing, wish, user, now) if offer != own]
    if not offers:
        offers = _farther(thing, wish, user, now, number, (since, until))
    asking = _asking(user, moving, hazardous=hazardous)
    return sorted(_within_rules(offers, thing, asking, moment))


def _farther(
    thing: Bookable, wish: Wish, user: Actor, now: datetime, number: int, looked: Pair
) -> list[Pair]:
    """The first free span behind the time that was looked at, else before it; at most as far as anybody may book."""
    length = thing.rules_at(wish.start).fitting(wish.end - wish.start)
    moment = int(now.timestamp())
    last = moment + (thing.furthest_days + 1) * DAY_SECONDS + length
    for since, until in ((looked[1], last), (moment, looked[0])):
        if since < until:
            found = find_free([thing.id], FreeSearch(length, since, until, 1, user), now, number).spans
            if found:
                return [(found[0].start, found[0].end)]
    return []


def nearest_first(
    gaps: Iterable[Pair], thing: Bookable, wish: Wish, user: Actor, now: datetime
) -> list[Pair]:
    """What these gaps give of a wish: the nearest first, after them what is less than half as long as wanted."""
    length = thing.rules_at(wish.start).fitting(wish.end - wish.start)
    moment, circle = int(now.timestamp()), thing.window_of(user)
    offers = sorted({offer for gap in gaps if (offer := _within(gap, wish, length, (moment, circle), thing))})
    offers.sort(key=lambda span: (length - (span[1] - span[0]) > length // 2, abs(span[0] - wish.start)))
    return offers


def _asking(user: Actor, moving: Moving | None, *, hazardous: bool) -> Asking:
    if moving is not None:
        return Asking(user, user, moving.group_id, moving.id, moving.made, hazardous=hazardous)
    groups = user.group_ids
    only = next(iter(groups)) if len(groups) == 1 else None
    # Who pays is said when one of them is taken.
    return Asking(user, user, only, hazardous=hazardous, payment=Payment(later=True))


def _within_rules(offers: list[Pair], thing: Bookable, asking: Asking, now: int) -> list[Pair]:
    """The first few that stand before the conditions as well; only a few are asked, each costs a statement or two."""
    found: list[Pair] = []
    for span in with_room(asking, thing, offers, now)[:MOST_ASKED]:
        if len(found) < NEAREST and not conditions(asking, thing, Wish(*span), now):
            found.append(span)
    return found


def _within(gap: Pair, wish: Wish, length: int, now: tuple[int, str | None], thing: Bookable) -> Pair | None:
    """The part of a gap that lies nearest to the wish and is as long as wanted, if the gap is.

    now: the moment, and the circle whose booking window counts.
    """
    rules = thing.rules_at(gap[0])
    grid = Grid(thing.calendar.zone, rules.grid_minutes)
    latest = rules.latest(now[0], thing.calendar.zone, now[1])
    start = max(gap[0], min(grid.down(min(wish.start, latest)), grid.down(gap[1] - length)))
    end = min(gap[1], grid.up(start + length))
    if rules.shortest <= end - start <= rules.longest:
        return start, end
    return first_fit(gap, rules.shortest, rules.longest, latest, grid)  # the clocks change about there


def _has_left(asking: Asking, other: Bookable, wish: Wish, now: int) -> bool:
    """Whether the quotas of another instrument leave room for this."""
    return next(within_quotas(asking, other, wish, now), None) is None


def _others(
    thing: Bookable,
    wish: Wish,
    asking: Asking,
    now: datetime,
    number: int,
    *,
    booker: Actor,
    exhausted: Set[object],
) -> list[tuple[Row[Any], Pair]]:
    """Free instruments of the same kind then, that all rules and quotas let pass."""
    known, user = bookables(number), asking.user
    own = booker.person_id == user.person_id
    alike = [
        other
        for other in known.values()
        if other.class_code == thing.class_code
        and other.id != thing.id
        and (own or may_book_for(booker, user, other))
        and not (exhausted and exhausted & {quota.id for quota in applying(other, user)})
    ]
    if thing.class_code is None or not alike:
        return []
    like = list(open_by_level(alike, user, wish.start))
    # Its own lab and institution first: the way there is shorter.
    like.sort(
        key=lambda other: (
            known[other].lab_id != thing.lab_id,
            known[other].institution_id != thing.institution_id,
        )
    )
    # About then: within an hour, and no longer than this instrument would allow, is better than nothing.
    length = thing.rules_at(wish.start).fitting(wish.end - wish.start)
    search = FreeSearch(length, wish.start, wish.start + length + ABOUT, MOST_ASKED, user)
    found = find_free(like[:MOST_CANDIDATES], search, now, number).spans
    standings = standings_for([user], [known[free.instrument_id] for free in found])
    then = {
        free.instrument_id: (free.start, free.end)
        for free in found
        if not lacks_for(
            known[free.instrument_id], user, (free.start, free.end), standings, hazardous=asking.hazardous
        )
        # One statement each where there are quotas, and only of the few that were found.
        and _has_left(asking, known[free.instrument_id], Wish(free.start, free.end), int(now.timestamp()))
    }
    if not then:
        return []
    one, home = Instrument, Institution
    rows = db.session.execute(
        select(
            one.id,
            one.name_en,
            one.name_zh,
            Lab.name_en.label("lab_en"),
            Lab.name_zh.label("lab_zh"),
            home.name_en.label("institution_en"),
            home.name_zh.label("institution_zh"),
        )
        .join(home, home.id == one.institution_id)
        .join(Lab, Lab.id == one.lab_id)
        .where(one.id.in_(then))
        .order_by(
            case((one.lab_id == thing.lab_id, 0), (one.institution_id == thing.institution_id, 1), else_=2),
            one.id,
        )
    )
    return [(row, then[row.id]) for row in list(rows)[:OTHERS]]
