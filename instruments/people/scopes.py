"""Where people's own things stand, for the question whether somebody may."""

from __future__ import annotations

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution, Lab, Person, ResearchGroup, RoleGrant
from instruments.people.rights import Action, Scope

Place = Institution | Lab | ResearchGroup | None


def of_institution(institution_id: int | None) -> Scope:
    """An institution."""
    return Scope(institution_id=institution_id)


def of_place(place: Place) -> Scope:
    """What roles are held on: an institution, a lab, a group, or (None) the platform."""
    match place:
        case Institution():
            return Scope(institution_id=place.id)
        case Lab():
            return Scope(institution_id=place.institution_id, lab_id=place.id)
        case ResearchGroup():
            return Scope(institution_id=place.institution_id, group_ids=frozenset({place.id}))
        case _:
            return Scope()


def place_of(grant: RoleGrant) -> Place:
    """What a role is held on."""
    if grant.institution_id:
        return db.session.get(Institution, grant.institution_id)
    if grant.lab_id:
        return db.session.get(Lab, grant.lab_id)
    return db.session.get(ResearchGroup, grant.group_id) if grant.group_id else None


def use_seen_by(institution_kind: str) -> Action:
    """What it takes to see added up what the people of an institution or company used, wherever it stood."""
    return Action.COMPANY_USE_SEE if institution_kind == "company" else Action.USE_SEE


def of_person(person: Person) -> Scope:
    """A person, with the groups they are in now or were."""
    groups = select(RoleGrant.group_id).where(
        RoleGrant.person_id == person.id, RoleGrant.group_id.is_not(None)
    )
    return Scope(
        institution_id=person.institution_id,
        group_ids=frozenset(group_id for group_id in db.session.scalars(groups) if group_id is not None),
        person_ids=frozenset({person.id}),
    )
