"""Release what somebody reserved and does not use: given back by its user, or nobody came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_
from instruments.people.rights import Action, Actor
from instruments.reservations import ending
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.reservations.moving import require_version
from instruments.timespan import instant
from instruments.usage.keeping import USE
from instruments.usage.kinds import VOID
from instruments.usage.lookup import is_staff, refuse, require, use_of
from instruments.usage.rules import UsageRules
from instruments.usage.setting import all_rules, rules_of

AT_ONCE = 200
_R: Any = Reservation.__table__
_STARTS, _ENDS = (type_coerce(_R.c[name], BigInteger) for name in ("starts_at", "ends_at"))


def give_back(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> int:
    """Give back what is left of a reservation that began and is not used: free at once; inside a deed."""
    row = _to_release(actor, reservation_id, version, now)
    return ending.end_as(row, ending.RELEASED, now, now, actor.person_id)


def note_no_show(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> int:
    """Say for the lab that nobody came, and release what is left; inside a deed. Raises Forbidden for everybody else."""
    row = _to_release(actor, reservation_id, version, now)
    if not is_staff(actor, row):
        raise refuse("not_staff", N_("Only the lab says that somebody did not come."))
    return ending.end_as(row, ending.NO_SHOW, now, now, actor.person_id, by="lab")


def stand_again(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> int:
    """Take a release or a no-show back, if nobody took the time since; inside a deed."""
    row = reservation_row(reservation_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    if row.state not in (ending.NO_SHOW, ending.RELEASED):
        raise refuse("not_released", N_("This reservation was not released."))
    if row.ends_at <= now and not is_staff(actor, row):
        raise refuse("over", N_("This reservation is over."))
    return ending.stand_again(row, now, actor.person_id)


def _to_release(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> Any:
    row = reservation_row(reservation_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    if row.state != ending.CONFIRMED or row.ends_at <= now:
        raise refuse("not_open", N_("This reservation no longer stands."))
    if row.starts_at > now:
        remedy = N_("Cancel it instead.")
        raise refuse("not_begun", N_("This reservation has not begun."), remedy)
    if use_of(reservation_id) is not None:
        remedy = N_("Finish it instead; the rest is free at once.")
        raise refuse("checked_in", N_("This reservation is checked in already."), remedy)
    return row


def missed(now: datetime, after: int = 0) -> Sequence[int]:
    """Confirmed reservations past their grace where check-in is required, and nobody checked in: a page in order."""
    required = {number: rules for number, rules in all_rules().items() if rules.is_required}
    moment = int(now.timestamp())
    if not required:
        return []
    used = select(USE.c.id).where(USE.c.reservation_id == _R.c.id, USE.c.state != VOID).exists()
    rows = db.session.execute(
        select(_R.c.id, _R.c.instrument_id, _STARTS)
        .where(
            _R.c.state == ending.CONFIRMED, moment >= _STARTS, moment - LONGEST_SECONDS - 86_400 < _STARTS,
            _R.c.id > after, _R.c.instrument_id.in_(required), ~used,
        )
        .order_by(_R.c.id)
    )  # fmt: skip
    late = [number for number, thing, start in rows if required[thing].released_at(start) <= moment]
    return late[:AT_ONCE]


def release_missed(reservation_id: int, now: datetime) -> bool:
    """Release one of them by the lab's rule, inside a deed; whether it did. Again changes nothing."""
    number = db.session.scalar(select(_R.c.instrument_id).where(_R.c.id == reservation_id))
    if number is None:
        return False
    revision.lock([number])
    row = reservation_row(reservation_id, None)
    rules: UsageRules = rules_of(number)
    due = instant(rules.released_at(int(row.starts_at.timestamp())))
    if row.state != ending.CONFIRMED or not rules.is_required or due > now or use_of(row.id) is not None:
        return False
    ending.end_as(
        row, ending.NO_SHOW, min(now, row.ends_at), now, None, by="rule", grace_minutes=rules.grace_minutes
    )
    return True


def place_of(instrument_id: int) -> Any:
    """Where an instrument stands, for rights: (id, lab_id, owner_id)."""
    thing = Instrument
    return db.session.execute(
        select(thing.id, thing.lab_id, thing.institution_id.label("owner_id")).where(
            thing.id == instrument_id
        )
    ).first()
