"""Lab staff may book and move for others against limits and quotas, with a reason that everyone concerned sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.journal.record import record
from instruments.people.models import Person
from instruments.people.rights import Action, Scope, may
from instruments.reservations.bookable import Bookable
from instruments.reservations.models import LONGEST_SECONDS, Override
from instruments.reservations.scene import Wish
from instruments.reservations.texts import reason_objections
from instruments.reservations.who_asks import Asking

# Limits and quotas; of the hours only that they are those of others. Never what is taken, closed, past, or not open to the
# user at all.
OVERRIDABLE = frozenset(
    {"lead", "horizon", "grid", "too_short", "too_long", "buffer", "in_a_row", "quota"}
)  # fmt: skip
HOURS_OF_OTHERS = "outside_hours"
_TABLE: Any = Override.__table__


def is_overridable(reason: Reason) -> bool:
    """Whether the lab's staff may override it: a limit, a quota, or that it is open then, but to others."""
    return reason.code in OVERRIDABLE or (reason.code == HOURS_OF_OTHERS and "circles" in reason.values)


def may_override(asking: Asking, thing: Bookable) -> bool:
    """Whether the actor may: as staff of the instrument's lab, and never for themselves."""
    staff = may(asking.actor, Action.RULES_OVERRIDE, Scope(thing.institution_id, thing.lab_id))
    return staff and asking.actor.person_id != asking.user.person_id


def overridden(
    asking: Asking, thing: Bookable, wish: Wish, reasons: list[Reason]
) -> tuple[list[Reason], tuple[str, ...]]:
    """What still stands against the wish when its asker overrides with a reason, and the rules that were overridden."""
    if not asking.override:
        return reasons, ()
    if not may_override(asking, thing):
        remedy = N_("Ask somebody else of the lab’s staff.")
        sentence = N_("Only the lab’s staff may override its rules, and never for themselves.")
        return [*reasons, Reason("may_not_override", "override", sentence, {}, remedy)], ()
    too_long = wish.end - wish.start > LONGEST_SECONDS
    passed = [each for each in reasons if is_overridable(each) and not (too_long and each.code == "too_long")]
    left = [each for each in reasons if each not in passed]
    return [*left, *reason_objections(asking.override, "override")], tuple(
        dict.fromkeys(r.code for r in passed)
    )


def keep_override(asking: Asking, thing: Bookable, number: int, rules: Iterable[str], now: datetime) -> None:
    """Note with the reservation, and in its history, who overrode which rules and why; inside a deed."""
    codes = list(rules)
    if not codes:
        return
    db.session.execute(delete(_TABLE).where(_TABLE.c.reservation_id == number))
    db.session.execute(
        insert(_TABLE).values(
            reservation_id=number,
            person_id=asking.actor.person_id,
            reason=asking.override,
            rules=" ".join(codes),
            overridden_at=now,
        )
    )
    record(
        now=now,
        actor_id=asking.actor.person_id,
        deed="reservation.overridden",
        thing=("reservation", number),
        institution_id=thing.institution_id,
        lab_id=thing.lab_id,
        detail={"rules": " ".join(codes), "reason": asking.override},
    )


def override_of(number: int) -> Any:
    """Who overrode which rules of a reservation, and why: (reason, rules, name_en, name_zh), or None."""
    return db.session.execute(
        select(Override.reason, Override.rules, Person.name_en, Person.name_zh)
        .join(Person, Person.id == Override.person_id)
        .where(Override.reservation_id == number)
    ).first()
