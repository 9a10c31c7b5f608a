"""What a form of reservations offers to choose from: for whom, for which unit, for what purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.people.models import ResearchGroup
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.models import PURPOSES
from instruments.reservations.users import has_many, members, suggestions
from instruments.web import formats
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


def people(actor: Actor, thing: Bookable, now: datetime) -> list[Choice]:
    """The person, and the few others for whom they may book: the members of the groups that they head."""
    own = (actor.person_id, in_language(actor.name_en, actor.name_zh))
    others = members(actor, thing, now, MOST_PEOPLE)
    return [
        own,
        *((row.id, in_language(row.name_en, row.name_zh)) for row in others if row.id != actor.person_id),
    ]


def safety(thing: Bookable) -> dict[str, bool] | None:
    """What the booking form asks where two people must be present: whether the samples are hazardous, and who else
    is there; None where the instrument never asks for two."""
    if thing.needs is None or not thing.needs.asks_two:
        return None
    return {"hazardous": thing.needs.two_if_hazardous, "at_night": thing.needs.two_at_night}


def for_whom(actor: Actor, thing: Bookable, now: datetime, typed: str = "") -> dict[str, Any]:
    """What the booking form offers as users: `people` to choose from where they are few, else `finder`, the address
    that suggests some for what is typed, and `suggested`, those for what was typed already."""
    if not has_many(actor, thing):
        return {"people": people(actor, thing, now), "finder": None, "suggested": []}
    return {
        "people": [],
        "finder": f"/instruments/{thing.id}/users",
        "suggested": suggested(actor, thing, typed, now),
    }


def suggested(actor: Actor, thing: Bookable, typed: str, now: datetime) -> list[Choice]:
    """Some people for what is typed, as (mail address, name and institution)."""
    return [
        (
            row.mail,
            formats.listing(
                [
                    words
                    for words in (
                        in_language(row.name_en, row.name_zh),
                        in_language(row.institution_en or "", row.institution_zh or ""),
                    )
                    if words
                ]
            ),
        )
        for row in suggestions(actor, thing, typed, now)
    ]
