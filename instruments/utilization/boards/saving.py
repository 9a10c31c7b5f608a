"""Views under a name: saved by somebody for themselves or for their institution, and given up; inside a deed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import func, or_, select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.utilization.asking import View
from instruments.utilization.boards.models import SavedView

LONGEST_NAME, MOST = 80, 50


def views_of(actor: Actor) -> list[SavedView]:
    """Those of the person and of their institution, by name. One statement."""
    whose = or_(
        SavedView.person_id == actor.person_id,
        SavedView.institution_id.is_not(None) & (SavedView.institution_id == actor.institution_id),
    )
    return list(db.session.scalars(select(SavedView).where(whose).order_by(SavedView.name, SavedView.id)))


def may_share(actor: Actor) -> bool:
    """Whether somebody saves views for their institution."""
    return actor.institution_id is not None and may(
        actor, Action.UTILIZATION_VIEW_SHARE, Scope(institution_id=actor.institution_id)
    )


def save(actor: Actor, name: str, view: View, now: datetime, *, shared: bool) -> int:
    """Save a view under a name; its number. Raises Refusal with every reason, Forbidden where it is not theirs to share."""
    if shared and not may_share(actor):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    row = SavedView(
        name=name, query=urlencode(view.fields()), made_by_id=actor.person_id, made_at=now,
        person_id=None if shared else actor.person_id, institution_id=actor.institution_id if shared else None,
    )  # fmt: skip
    if reasons := list(_objections(row)):
        raise Refusal(reasons)
    db.session.add(row)
    db.session.flush()
    _note("utilization_view.saved", row, actor, now)
    return row.id


def _objections(row: SavedView) -> Iterator[Reason]:
    name = row.name
    if not name:
        yield Reason("missing", "name", N_("Give it a name."))
    elif len(name) > LONGEST_NAME:
        yield Reason("too_long", "name", N_("At most %(most)s characters."), {"most": LONGEST_NAME})
    elif not name.isprintable():
        yield Reason("unreadable", "name", N_("This holds characters that cannot be shown."))
    mine = (
        SavedView.person_id == row.person_id
        if row.person_id
        else SavedView.institution_id == row.institution_id
    )
    there = select(func.count()).where(mine, SavedView.name == name)
    if db.session.scalar(there):
        yield Reason("name_taken", "name", N_("There is a view of this name already."))
    if (db.session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
        sentence = N_("At most %(most)s views are kept; give one up first.")
        yield Reason("too_many", None, sentence, {"most": MOST})


def give_up(actor: Actor, view_id: int, now: datetime) -> None:
    """Take a view away. Raises NotFound where there is none of theirs."""
    row = db.session.get(SavedView, view_id)
    own = row is not None and row.person_id == actor.person_id
    shared = row is not None and row.institution_id is not None and row.institution_id == actor.institution_id
    if row is None or not (own or (shared and may_share(actor))):
        raise NotFound([Reason("not_found", None, N_("There is no such view of yours."))])
    _note("utilization_view.given_up", row, actor, now)
    db.session.delete(row)
    db.session.flush()


def _note(deed: str, row: SavedView, actor: Actor, now: datetime) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("utilization_view", row.id), institution_id=row.institution_id,
        detail={"name": row.name},
    )  # fmt: skip
