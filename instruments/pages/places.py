"""The labs and institutions that somebody answers for: where their work begins."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor, Role
from instruments.web.language import in_language

OF_LABS = (Role.LAB_MANAGER, Role.LAB_OPERATOR)
OF_INSTITUTIONS = (Role.INSTITUTION_MANAGER, Role.AUDITOR, Role.FINANCE_OFFICER)


class Place(NamedTuple):
    """A lab or an institution: its name, its page, and how many instruments it has."""

    name: str
    address: str
    instruments: int


def places_of(actor: Actor) -> list[Place]:
    """Institutions first, then labs, by name. One statement; none for who answers for nothing."""
    labs = {grant.scope_id for grant in actor.grants if grant.role in OF_LABS}
    institutions = {grant.scope_id for grant in actor.grants if grant.role in OF_INSTITUTIONS}
    if not labs and not institutions:
        return []
    rows = db.session.execute(
        union_all(
            *(
                select(
                    literal(kind).label("kind"), table.id, table.name_en, table.name_zh,
                    select(func.count()).where(column == table.id, Instrument.status != "retired").scalar_subquery(),
                ).where(table.id.in_(numbers))
                for kind, table, column, numbers in (
                    ("institutions", Institution, Instrument.institution_id, institutions),
                    ("labs", Lab, Instrument.lab_id, labs),
                )
            )
        )
    )  # fmt: skip
    found = [
        (kind, Place(in_language(english, chinese), f"/{kind}/{number}", count))
        for kind, number, english, chinese, count in rows
    ]
    return [place for _, place in sorted(found)]
