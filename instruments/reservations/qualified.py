"""Whether who will use an instrument is admitted and qualified for it, and whether the second person is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import Reason
from instruments.journal.record import record
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.qualifications.known import is_staff_of, standing_of, standings
from instruments.qualifications.needs import (
    NOBODY,
    SATURDAY,
    Needs,
    Standing,
    Use,
    has_to_be_assisted,
    lacking,
)
from instruments.reservations.bookable import Bookable
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair


def qualified(asking: Asking, thing: Bookable, wish: Wish, now: int) -> list[Reason]:
    """Against a wish whose user lacks what the instrument asks for. One statement; none where it asks for nothing."""
    if thing.needs is None:
        return [] if asking.second_id is None else _against_named(asking, thing, wish)
    people = {asking.user.person_id, asking.second_id or asking.user.person_id}
    found = standings(people)
    staff = is_staff_of(asking.user, thing.lab_id)
    second = found.get(asking.second_id or NOBODY)
    return lacking(
        thing.needs, _use(asking, thing, wish), found[asking.user.person_id], second, is_staff=staff
    )


def _against_named(asking: Asking, thing: Bookable, wish: Wish) -> list[Reason]:
    """Against a second person who was named though the instrument asks for none: without account, or the user."""
    nothing = Needs(thing.id, thing.institution_id, thing.lab_id)
    second = None if asking.second_id == NOBODY else Standing()
    return lacking(nothing, _use(asking, thing, wish), Standing(), second)


def _use(asking: Asking, thing: Bookable, wish: Pair) -> Use:
    calendar = thing.calendar
    return Use(
        (wish[0], wish[1]),
        calendar.zone,
        calendar.plan.closed,
        [day for day, weekday in calendar.plan.weekdays if weekday < SATURDAY],
        asking.hazardous,
        asking.user.person_id,
        asking.second_id,
    )


def is_assisted(thing: Bookable, user: Actor, wish: Pair) -> bool:
    """Whether this person may come at this time only with somebody of the lab, so that the lab is asked first.

    One statement where the instrument lets people in who are qualified with assistance; none elsewhere.
    """
    if thing.needs is None or thing.needs.level != "assisted" or is_staff_of(user, thing.lab_id):
        return False
    return has_to_be_assisted(thing.needs, Use(wish, thing.calendar.zone), standing_of(user.person_id))


def open_by_level(things: Collection[Bookable], user: Actor, moment: int) -> set[int]:
    """Those of the instruments that this person is admitted and qualified to book by day, when `moment` is.

    One statement; none where none of them asks for anything.
    """
    asking = [thing for thing in things if thing.needs is not None]
    found = {thing.id for thing in things if thing.needs is None}
    if not asking:
        return found
    standing = standing_of(user.person_id)
    return found | {thing.id for thing in asking if not lacks_by_day(thing, user, standing, moment)}


def lacks_by_day(thing: Bookable, user: Actor, standing: Standing, moment: int) -> list[Reason]:
    """What somebody lacks to book an instrument by day at all, when `moment` is."""
    if thing.needs is None:
        return []
    by_day = replace(thing.needs, night=None, two_at_night=False, two_if_hazardous=False)
    use = Use((moment, moment + 1), thing.calendar.zone, user_id=user.person_id)
    return lacking(by_day, use, standing, is_staff=is_staff_of(user, thing.lab_id))


def standings_for(users: Collection[Actor], things: Collection[Bookable]) -> dict[int, Standing]:
    """What each of these people has, as `lacks_for` asks. One statement; none where no instrument asks for anything."""
    asking = any(thing.needs is not None for thing in things)
    return standings({user.person_id for user in users}) if asking else {}


def lacks_for(
    thing: Bookable, user: Actor, span: Pair, known: Mapping[int, Standing], *, hazardous: bool = False
) -> bool:
    """Whether somebody who comes alone, with hazardous samples or not, may not come to an instrument in this span."""
    if thing.needs is None:
        return False
    calendar = thing.calendar
    worked = [day for day, weekday in calendar.plan.weekdays if weekday < SATURDAY]
    use = Use(span, calendar.zone, calendar.plan.closed, worked, hazardous, user.person_id)
    return bool(lacking(thing.needs, use, known[user.person_id], is_staff=is_staff_of(user, thing.lab_id)))


def names_of_second(second_id: int | None) -> dict[str, str]:
    """The names of the second person as a reservation tells them; none where nobody was named."""
    if not second_id:
        return {}
    person = Person
    row = db.session.execute(select(person.name_en, person.name_zh).where(person.id == second_id)).one()
    return {"second_en": row.name_en, "second_zh": row.name_zh}


def note_second(asking: Asking, thing: Bookable, number: int, wish: Pair, now: datetime) -> None:
    """Write into the journal who was named as the second person of a reservation, so that they are told."""
    if not asking.second_id:
        return
    record(
        now=now,
        actor_id=asking.actor.person_id,
        deed="reservation.second_named",
        thing=("reservation", number),
        institution_id=thing.institution_id,
        lab_id=thing.lab_id,
        detail={"second_id": asking.second_id, "start": wish[0], "end": wish[1]},
    )
