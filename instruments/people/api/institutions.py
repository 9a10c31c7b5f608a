"""Doors for programs: institutions, added and edited as on their pages."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason, together
from instruments.people import institutions
from instruments.people.api.telling import api, filled
from instruments.people.bearer import token_required, token_welcome
from instruments.people.models import Institution
from instruments.people.place_schemas import InstitutionIn, InstitutionOut, InstitutionsOut, PlacePageIn
from instruments.people.rights import Action, Scope, may
from instruments.people.scopes import of_institution
from instruments.people.signing import current_actor, require
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes

ONE = "/institutions/<int:institution_id>"
HIDDEN = {"credit_code", "domains"}
OF_THE_PLATFORM = {"kind", "country", "domains"}


@api.get("/institutions")
@token_welcome()
@asks(api, PlacePageIn)
@api.output(InstitutionsOut)
def all_institutions(query: PlacePageIn) -> Response:
    """Every institution; by cursor."""
    after = paging.decode(query.cursor, (int,))
    rows = institutions.after(after[0] if after else 0, query.limit + 1)
    kept, more = paging.page(rows, query.limit, lambda each: [each.id])
    return answer({"items": [_told(each) for each in kept], "next": more})


@api.post("/institutions")
@token_required("people:write")
@takes(api, InstitutionIn)
@api.output(InstitutionOut, 201)
def add_institution(wanted: Incoming[InstitutionIn]) -> Response:
    """Add an institution. Then give somebody the role that runs it."""
    actor, now = require(Action.INSTITUTION_ADD, Scope()), clock.now()
    form, unread = filled(wanted)
    described, domains = institutions.read(form)
    already = together(unread, form.reasons)

    def act() -> Made:
        row = institutions.add(described, domains, already, actor, now)
        return Made(_told(row), row.version, url_for("people_api.institution", institution_id=row.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_welcome()
@api.output(InstitutionOut)
def institution(institution_id: int) -> Response:
    """One institution; its ETag is what a change must name."""
    return _one(institution_id)


@api.patch(ONE)
@token_required("people:write")
@takes(api, InstitutionIn)
@api.output(InstitutionOut)
@api.doc(responses=[412, 428])
def edit_institution(institution_id: int, wanted: Incoming[InstitutionIn]) -> Response:
    """Change what is said of an institution; kind, country and domains are the platform’s to set. Needs If-Match."""
    found, scope, now = institutions.get(institution_id), of_institution(institution_id), clock.now()
    actor, seen = require(Action.INSTITUTION_EDIT, scope), found.version
    versions.matched(seen)
    sent = wanted.value.model_fields_set if wanted.value is not None else set()
    sets_all = may(actor, Action.DOMAINS_EDIT, scope)
    if sent & OF_THE_PLATFORM and not sets_all:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    present = {name: getattr(found, name) for name in InstitutionIn.model_fields if name != "domains"}
    form, unread = filled(wanted, present)
    described, domains = institutions.read(form, None if sets_all else found)
    kept, already = domains if "domains" in sent else None, together(unread, form.reasons)
    perform(lambda: institutions.edit(institution_id, seen, described, kept, already, actor, now))
    return _one(institution_id)


def _one(institution_id: int) -> Response:
    found = institutions.get(institution_id)
    return answer(_told(found), version=found.version)


def _told(found: Institution) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in InstitutionOut.model_fields if name not in HIDDEN}
    if may(current_actor(), Action.INSTITUTION_EDIT, of_institution(found.id)):
        told |= {"credit_code": found.credit_code, "domains": [each.domain for each in found.domains]}
    return told
