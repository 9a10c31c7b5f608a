"""Who decides on an appeal: a manager of the lab or its institution; where those concerned are the only ones, the platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from instruments.people.holders import people_with
from instruments.people.rights import Action, Actor, Role, Scope, may
from instruments.people.signing import today


class Appealed(NamedTuple):
    """What decides on who may answer: where it was recorded, of whom and by whom, and when they appealed, if they did."""

    lab_id: int
    institution_id: int | None
    person_id: int
    recorded_by_id: int
    appealed_at: datetime | None


def may_decide(actor: Actor, row: Any, now: datetime) -> bool:
    """Whether the actor may decide on an appeal against it: never who recorded it, nor whom it is about.

    row: an Appealed, or any row with as much.
    """
    concerned = frozenset({row.person_id})
    scope = Scope(row.institution_id, row.lab_id, person_ids=concerned, asked_by=row.recorded_by_id)
    return may(actor, Action.VIOLATION_DECIDE, scope) or stands_in(actor, row, now)


def stands_in(actor: Actor, row: Any, now: datetime) -> bool:
    """Whether an administrator of the platform answers this appeal, as nobody of the lab or its institution can."""
    if row.appealed_at is None or not actor.has(Role.PLATFORM_ADMINISTRATOR):
        return False
    return actor.person_id not in (row.person_id, row.recorded_by_id) and bool(without_deciders([row], now))


def without_deciders(rows: Sequence[Any], now: datetime) -> list[Any]:
    """Those on which nobody of the lab or its institution may decide. Two statements, none without rows."""
    day = today(now)
    there = people_with({Role.LAB_MANAGER}, {row.lab_id for row in rows}, day)
    above = people_with({Role.INSTITUTION_MANAGER}, {row.institution_id for row in rows}, day)
    return [
        row
        for row in rows
        if not (
            (there.get(row.lab_id, set()) | above.get(row.institution_id, set()))
            - {row.person_id, row.recorded_by_id}
        )
    ]
