"""What the booking form offers to choose from: for whom, for which unit, for what purpose."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.pages.week import Shown
from instruments.people.models import Person, ResearchGroup, RoleGrant
from instruments.people.rights import Actor, Role
from instruments.reservations.models import PURPOSES
from instruments.web import formats
from instruments.web.language import in_language

MOST_PEOPLE = 200


def booking_choices(actor: Actor, shown: Shown) -> dict[str, Any]:
    """Arguments for parts/booking_form.html: what is typed already, and the choices of this person."""
    chosen = shown.chosen
    typed: dict[str, Any] = {
        name: shown.fields.get(name, "") for name in ("day", "from", "until_day", "until")
    }
    units = _units(actor)
    typed |= {"user": actor.person_id, "unit": units[0][0] if units else "", "purpose": "research", "title": "",
              "public_title": False}  # fmt: skip
    return {
        "typed": typed,
        "said": formats.when(chosen, shown.zone.key) if chosen else None,
        "people": [(actor.person_id, in_language(actor.name_en, actor.name_zh)), *_led(actor)],
        "units": units,
        "purposes": [(purpose, purpose_words(purpose)) for purpose in PURPOSES],
        "hidden": {"key": uuid4().hex},
    }


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


def _units(actor: Actor) -> list[tuple[int, str]]:
    """The groups that the person works in."""
    if not actor.group_ids:
        return []
    group = ResearchGroup
    rows = db.session.execute(
        select(group.id, group.name_en, group.name_zh).where(group.id.in_(actor.group_ids)).order_by(group.id)
    )
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in rows]


def _led(actor: Actor) -> list[tuple[int, str]]:
    """The other members of the groups that the person heads, for whom one may book."""
    groups = [grant.scope_id for grant in actor.grants if grant.role is Role.GROUP_HEAD]
    if not groups:
        return []
    rows = db.session.execute(
        select(Person.id, Person.name_en, Person.name_zh)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.group_id.in_(groups), Person.id != actor.person_id, Person.deactivated_at.is_(None))
        .distinct()
        .order_by(Person.id)
        .limit(MOST_PEOPLE)
    )
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in rows]
