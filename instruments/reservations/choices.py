"""What a form of reservations offers to choose from: for whom, for which unit, for what purpose."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Person, ResearchGroup, RoleGrant
from instruments.people.rights import Actor, Role
from instruments.reservations.models import PURPOSES
from instruments.web.language import in_language

MOST_PEOPLE = 200
Choice = tuple[int | str, str]


def purposes() -> list[Choice]:
    """Every purpose with its words."""
    return [(purpose, purpose_words(purpose)) for purpose in PURPOSES]


def purpose_words(purpose: str) -> str:
    """What a reservation is for."""
    match purpose:
        case "teaching":
            return gettext("Teaching")
        case "research":
            return gettext("Research")
        case "development":
            return gettext("Development")
        case _:
            return gettext("Service")


def units(actor: Actor) -> list[Choice]:
    """The groups that the person works in."""
    if not actor.group_ids:
        return []
    group = ResearchGroup
    rows = db.session.execute(
        select(group.id, group.name_en, group.name_zh).where(group.id.in_(actor.group_ids)).order_by(group.id)
    )
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in rows]


def people(actor: Actor) -> list[Choice]:
    """The person, and the other members of the groups that they head, for whom they may book."""
    own = (actor.person_id, in_language(actor.name_en, actor.name_zh))
    groups = [grant.scope_id for grant in actor.grants if grant.role is Role.GROUP_HEAD]
    if not groups:
        return [own]
    rows = db.session.execute(
        select(Person.id, Person.name_en, Person.name_zh)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.group_id.in_(groups), Person.id != actor.person_id, Person.deactivated_at.is_(None))
        .distinct()
        .order_by(Person.id)
        .limit(MOST_PEOPLE)
    )
    return [own, *((row.id, in_language(row.name_en, row.name_zh)) for row in rows)]
