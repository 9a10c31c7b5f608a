"""Doors for programs: the people of an institution, what it says of them, and their leaving."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import together
from instruments.people import directory, institutions, membership
from instruments.people.api.telling import api, filled, today
from instruments.people.bearer import token_required
from instruments.people.models import Person
from instruments.people.person_schemas import (
    ConfirmedOut,
    ConfirmingIn,
    LeavingIn,
    MembershipIn,
    PeopleIn,
    PeopleOut,
    PersonListedOut,
    PersonSeenOut,
)
from instruments.people.rights import Action, Actor
from instruments.people.roles import is_active
from instruments.people.scopes import of_institution, of_person
from instruments.people.signing import require
from instruments.people.views.persons import seen_person
from instruments.web import clock, paging, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole

ONE = "/people/<int:person_id>"


@api.get("/institutions/<int:institution_id>/people")
@token_required("people:read")
@asks(api, PeopleIn)
@api.output(PeopleOut)
def people_of(institution_id: int, query: PeopleIn) -> Response:
    """The people of an institution, by name and by cursor; `overdue` are those to be confirmed again."""
    institutions.get(institution_id)
    require(Action.PERSON_SEE, of_institution(institution_id))
    after = paging.decode(query.cursor, (str, int))
    rows = directory.page(institution_id, query.view, query.q, today(), after, query.limit + 1)
    kept, more = paging.page(rows, query.limit, lambda row: [row.sort_name, row.id])
    return answer({"items": [_listed(row) for row in kept], "next": more})


@api.post("/institutions/<int:institution_id>/people/confirm")
@token_required("people:write")
@takes(api, ConfirmingIn)
@api.output(ConfirmedOut)
def confirm_several(institution_id: int, wanted: Incoming[ConfirmingIn]) -> Response:
    """Confirm that several people still belong here, for another year: all of them, or nobody."""
    institutions.get(institution_id)
    actor, now = require(Action.PERSON_CONFIRM, of_institution(institution_id)), clock.now()
    numbers = whole(wanted).person_ids
    for number in numbers:
        seen_person(number)
    return answer({"confirmed": perform(lambda: membership.confirm_many(numbers, actor, now, today()))})


@api.get(ONE)
@token_required("people:read")
@api.output(PersonSeenOut)
def person(person_id: int) -> Response:
    """Somebody, for those who may know of them; the ETag is what a change must name."""
    return _one(seen_person(person_id))


@api.patch(f"{ONE}/membership")
@token_required("people:write")
@takes(api, MembershipIn)
@api.output(PersonSeenOut)
@api.doc(responses=[412, 428])
def edit_membership(person_id: int, wanted: Incoming[MembershipIn]) -> Response:
    """Change what the institution says of a person; nobody changes their own. Needs If-Match."""
    actor, seen = _changed(person_id, Action.MEMBERSHIP_EDIT)
    found, now = membership.get(person_id), clock.now()
    present = {"kind": found.kind, "number": found.number, "ends_on": found.ends_on}
    form, unread = filled(wanted, present | {"adviser": found.adviser.mail if found.adviser else ""})

    def act() -> None:
        form.reasons.clear()
        described = membership.read(form, membership.get(person_id), today())
        already = together(unread, form.reasons)
        membership.edit(person_id, seen, described, already, actor, now, today())

    perform(act)
    return _one(membership.get(person_id))


@api.post(f"{ONE}/confirm")
@token_required("people:write")
@api.output(PersonSeenOut)
def confirm_membership(person_id: int) -> Response:
    """Confirm that somebody still belongs here, for another year; nobody confirms themselves."""
    actor, now = require(Action.PERSON_CONFIRM, of_person(seen_person(person_id))), clock.now()
    perform(lambda: membership.confirm(person_id, actor, now, today()))
    return _one(membership.get(person_id))


@api.post(f"{ONE}/leave")
@token_required("people:write")
@takes(api, LeavingIn)
@api.output(PersonSeenOut)
@api.doc(responses=[412, 428])
def leave(person_id: int, wanted: Incoming[LeavingIn]) -> Response:
    """Set somebody’s last day: their roles end with it, then account and tokens. Needs If-Match."""
    (actor, seen), now = _changed(person_id, Action.PERSON_LEAVE), clock.now()
    last_day = whole(wanted).ends_on
    perform(lambda: membership.leave(person_id, seen, last_day, [], actor, now, today()))
    return _one(membership.get(person_id))


@api.post(f"{ONE}/stay")
@token_required("people:write")
@api.output(PersonSeenOut)
@api.doc(responses=[412, 428])
def stay(person_id: int) -> Response:
    """Take the last day back; roles that ended are given anew one by one. Needs If-Match."""
    (actor, seen), now = _changed(person_id, Action.PERSON_LEAVE), clock.now()
    perform(lambda: membership.stay(person_id, seen, actor, now))
    return _one(membership.get(person_id))


def _changed(person_id: int, action: Action) -> tuple[Actor, int]:
    """Who asks and may do this, and the version that the request names."""
    found = seen_person(person_id)
    actor, version = require(action, of_person(found)), found.version
    versions.matched(version)
    return actor, version


def _listed(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PersonListedOut.model_fields}


def _one(found: Person) -> Response:
    more = {"institution_id": found.institution_id, "version": found.version}
    return answer(_listed(found) | more | {"is_active": is_active(found, today())}, version=found.version)
