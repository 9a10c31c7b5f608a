"""What a person wishes to be told of each kind: in the app, by mail, and how long before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.notices.kind import Kind
from instruments.notices.kinds import ALL
from instruments.notices.models import NoticePreference
from instruments.people.rights import Actor

HOURS = (1, 2, 4, 12, 24, 48, 72, 168)


@dataclass(frozen=True)
class Choice:
    """One line of the page of preferences."""

    kind: Kind
    in_app: bool
    by_mail: bool
    hours: int | None


def kinds_for(actor: Actor) -> list[Kind]:
    """The kinds that can ever tell this person something."""
    return [kind for kind in ALL if not kind.roles or any(actor.has(role) for role in kind.roles)]


def choices(actor: Actor) -> list[Choice]:
    """What holds now, chosen or not. One statement."""
    one = NoticePreference
    rows = db.session.execute(
        select(one.kind, one.in_app, one.by_mail, one.hours).where(one.person_id == actor.person_id)
    )
    chosen = {row.kind: row for row in rows}
    return [
        Choice(kind, row.in_app, row.by_mail, row.hours or kind.hours)
        if (row := chosen.get(kind.code))
        else Choice(kind, kind.in_app, kind.by_mail, kind.hours)
        for kind in kinds_for(actor)
    ]


def typed(actor: Actor, in_app: set[str], by_mail: set[str]) -> list[Choice]:
    """What was ticked in a form that is shown again."""
    return [Choice(kind, kind.code in in_app, kind.code in by_mail, kind.hours) for kind in kinds_for(actor)]


def choose(
    actor: Actor, in_app: set[str], by_mail: set[str], hours: Mapping[str, str], now: datetime
) -> None:
    """Keep the choices, inside a deed: the kinds ticked for each channel, and the hours as typed. Raises Refusal."""
    off = {each.kind.code for each in choices(actor) if not (each.in_app or each.by_mail)}
    rows = [
        {
            "person_id": actor.person_id,
            "kind": kind.code,
            "in_app": kind.code in in_app,
            "by_mail": kind.code in by_mail,
            "hours": _hours(kind, hours.get(kind.code, "")),
            "since": now if kind.code in off else None,
        }
        for kind in kinds_for(actor)
    ]
    insert = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.session.get_bind().dialect.name]
    statement = insert(NoticePreference.__table__)
    told = {name: statement.excluded[name] for name in ("in_app", "by_mail", "hours")}
    # What was on before stays on since then.
    told["since"] = func.coalesce(statement.excluded.since, NoticePreference.since)
    db.session.execute(statement.on_conflict_do_update(index_elements=["person_id", "kind"], set_=told), rows)


def _hours(kind: Kind, typed: str) -> int | None:
    if kind.hours is None:
        return None
    if not typed.isdecimal() or int(typed) not in HOURS:
        raise Refusal([Reason("hours", "hours", N_("Choose one of the times."))])
    return int(typed)
