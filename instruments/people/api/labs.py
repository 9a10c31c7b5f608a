"""Doors for programs: the labs of an institution, added and edited as on their pages."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.errors import together
from instruments.people import institutions, labs
from instruments.people.api.telling import api, filled
from instruments.people.bearer import token_required, token_welcome
from instruments.people.models import Lab
from instruments.people.place_schemas import LabIn, LabOut, LabsOut, PlacePageIn
from instruments.people.rights import Action
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import current_actor, require
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes

OF_INSTITUTION, ONE = "/institutions/<int:institution_id>/labs", "/labs/<int:lab_id>"
CONTACT = ("contact_phone", "contact_mail")


@api.get(OF_INSTITUTION)
@token_welcome()
@asks(api, PlacePageIn)
@api.output(LabsOut)
def labs_of(institution_id: int, query: PlacePageIn) -> Response:
    """The labs of an institution; by cursor."""
    after = paging.decode(query.cursor, (int,))
    rows = labs.of(institutions.get(institution_id), after[0] if after else 0, query.limit + 1)
    kept, more = paging.page(rows, query.limit, lambda lab: [lab.id])
    return answer({"items": [_told(lab) for lab in kept], "next": more})


@api.post(OF_INSTITUTION)
@token_required("labs:write")
@takes(api, LabIn)
@api.output(LabOut, 201)
def add_lab(institution_id: int, wanted: Incoming[LabIn]) -> Response:
    """Add a lab; zone, city and address that are left out are those of the institution. Then say who runs it."""
    institution = institutions.get(institution_id)
    actor, now = require(Action.LAB_ADD, of_institution(institution_id)), clock.now()
    inherited = {name: getattr(institution, name) for name in ("zone", "city_en", "city_zh", "address")}
    form, unread = filled(wanted, inherited)
    described = labs.read(form)
    already = together(unread, form.reasons)

    def act() -> Made:
        lab = labs.add(institutions.get(institution_id), described, already, actor, now)
        return Made(_told(lab), lab.version, url_for("people_api.lab", lab_id=lab.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_welcome()
@api.output(LabOut)
def lab(lab_id: int) -> Response:
    """One lab; its ETag is what a change must name."""
    return _one(lab_id)


@api.patch(ONE)
@token_required("labs:write")
@takes(api, LabIn)
@api.output(LabOut)
@api.doc(responses=[412, 428])
def edit_lab(lab_id: int, wanted: Incoming[LabIn]) -> Response:
    """Change what is said of a lab; what is left out stays. Needs If-Match."""
    found, now = labs.get(lab_id), clock.now()
    actor, seen = require(Action.LAB_EDIT, of_place(found)), found.version
    versions.matched(seen)
    form, unread = filled(wanted, {name: getattr(found, name) for name in LabIn.model_fields})
    described = labs.read(form)
    already = together(unread, form.reasons)
    perform(lambda: labs.edit(lab_id, seen, described, already, actor, now))
    return _one(lab_id)


def _one(lab_id: int) -> Response:
    found = labs.get(lab_id)
    return answer(_told(found), version=found.version)


def _told(found: Lab) -> dict[str, Any]:
    """A lab as strangers see it, and with phone and mail for who is signed in."""
    hidden = () if current_actor() is not None else CONTACT
    return {name: getattr(found, name) for name in LabOut.model_fields if name not in hidden}
