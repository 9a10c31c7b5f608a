"""For whom runs were made, by name; many at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from instruments.database import db
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.usage.models import RunCustomer

Names = tuple[tuple[str, str], ...]
_ONE: Any = RunCustomer.__table__


def customers_named(use_ids: Collection[int]) -> dict[int, Names]:
    """By run, the names (English, Chinese) of its customers as they were entered: the person, else the group, else the
    institution. One statement; none where there is no run."""
    if not use_ids:
        return {}
    names = [
        func.coalesce(getattr(Person, name), getattr(ResearchGroup, name), getattr(Institution, name), "")
        for name in ("name_en", "name_zh")
    ]
    rows = db.session.execute(
        select(_ONE.c.use_id, *names)
        .outerjoin(Person, Person.id == _ONE.c.person_id)
        .outerjoin(ResearchGroup, ResearchGroup.id == _ONE.c.group_id)
        .outerjoin(Institution, Institution.id == _ONE.c.institution_id)
        .where(_ONE.c.use_id.in_(use_ids))
        .order_by(_ONE.c.use_id, _ONE.c.position)
    )
    found: dict[int, dict[tuple[str, str], None]] = {}
    for number, name_en, name_zh in rows:
        found.setdefault(number, {})[name_en, name_zh] = None
    return {number: tuple(each) for number, each in found.items()}
