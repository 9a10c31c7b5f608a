"""The groups and institutions that are called as somebody typed, for whom a run may have been made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, null, or_, select, union_all

from instruments.database import db
from instruments.people.models import Institution, ResearchGroup

# So many of one name are listed to choose from.
MOST_FITTING = 50


class Fitting(NamedTuple):
    """A group of an institution, or an institution (no group)."""

    group_id: int | None
    institution_id: int
    name_en: str
    name_zh: str
    home_en: str
    home_zh: str

    @property
    def code(self) -> str:
        """By which it is chosen."""
        return f"group {self.group_id}" if self.group_id else f"institution {self.institution_id}"


def fitting(name: str, home_id: int) -> Sequence[Fitting]:
    """Those of this whole name, in either language: groups first, those of the home before others. One statement."""
    if not name:
        return []
    group, home = ResearchGroup, Institution
    groups = (
        select(group.id.label("group_id"), home.id.label("home_id"), group.name_en, group.name_zh,
               home.name_en.label("home_en"), home.name_zh.label("home_zh"))
        .join(home, home.id == group.institution_id)
        .where(or_(func.lower(group.name_en) == name.lower(), group.name_zh == name))
    )  # fmt: skip
    homes = select(
        null().label("group_id"),
        home.id.label("home_id"),
        home.name_en,
        home.name_zh,
        home.name_en,
        home.name_zh,
    ).where(or_(func.lower(home.name_en) == name.lower(), home.name_zh == name))
    rows = [Fitting(*row) for row in db.session.execute(union_all(groups, homes))]
    rows.sort(
        key=lambda each: (
            each.group_id is None,
            each.institution_id != home_id,
            each.home_en,
            each.home_zh,
            each.code,
        )
    )
    return rows[:MOST_FITTING]
