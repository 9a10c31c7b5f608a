"""Doors for programs: who holds which role where, given, ended and deputised as on the pages."""

from __future__ import annotations

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason
from instruments.people import groups, institutions, labs, roles
from instruments.people.api.telling import api, today
from instruments.people.bearer import token_required
from instruments.people.forms import Form
from instruments.people.models import Person, RoleGrant
from instruments.people.place_schemas import PlacePageIn
from instruments.people.rights import GRANTS, Action, Actor, Role, may
from instruments.people.role_schemas import DeputyIn, MyRolesOut, RoleIn, RoleOut, RolesOut
from instruments.people.scopes import Place, of_place, place_of
from instruments.people.signing import require, the_actor
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, fitting, takes

HERE = "/<any(institutions, labs, groups):kind>/<int:place_id>/roles"
PLATFORM, ONE = "/platform/roles", "/roles/<int:grant_id>"
PLACES = {"institutions": institutions.get, "labs": labs.get, "groups": groups.get}
SEEING = {"groups": Action.GROUP_SEE, "platform": Action.PLATFORM_ROLES}


@api.get("/roles")
@token_required("people:read")
@api.output(MyRolesOut)
def my_roles() -> Response:
    """The roles that I hold or stand in for, ended ones too."""
    actor = the_actor()
    return answer({"items": [_told(row, actor) for row in roles.of_person(actor.person_id)]})


@api.get(HERE, endpoint="roles_held")
@api.get(PLATFORM, endpoint="roles_of_platform")
@token_required("people:read")
@asks(api, PlacePageIn)
@api.output(RolesOut)
def roles_held(query: PlacePageIn, kind: str = "platform", place_id: int = 0) -> Response:
    """Who holds which role there, by cursor; of a group, its members too."""
    place = _place(kind, place_id)
    actor = require(SEEING.get(kind, Action.ROLES_SEE), of_place(place))
    after = paging.decode(query.cursor, (int, int))
    rows = [row for row in roles.held_on(place) if after is None or _order(row) > after]
    kept, more = paging.page(rows, query.limit, _order)
    return answer({"items": [_told(row, actor) for row in kept], "next": more})


@api.post(HERE, endpoint="give_role")
@api.post(PLATFORM, endpoint="give_role_on_platform")
@token_required("people:write")
@takes(api, RoleIn)
@api.output(RoleOut, 201)
def give_role(wanted: Incoming[RoleIn], kind: str = "platform", place_id: int = 0) -> Response:
    """Give a role to somebody; nobody gives one to themselves."""
    actor, now, day = _gives_some(_place(kind, place_id)), clock.now(), today()
    body, unread = fitting(wanted)
    form = Form({"mail": body.mail})
    mail, role = form.mail(), Role(body.role)

    def act() -> Made:
        place, person = _place(kind, place_id), roles.active_person(mail, day)
        row = roles.grant(place, role, person, body.ends_on, actor, now, day, [*unread, *form.reasons])
        told = _told(row, actor)
        return Made(told, _version(told), url_for("people_api.role", grant_id=row.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("people:read")
@api.output(RoleOut)
def role(grant_id: int) -> Response:
    """One role, for its holder, its deputy and whoever may give it."""
    return _one(grant_id)


@api.delete(ONE)
@token_required("people:write")
@api.output({}, 204)
@api.doc(responses=[422])
def end_role(grant_id: int) -> Response:
    """End a role now: one’s own, or one that one may give."""
    actor, now, day = _manages(grant_id), clock.now(), today()
    perform(lambda: roles.end(_of(grant_id, actor), grant_id, actor, now, day))
    return Response(status=204)


@api.put(f"{ONE}/deputy")
@token_required("people:write")
@takes(api, DeputyIn)
@api.output(RoleOut)
@api.doc(responses=[412, 428])
def name_deputy(grant_id: int, wanted: Incoming[DeputyIn]) -> Response:
    """Let somebody stand in for the holder, in place of whoever does: named by the holder, or by who may give the role.
    Needs If-Match."""
    actor, now, day = _manages(grant_id), clock.now(), today()
    row = roles.managed(grant_id, actor)
    roles.refuse_naming(row, actor)
    version = versions.matched(_version(_told(row, actor)))
    seen = None if version is None else roles.state_of(row)
    body, unread = fitting(wanted)
    form = Form({"deputy": body.deputy})
    mail = form.mail("deputy")

    def act() -> None:
        place, deputy = _of(grant_id, actor), roles.active_person(mail, day)
        already = [*unread, *form.reasons]
        roles.name_deputy(place, grant_id, deputy, body.deputy_until, actor, now, day, already, seen)

    perform(act)
    return _one(grant_id)


@api.delete(f"{ONE}/deputy")
@token_required("people:write")
@api.output({}, 204)
def end_deputy(grant_id: int) -> Response:
    """End a deputy’s time now: the holder, the deputy, and who may give the role."""
    actor, now = _manages(grant_id), clock.now()
    perform(lambda: roles.end_deputy(_of(grant_id, actor), grant_id, actor, now))
    return Response(status=204)


def _place(kind: str, place_id: int) -> Place:
    return None if kind == "platform" else PLACES[kind](place_id)


def _gives_some(place: Place) -> Actor:
    """Who asks, if there is a role that they may give there; which ones is told where they give one."""
    actor, scope = the_actor(), of_place(place)
    if not any(may(actor, GRANTS[each], scope) for each in roles.roles_on(place)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return actor


def _manages(grant_id: int) -> Actor:
    actor = the_actor()
    roles.managed(grant_id, actor)
    return actor


def _of(grant_id: int, actor: Actor) -> Place:
    return place_of(roles.managed(grant_id, actor))


def _order(row: RoleGrant) -> list[int]:
    return [roles.ORDER[Role(row.role)], row.id]


def _one(grant_id: int) -> Response:
    actor = the_actor()
    told = _told(roles.managed(grant_id, actor), actor)
    return answer(told, version=_version(told))


def _version(told: dict[str, Any]) -> str:
    return hashlib.blake2b(orjson.dumps(told), digest_size=12).hexdigest()


def _told(row: RoleGrant, actor: Actor) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in RoleOut.model_fields if name not in ("person", "deputy")}
    return told | {
        "person": _person(row.person),
        "deputy": row.deputy and _person(row.deputy),
        "granted_at": row.granted_at.astimezone(ZoneInfo(actor.zone)),
    }


def _person(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ("id", "name_en", "name_zh", "mail")}
