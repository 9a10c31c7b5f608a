"""Who holds a role on many places at once, for whoever tells or asks them something."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, or_, select

from instruments.database import db
from instruments.people.models import RoleGrant
from instruments.people.rights import SCOPE_OF_ROLE, Role

_GRANT: Any = RoleGrant.__table__


def people_with(roles: Collection[Role], scope_ids: Collection[int], day: date) -> dict[int, set[int]]:
    """By lab or institution, who holds one of the roles on it that day, deputies too. The roles are of one kind of scope."""
    if not scope_ids:
        return {}
    (kind,) = {SCOPE_OF_ROLE[role] for role in roles}
    scope = _GRANT.c[f"{kind}_id"]
    found: dict[int, set[int]] = {}
    for row in db.session.execute(_held(scope, roles, day).where(scope.in_(scope_ids))):
        found.setdefault(row.scope_id, set()).update(_people(row, day))
    return found


def administrators(day: date) -> set[int]:
    """Who runs the platform that day, deputies too."""
    rows = db.session.execute(_held(_GRANT.c.institution_id, [Role.PLATFORM_ADMINISTRATOR], day))
    return {person for row in rows for person in _people(row, day)}


def _held(scope: Any, roles: Collection[Role], day: date) -> Select[Any]:
    grant = _GRANT.c
    return select(scope.label("scope_id"), grant.person_id, grant.deputy_id, grant.deputy_until).where(
        grant.role.in_([role.value for role in roles]), or_(grant.ends_on.is_(None), grant.ends_on >= day)
    )


def _people(row: Row[Any], day: date) -> set[int]:
    deputy = row.deputy_id is not None and row.deputy_until >= day
    return {row.person_id, row.deputy_id} if deputy else {row.person_id}
