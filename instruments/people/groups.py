"""Add and edit research groups; their members are the persons with the role “member” on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people import roles
from instruments.people.forms import Form
from instruments.people.models import Institution, Lab, Person, ResearchGroup, RoleGrant
from instruments.people.rights import ALLOWED, Action, Actor, Role, may
from instruments.people.scopes import of_institution, of_place
from instruments.people.versions import changes, locked


@dataclass(frozen=True)
class Described:
    """What is said of a group; head: the principal investigator, None for nobody yet."""

    name_en: str
    name_zh: str
    lab_id: int | None
    head: Person | None


def read(form: Form, institution_id: int, today: date) -> Described:
    """The group that a form describes, of this institution; reasons gather in the form."""
    name_en, name_zh = form.both_names()
    lab_id = form.number("lab_id")
    lab = db.session.get(Lab, lab_id) if lab_id else None
    if form.given.get("lab_id") and (lab is None or lab.institution_id != institution_id):
        form.refuse("choice", "lab_id", N_("Choose one of the list."))
    mail = form.text("head", 200)
    head = roles.active_person(mail, today) if mail else None
    if mail and (head is None or head.institution_id != institution_id):
        sentence = N_(
            "Nobody of this institution has this mail address. Invite them first, or look at the spelling."
        )
        form.refuse("no_person", "head", sentence)
    return Described(name_en, name_zh, lab.id if lab else None, head)


def add(
    institution: Institution, described: Described, already: list[Reason], actor: Actor, now: datetime
) -> ResearchGroup:
    """Add a group; its principal investigator becomes its head."""
    if not may(actor, Action.GROUP_ADD, of_institution(institution.id)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    _refuse_own_headship(described.head, None, already, actor)
    group = ResearchGroup(
        institution_id=institution.id,
        name_en=described.name_en,
        name_zh=described.name_zh,
        lab_id=described.lab_id,
    )
    db.session.add(group)
    db.session.flush()
    _set_head(group, described.head, actor, now)
    detail = {"name_en": group.name_en, "name_zh": group.name_zh, "head_id": group.principal_investigator_id}
    _note("group.added", group, actor, now, detail)
    return group


def edit(
    group_id: int,
    version: int | None,
    described: Described,
    already: list[Reason],
    actor: Actor,
    now: datetime,
) -> ResearchGroup:
    """Change a group, as it was at `version`; a new principal investigator takes over the head's role."""
    group = locked(ResearchGroup, group_id, version)
    if not may(actor, Action.GROUP_EDIT, of_place(group)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    _refuse_own_headship(described.head, group.principal_investigator_id, already, actor)
    found = changes(
        group, {"name_en": described.name_en, "name_zh": described.name_zh, "lab_id": described.lab_id}
    )
    before = group.principal_investigator_id
    if before != (described.head.id if described.head else None):
        _set_head(group, described.head, actor, now)
        found["head_id"] = [before, group.principal_investigator_id]
    db.session.flush()
    _note("group.edited", group, actor, now, found)
    return group


def get(group_id: int) -> ResearchGroup:
    """The group, or NotFound."""
    group = db.session.get(ResearchGroup, group_id)
    if group is None:
        raise NotFound([Reason("not_found", None, N_("There is no such group."))])
    return group


def seen_by(actor: Actor, institution_id: int | None, after: int, most: int) -> Sequence[Row[Any]]:
    """Groups the actor may see, in the order of their ids: (id, names, institution's names, head's names, members)."""
    group, head, institution = ResearchGroup, Person, Institution
    members = (
        select(func.count(RoleGrant.id))
        .where(RoleGrant.group_id == group.id, RoleGrant.role == Role.MEMBER)
        .correlate(group)
        .scalar_subquery()
    )
    found = (
        select(
            group.id, group.name_en, group.name_zh, members.label("members"),
            institution.name_en.label("institution_en"), institution.name_zh.label("institution_zh"),
            head.name_en.label("head_en"), head.name_zh.label("head_zh"),
        )
        .join(institution, institution.id == group.institution_id)
        .outerjoin(head, head.id == group.principal_investigator_id)
        .where(group.id > after)
        .order_by(group.id)
        .limit(most)
    )  # fmt: skip
    if institution_id is not None:
        found = found.where(group.institution_id == institution_id)
    if not actor.has(Role.PLATFORM_ADMINISTRATOR):
        found = found.where(
            or_(group.id.in_(actor.group_ids), group.institution_id.in_(_institutions_seen(actor)))
        )
    return db.session.execute(found).all()


def _institutions_seen(actor: Actor) -> list[int]:
    seeing = ALLOWED[Action.GROUP_SEE]
    institutional = (grant for grant in actor.grants if grant.role in seeing and grant.role in _INSTITUTIONAL)
    return [grant.scope_id for grant in institutional if grant.scope_id is not None]


_INSTITUTIONAL = {Role.INSTITUTION_MANAGER, Role.COMPANY_MANAGER, Role.AUDITOR, Role.FINANCE_OFFICER}


def _refuse_own_headship(
    head: Person | None, before_id: int | None, already: list[Reason], actor: Actor
) -> None:
    reasons = list(already)
    if head is not None and head.id == actor.person_id and head.id != before_id:
        reasons.append(
            Reason("own_role", "head", N_("Nobody gives a role to themselves. Ask another manager."))
        )
    if reasons:
        raise Refusal(reasons)


def _set_head(group: ResearchGroup, head: Person | None, actor: Actor, now: datetime) -> None:
    for grant in roles.held_on(group):
        if grant.role == Role.GROUP_HEAD and grant.person_id == group.principal_investigator_id:
            db.session.delete(grant)
    group.principal_investigator_id = head.id if head else None
    db.session.flush()
    if head is not None:
        roles.give(group, Role.GROUP_HEAD, head, None, actor.person_id, now)


def _note(deed: str, group: ResearchGroup, actor: Actor, now: datetime, detail: dict) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("group", group.id),
        institution_id=group.institution_id, lab_id=group.lab_id, detail=detail,
    )  # fmt: skip
