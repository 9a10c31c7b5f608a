"""Whether a time that is only priced lies outside the opening hours, told without asking the database."""

from __future__ import annotations

from datetime import datetime

from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.in_the_way import hours_against
from instruments.reservations.scene import Scene, Wish, in_sight

# How far around a wish the opening is looked at, to name the nearest when it is closed.
NEARBY = 8 * 86_400


def closed_then(wish: Wish, thing: Bookable, user: Actor, now: datetime) -> list[Reason]:
    """What of the opening hours stands against a wish that is only priced."""
    moment, calendar = int(now.timestamp()), thing.calendar_of(user)
    if not in_sight(wish, moment):
        return []
    around = (wish.start - NEARBY, wish.end + NEARBY)
    scene = Scene(
        now=moment,
        zone=calendar.zone,
        rules=thing.rules_at(wish.start),
        opened=calendar.opened(*around),
        others=thing.calendar.open_to_whom(*around) if calendar is not thing.calendar else (),
        published=thing.calendar.published(),
        circle=thing.circle_of(user),
        plan=calendar.plan,
        hours=calendar.hours,
    )
    return hours_against(wish, scene)
