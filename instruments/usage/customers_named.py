"""For whom runs were made, by name; many at once. Companies only where the reader is told which they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from instruments.database import db
from instruments.people.companies import COMPANY, tells_company
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.rights import Actor
from instruments.usage.kinds import RUN
from instruments.usage.models import RunCustomer

Names = tuple[tuple[str, str], ...]
# A company that is not named: it stands together with the others.
TOGETHER = ("", "")
_ONE: Any = RunCustomer.__table__


def customers_named(reader: Actor, uses: Iterable[Any]) -> dict[int, Names]:
    """By run among these uses, the names (English, Chinese) of its customers as they were entered: the person, else the group,
    else the institution; TOGETHER for companies of which the reader is not told which they are. uses: with what
    `tells_company` asks for. One statement; none where there is no run."""
    runs = {
        row.id: tells_company(reader, row, (row.user_id, row.booker_id)) for row in uses if row.kind == RUN
    }
    if not runs:
        return {}
    names = [
        func.coalesce(getattr(Person, name), getattr(ResearchGroup, name), getattr(Institution, name), "")
        for name in ("name_en", "name_zh")
    ]
    rows = db.session.execute(
        select(_ONE.c.use_id, Institution.kind, *names)
        .outerjoin(Person, Person.id == _ONE.c.person_id)
        .outerjoin(ResearchGroup, ResearchGroup.id == _ONE.c.group_id)
        .outerjoin(Institution, Institution.id == _ONE.c.institution_id)
        .where(_ONE.c.use_id.in_(runs))
        .order_by(_ONE.c.use_id, _ONE.c.position)
    )
    found: dict[int, dict[tuple[str, str], None]] = {}
    for number, kind, name_en, name_zh in rows:
        is_named = kind != COMPANY or runs[number]
        found.setdefault(number, {})[(name_en, name_zh) if is_named else TOGETHER] = None
    return {number: tuple(each) for number, each in found.items()}
