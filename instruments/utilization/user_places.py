"""Whose use may be looked at: of a group, a company, or the people of an institution, by those who answer for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, ResearchGroup
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.scopes import use_seen_by
from instruments.utilization.asking import GROUP, PAGES, PEOPLE, View
from instruments.utilization.places import the_place
from instruments.utilization.users import User


@dataclass(frozen=True, slots=True)
class Whose:
    """Who used: where they belong, their names, how a view names them, and whether a company it is or they are of."""

    user: User
    institution_id: int
    name_en: str
    name_zh: str
    kind: str
    number: int
    is_company: bool = False

    @property
    def code(self) -> str:
        """The same in an address and in the name of a file."""
        return f"{self.kind}-{self.number}"


def group_of(group_id: int, actor: Actor) -> Whose:
    """A group; raises NotFound where it is not there, or not for this person to see."""
    row = db.session.get(ResearchGroup, group_id)
    if row is None or not sees_use_of(
        actor, row.institution_id, Scope(institution_id=row.institution_id, group_ids=frozenset({group_id}))
    ):
        raise _nothing()
    return _whose(User(group_id=row.id), row.institution_id, row, GROUP)


def people_of(institution_id: int, actor: Actor) -> Whose:
    """Everybody of an institution or company; raises NotFound likewise."""
    row = db.session.get(Institution, institution_id)
    if row is None or not sees_use_of(actor, row.id, Scope(institution_id=row.id)):
        raise _nothing()
    return _whose(User(institution_id=row.id), row.id, row, PEOPLE)


def _whose(user: User, home: int, row: Institution | ResearchGroup, kind: str) -> Whose:
    names, owner = (row.name_en, row.name_zh), db.session.get_one(Institution, home)
    return Whose(user, home, *names, kind, row.id, owner.kind == "company")


def whose_of(view: View, actor: Actor) -> Whose:
    """Whose use a view is of; raises NotFound likewise."""
    return {GROUP: group_of, PEOPLE: people_of}[view.kind](view.number, actor)


def check_seen(view: View, actor: Actor) -> None:
    """Raises NotFound where what a view is of is not there, or not for this person to see."""
    if view.kind in PAGES:
        whose_of(view, actor)
    else:
        the_place(view, actor)


def sees_use_of(actor: Actor | None, institution_id: int, scope: Scope) -> bool:
    """Whether what a group, or the people of an institution, used is told together; of one company only to its own."""
    return may(actor, use_seen_by(db.session.get_one(Institution, institution_id).kind), scope)


def groups_seen(actor: Actor | None, homes: Mapping[int, int]) -> set[int]:
    """Of which of these groups, by their institutions, what they used is told together. One statement."""
    asked = select(Institution.id, Institution.kind).where(Institution.id.in_(set(homes.values())))
    kinds = {row[0]: row[1] for row in db.session.execute(asked)}
    return {
        group
        for group, home in homes.items()
        if home in kinds
        and may(actor, use_seen_by(kinds[home]), Scope(institution_id=home, group_ids=frozenset({group})))
    }


def sees_reservations_of(of: Whose, actor: Actor | None) -> bool:
    """Whether their reservations are told one by one."""
    return may(actor, Action.RESERVATION_SEE, scope_of(of))


def scope_of(of: Whose) -> Scope:
    """Where they stand, for the question whether somebody may."""
    groups = frozenset({of.user.group_id}) if of.user.group_id else frozenset()
    return Scope(institution_id=of.institution_id, group_ids=groups)


def reservations_of(of: Whose, actor: Actor | None) -> None:
    """Raises NotFound where their reservations are not for this person to see."""
    if not sees_reservations_of(of, actor):
        raise _nothing()


def _nothing() -> NotFound:
    return NotFound([Reason("not_found", None, N_("There are no figures here that you may see."))])
