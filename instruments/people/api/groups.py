"""Doors for programs: research groups, added and edited as on their pages; their members are roles on them."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.errors import together
from instruments.people import groups, institutions
from instruments.people.api.telling import api, filled, today
from instruments.people.bearer import token_required
from instruments.people.models import ResearchGroup
from instruments.people.place_schemas import GroupIn, GroupListedOut, GroupOut, GroupsIn, GroupsOut
from instruments.people.rights import Action
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import require, the_actor
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes

ONE = "/groups/<int:group_id>"


@api.get("/groups")
@token_required("people:read")
@asks(api, GroupsIn)
@api.output(GroupsOut)
def all_groups(query: GroupsIn) -> Response:
    """The groups that I may see; by cursor."""
    after = paging.decode(query.cursor, (int,))
    rows = groups.seen_by(the_actor(), query.institution_id, after[0] if after else 0, query.limit + 1)
    kept, more = paging.page(rows, query.limit, lambda row: [row.id])
    items = [{name: getattr(row, name) for name in GroupListedOut.model_fields} for row in kept]
    return answer({"items": items, "next": more})


@api.post("/institutions/<int:institution_id>/groups")
@token_required("people:write")
@takes(api, GroupIn)
@api.output(GroupOut, 201)
def add_group(institution_id: int, wanted: Incoming[GroupIn]) -> Response:
    """Add a group; its principal investigator becomes its head."""
    institutions.get(institution_id)
    actor, now = require(Action.GROUP_ADD, of_institution(institution_id)), clock.now()
    form, unread = filled(wanted)

    def act() -> Made:
        form.reasons.clear()
        described = groups.read(form, institution_id, today())
        already = together(unread, form.reasons)
        row = groups.add(institutions.get(institution_id), described, already, actor, now)
        return Made(_told(row), row.version, url_for("people_api.group", group_id=row.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("people:read")
@api.output(GroupOut)
def group(group_id: int) -> Response:
    """One group; its ETag is what a change must name."""
    found = groups.get(group_id)
    require(Action.GROUP_SEE, of_place(found))
    return answer(_told(found), version=found.version)


@api.patch(ONE)
@token_required("people:write")
@takes(api, GroupIn)
@api.output(GroupOut)
@api.doc(responses=[412, 428])
def edit_group(group_id: int, wanted: Incoming[GroupIn]) -> Response:
    """Change a group; a new principal investigator takes over the head’s role. Needs If-Match."""
    found, now = groups.get(group_id), clock.now()
    actor, seen = require(Action.GROUP_EDIT, of_place(found)), found.version
    institution_id, head = found.institution_id, found.principal_investigator
    versions.matched(seen)
    present = {"name_en": found.name_en, "name_zh": found.name_zh, "lab_id": found.lab_id}
    form, unread = filled(wanted, present | {"head": head.mail if head else ""})

    def act() -> None:
        form.reasons.clear()
        described = groups.read(form, institution_id, today())
        groups.edit(group_id, seen, described, together(unread, form.reasons), actor, now)

    perform(act)
    found = groups.get(group_id)
    return answer(_told(found), version=found.version)


def _told(found: ResearchGroup) -> dict[str, Any]:
    names = ("id", "institution_id", "lab_id", "name_en", "name_zh", "version")
    return {name: getattr(found, name) for name in names} | {"head_id": found.principal_investigator_id}
