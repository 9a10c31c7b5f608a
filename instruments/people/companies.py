"""Which customers are companies, and whether somebody is told of one which it is: elsewhere companies stand together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may

COMPANY = "company"


def companies_among(institution_ids: Collection[int | None]) -> set[int]:
    """The companies among these institutions. One statement, none for nobody."""
    if not (numbers := {number for number in institution_ids if number is not None}):
        return set()
    asked = select(Institution.id).where(Institution.id.in_(numbers), Institution.kind == COMPANY)
    return set(db.session.scalars(asked))


def tells_company(actor: Actor, row: Any, people: Collection[int | None]) -> bool:
    """Whether somebody who sees a reservation or a use is told which company it was for: those concerned, the owner's people
    and its own; not who sees it for the platform alone. row: with owner_id, lab_id, institution_id and group_id,
    of which nothing is asked of those concerned."""
    if actor.person_id in people:
        return True
    groups = frozenset() if row.group_id is None else frozenset({row.group_id})
    sides = Scope(row.owner_id, row.lab_id), Scope(row.institution_id, None, groups)
    return any(may(actor, Action.COMPANY_USE_SEE, side) for side in sides)
