"""Confirm a use, singly or many at once: the lab says what it counted, and from then on the hours stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert

from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.database import db
from instruments.errors import N_, Refusal
from instruments.people.rights import Action, Actor
from instruments.timespan import instant
from instruments.usage.facts import OF_USER, UseFacts, objections
from instruments.usage.keeping import add_span, change_use, note_use, settled
from instruments.usage.kinds import CONFIRMED, FAULT, NOBODY, TYPED, WAITING
from instruments.usage.lookup import is_staff, refuse, require, require_use_version, use_again, use_row
from instruments.usage.models import UseCount
from instruments.usage.settling import last_minutes
from instruments.web.versions import stale

SUBJECTS = frozenset(subject.code for subject in SUBJECT_LIST)
_COUNT: Any = UseCount.__table__
MOST_AT_ONCE = 500


def confirm(actor: Actor, use_id: int, facts: UseFacts, version: int | None, now: datetime) -> int:
    """Confirm a finished use with what the lab says of it, inside a deed; its new version.

    Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    row = use_again(use_id)
    require_use_version(row, version)
    _require_confirmable(row)
    if reasons := list(objections(facts, SUBJECTS)):
        raise Refusal(reasons)
    _confirm(row, facts, actor, now)
    return int(row.version) + 1


def confirm_many(actor: Actor, use_ids: Iterable[int], now: datetime) -> tuple[list[int], list[int]]:
    """Confirm many as they stand, inside a deed: those done, and those left because they need a look each.

    Left is what is flagged, not finished, confirmed meanwhile, or not the actor's to confirm.
    """
    done, left = [], []
    for number in sorted(set(use_ids))[:MOST_AT_ONCE]:
        row = use_row(number, actor)
        if row.state == WAITING and not row.flags and is_staff(actor, row):
            _confirm(row, UseFacts(), actor, now)
            done.append(number)
        else:
            left.append(number)
    return done, left


def describe(actor: Actor, use_id: int, facts: UseFacts, version: int | None, now: datetime) -> int:
    """Say of a use what it was for and how it was, before it is confirmed: its user, or the lab. Inside a deed."""
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    require_use_version(row, version)
    if row.state == CONFIRMED:
        raise refuse("confirmed", N_("This use is confirmed; the lab corrects it."))
    if reasons := list(objections(facts, SUBJECTS)):
        raise Refusal(reasons)
    said = facts.columns
    if not is_staff(actor, row):
        said = {name: value for name, value in said.items() if name in OF_USER}
    if not change_use(row, now, **said):
        raise stale()
    note_use(row, "described", now, actor.person_id, fields=sorted(said))
    return int(row.version) + 1


def _require_confirmable(row: Any) -> None:
    if row.state == CONFIRMED:
        raise refuse("confirmed", N_("This use is confirmed already."))
    if row.state != WAITING:
        raise refuse("not_finished", N_("Only a finished use can be confirmed."))
    if NOBODY in row.flags.split():
        raise refuse("nobody", N_("Say first who used it."), field="user")


def _confirm(row: Any, facts: UseFacts, actor: Actor, now: datetime) -> None:
    """Write it down, if nobody else did meanwhile."""
    values = {"confirmed_at": now, "confirmed_by_id": actor.person_id, "confirmed_by_rule": False}
    if not change_use(row, now, state=CONFIRMED, **values, **facts.columns):
        raise stale()
    keep_counts(row.id, facts)
    keep_fault(row.id, facts, actor, now)
    flags = {"flags": row.flags.split()} if row.flags else {}
    note_use(row, "confirmed", now, actor.person_id, by="person", said=sorted(facts.columns), **flags)


def keep_counts(use_id: int, facts: UseFacts) -> None:
    """Write down what was counted, in place of what was before."""
    if facts.counts is None:
        return
    db.session.execute(delete(_COUNT).where(_COUNT.c.use_id == use_id))
    rows = [
        {"use_id": use_id, "code": code, "number": number} for code, number in facts.counts.items() if number
    ]
    if rows:
        db.session.execute(insert(_COUNT), rows)


def keep_fault(use_id: int, facts: UseFacts, actor: Actor, now: datetime) -> None:
    """Minutes that the lab owes, taken from the end of the use."""
    if not facts.fault_minutes:
        return
    used: Sequence[tuple[int, int]] = settled(use_id, now).used
    for start, end in last_minutes(used, facts.fault_minutes):
        span = (instant(start), instant(end))
        add_span(use_id, FAULT, span, now, grade=TYPED, reporter="lab", recorded_by_id=actor.person_id)
