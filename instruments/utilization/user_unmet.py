"""What a group, or the people of an institution or company, looked for in vain, without who it was; for who has a right to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import RoleGrant
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import PLATFORM_ZONE, today
from instruments.reservations.waitlist.models import WaitRequest
from instruments.timespan import instant
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period, midnight
from instruments.utilization.unmet import AN_HOUR, Wish, unmet_of_people
from instruments.utilization.user_places import Whose, sees_reservations_of

_WAIT: Any = WaitRequest.__table__
_INSTRUMENT: Any = Instrument.__table__
Key = tuple[str | None, int | None]


def sees_unmet_of(of: Whose, actor: Actor | None) -> bool:
    """Of a group who sees by name what its people reserve and wait for; of an institution who plans instruments there. Few
    may stand behind it, and nobody knows how many: to everybody else it is withheld."""
    if of.user.group_id:
        return sees_reservations_of(of, actor)
    return may(actor, Action.DEMAND_SEE, Scope(institution_id=of.institution_id))


def unmet_of(of: Whose, period: Period) -> list[Wish]:
    """By class and place, the most often first; one person, class and day count once. At most three statements."""
    if of.user.group_id is None:
        return unmet_of_people(of.institution_id, period)
    return _wishes(_waits(of.user.group_id, period))


def _waits(group_id: int, period: Period) -> Iterable[Any]:
    """Requests for the group by its members that ended without having been met: user, class, place, length, when."""
    c, i = _WAIT.c, _INSTRUMENT.c
    first, end = (instant(midnight(day, PLATFORM_ZONE)) for day in (period.first, period.end))
    members = select(RoleGrant.person_id).where(RoleGrant.group_id == group_id)
    return db.session.execute(
        select(
            c.user_id, func.coalesce(c.class_code, i.class_code), func.coalesce(c.place_id, i.institution_id),
            c.length_seconds, c.ended_at,
        )
        .outerjoin(_INSTRUMENT, i.id == c.instrument_id)
        # By its members: their requests stand in an index.
        .where(c.user_id.in_(members), c.group_id == group_id, c.state == "over", c.ended_at >= first, c.ended_at < end)
        .order_by(c.length_seconds.desc(), c.id)
    ).all()  # fmt: skip


def _wishes(rows: Iterable[Any]) -> list[Wish]:
    once: dict[tuple[int, str | None, date], tuple[Key, int]] = {}
    for user_id, code, place_id, seconds, ended in rows:
        once.setdefault((user_id, code, today(ended)), ((code, place_id), seconds))
    found: defaultdict[Key, list[int]] = defaultdict(list)
    for key, seconds in once.values():
        found[key].append(seconds)
    classes = names_of("class", [code for code, _ in found])
    places = names_of("institution", [number for _, number in found])
    wishes = [
        Wish(
            code, *classes.get(code, ("", "")), len(some), sum(some) / AN_HOUR, place,
            *places.get(place, ("", "")),
        )
        for (code, place), some in found.items()
    ]  # fmt: skip
    return sorted(wishes, key=lambda each: (-each.times, each.class_code or "", each.place_id or 0))
