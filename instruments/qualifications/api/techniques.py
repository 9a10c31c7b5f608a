"""Doors for programs: the techniques of a lab or an institution, for which people are qualified as for an instrument."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.qualifications import techniques
from instruments.qualifications.api.telling import api, refuse_all
from instruments.qualifications.technique_schemas import TechniqueIn, TechniqueOut, TechniquesOut
from instruments.qualifications.techniques import Owner
from instruments.qualifications.views.doors import the
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes

OF_ONE = "/<any(labs, institutions):kind>/<int:owner_id>/techniques"
ONE = f"{OF_ONE}/<int:number>"


@api.get(OF_ONE)
@token_required("labs:read")
@api.output(TechniquesOut)
def techniques_of(kind: str, owner_id: int) -> Response:
    """The techniques of a lab, or those over the labs of an institution."""
    owner, _ = _entered(kind, owner_id)
    return answer({"items": _all(owner)})


@api.post(OF_ONE)
@token_required("labs:write")
@takes(api, TechniqueIn)
@api.output(TechniqueOut, 201)
def add_technique(kind: str, owner_id: int, wanted: Incoming[TechniqueIn]) -> Response:
    """Add a technique."""
    (owner, actor), now = _entered(kind, owner_id), clock.now()
    names, instrument_ids = _whole(wanted, owner)

    def act() -> Made:
        place = _owner(kind, owner_id)
        row = techniques.set_technique(actor, place, None, names, instrument_ids, None, now)
        address = url_for("qualifications_api.technique", kind=kind, owner_id=owner_id, number=row.id)
        return Made(_one(place, row.id), row.version, address)

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("labs:read")
@api.output(TechniqueOut)
def technique(kind: str, owner_id: int, number: int) -> Response:
    """One technique; its ETag is what a change must name."""
    owner, _ = _entered(kind, owner_id)
    return _told(owner, number)


@api.put(ONE)
@token_required("labs:write")
@takes(api, TechniqueIn)
@api.output(TechniqueOut)
@api.doc(responses=[412, 428])
def change_technique(kind: str, owner_id: int, number: int, wanted: Incoming[TechniqueIn]) -> Response:
    """Say a technique anew, with all of its instruments. Needs If-Match."""
    (owner, actor), now = _entered(kind, owner_id), clock.now()
    version = versions.matched(techniques.the_technique(owner, number).version)
    names, instrument_ids = _whole(wanted, owner)

    def act() -> None:
        place = _owner(kind, owner_id)
        row = techniques.the_technique(place, number)
        techniques.set_technique(actor, place, row, names, instrument_ids, version, now)

    perform(act)
    return _told(_owner(kind, owner_id), number)


@api.delete(ONE)
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[422])
def remove_technique(kind: str, owner_id: int, number: int) -> Response:
    """Remove a technique for which nobody was ever qualified; another stays (422, `technique_used`)."""
    _, actor = _entered(kind, owner_id)
    now = clock.now()
    perform(lambda: techniques.remove_technique(actor, _owner(kind, owner_id), number, now))
    return Response(status=204)


def _owner(kind: str, owner_id: int) -> Owner:
    return the(Lab, owner_id) if kind == "labs" else the(Institution, owner_id)


def _entered(kind: str, owner_id: int) -> tuple[Owner, Actor]:
    owner = _owner(kind, owner_id)
    return owner, require(Action.RULES_EDIT, techniques.scope_of(owner))


def _whole(wanted: Incoming[TechniqueIn], owner: Owner) -> tuple[tuple[str, str], list[int]]:
    """The names and instruments, if all fits; raises Refusal with every reason."""
    body, unread = fitting(wanted)
    names = (body.name_en.strip(), body.name_zh.strip())
    refuse_all(unread, techniques.objections(owner, names, body.instruments))
    return names, body.instruments


def _all(owner: Owner) -> list[dict[str, Any]]:
    members = techniques.members_of_all(owner)
    return [
        {name: getattr(row, name) for name in ("id", "name_en", "name_zh", "people", "version")}
        | {"instruments": members.get(row.id, [])}
        for row in techniques.techniques_of(owner)
    ]


def _one(owner: Owner, number: int) -> dict[str, Any]:
    techniques.the_technique(owner, number)
    return next(each for each in _all(owner) if each["id"] == number)


def _told(owner: Owner, number: int) -> Response:
    body = _one(owner, number)
    return answer(body, version=body["version"])
