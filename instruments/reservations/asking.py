"""Ask the lab: open a request for what a rule of approval applies to, ask again after a change, and settle it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.approval_rules import has_to_ask
from instruments.reservations.bookable import Bookable
from instruments.reservations.models import Approval
from instruments.reservations.qualified import is_assisted
from instruments.timespan import Pair, instant

_TABLE: Any = Approval.__table__
OTHERWISE_DUE_HOURS = 24


def has_to_ask_for(thing: Bookable, user: Actor, wish: Pair, held: Pair | None = None) -> bool:
    """Whether this person has to ask the lab for a span; `held`: one that is theirs already.

    The lab's rule says so, or they are qualified with assistance only, and the lab says who assists.
    """
    if is_decided_by_lab(thing, user, wish, held):
        return True
    within = held is not None and held[0] <= wish[0] and wish[1] <= held[1]
    return not within and is_assisted(thing, user, wish)


def is_decided_by_lab(thing: Bookable, user: Actor, wish: Pair, held: Pair | None = None) -> bool:
    """Whether the lab's rule alone makes this person ask; told from memory, for lists."""
    return thing.approval is not None and has_to_ask(thing.approval, thing.circle_of(user), wish, held)


def may_decide(actor: Actor, row: Any, managers_only: bool) -> bool:
    """Whether the actor answers for the lab on a reservation; managers_only: as the rule was when it was asked for."""
    return _answers(actor, (row.owner_id, row.lab_id), (row.user_id, row.booker_id), managers_only)


def answers_at(actor: Actor, thing: Bookable, user_id: int, booker_id: int) -> bool:
    """Whether the actor answers, by the rule of today, on what this user uses and this booker has booked here."""
    managers_only = thing.approval is not None and thing.approval.managers_only
    return _answers(actor, (thing.institution_id, thing.lab_id), (user_id, booker_id), managers_only)


def _answers(actor: Actor, place: tuple[int, int], whose: tuple[int, int], managers_only: bool) -> bool:
    """Never on what they use or booked. place: institution and lab; whose: who uses it, and who booked."""
    action = Action.APPROVAL_DECIDE_AS_MANAGER if managers_only else Action.APPROVAL_DECIDE
    return may(actor, action, Scope(*place, frozenset(), frozenset(whose), whose[1]))


def state_after(actor: Actor, user: Actor, row: Any, thing: Bookable, wish: Pair, now: datetime) -> str:
    """The state in which a reservation stands once it has moved to `wish`, or is the user's.

    Whoever answers for the lab has answered by doing it. Raises Refusal where it would have to be asked for,
    but has begun.
    """
    if answers_at(actor, thing, row.user_id, row.booker_id):
        return str(row.state)
    held = (int(row.starts_at.timestamp()), int(row.held_until.timestamp()))
    same_user = user.person_id == row.user_id
    stands = held if row.state == "confirmed" and same_user else None
    if not has_to_ask_for(thing, user, wish, stands):
        return "confirmed"
    if row.starts_at <= now:
        sentence = N_("This would need the lab’s approval, and it has begun already.")
        remedy = N_("Ask the lab to change it for you.")
        raise Refusal([Reason("approval_too_late", "end", sentence, {}, remedy)])
    return "requested"


def open_request(
    reservation_id: int, thing: Bookable, user: Actor, wish: Pair, now: datetime
) -> dict[str, Any]:
    """Write the request of a reservation, the first or a new one in its place; returns its row.

    Under the lab's rule only where that makes this person ask; else somebody has to assist them.
    """
    due_by, asked = thing.approval, int(now.timestamp())
    due = due_by.due(asked, wish[0]) if due_by else min(asked + OTHERWISE_DUE_HOURS * 3600, wish[0])
    rule = thing.approval if is_decided_by_lab(thing, user, wish) else None
    values: dict[str, Any] = {
        "rule_id": rule.id if rule else None,
        "circle": thing.circle_of(user),
        "above_minutes": rule.above_minutes if rule else None,
        "managers_only": bool(rule and rule.managers_only),
        "own_together": bool(rule and rule.own_together),
        "asked_at": instant(asked),
        "due_at": instant(due),
        "asked_starts_at": instant(wish[0]),
        "asked_ends_at": instant(wish[1]),
        "proposed_at": None,
        "proposed_by_id": None,
        "decision": None,
        "decided_at": None,
        "decided_by_id": None,
        "message": "",
    }
    again = db.session.execute(update(_TABLE).where(_TABLE.c.reservation_id == reservation_id).values(values))
    if not again.rowcount:
        db.session.execute(insert(_TABLE).values(reservation_id=reservation_id, **values))
    return values


def settle(
    reservation_id: int, decision: str, now: datetime, decided_by: int | None = None, message: str = ""
) -> None:
    """Say what became of a request that was open; nothing where there is none."""
    db.session.execute(
        update(_TABLE)
        .where(_TABLE.c.reservation_id == reservation_id, _TABLE.c.decision.is_(None))
        .values(decision=decision, decided_at=now, decided_by_id=decided_by, message=message)
    )


def request_of(reservation_id: int) -> Any:
    """The request of a reservation as a row of its table; None where it was never asked for."""
    return db.session.execute(select(_TABLE).where(_TABLE.c.reservation_id == reservation_id)).first()


def carry_on(
    actor: Actor,
    user: Actor,
    row: Any,
    thing: Bookable,
    wish: Pair,
    state: str,
    now: datetime,
    series: int = 0,
) -> None:
    """Bring the request of a reservation in line after it has moved or changed hands; state: its new one."""
    if state == "requested":
        asked = open_request(row.id, thing, user, wish, now)
        note_request(actor.person_id, user.person_id, row, thing, wish, asked["due_at"], now, series)
    elif row.state == "requested":
        settle(row.id, "not_needed", now, actor.person_id)


def note_request(
    actor_id: int,
    user_id: int,
    row: Any,
    thing: Bookable,
    wish: Pair,
    due: datetime,
    now: datetime,
    series: int = 0,
) -> None:
    """Write into the journal that the lab was asked; row: whatever has the reservation's id; series: see part_of."""
    record(
        now=now,
        actor_id=actor_id,
        deed="reservation.requested",
        thing=("reservation", row.id),
        institution_id=thing.institution_id,
        lab_id=thing.lab_id,
        detail={
            "instrument_id": thing.id,
            "user_id": user_id,
            "start": wish[0],
            "end": wish[1],
            "due_at": int(due.timestamp()),
            **part_of(series),
        },
    )


def part_of(series: int) -> dict[str, int]:
    """What the journal says of a deed that is part of one on a whole series, which has an entry of its own; 0: of none."""
    return {"series": series} if series else {}
