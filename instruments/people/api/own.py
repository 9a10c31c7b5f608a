"""Doors for programs: what the token's person says of themselves."""

from __future__ import annotations

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import together
from instruments.people import membership, profile
from instruments.people.api.telling import api, filled
from instruments.people.bearer import token_required
from instruments.people.person_schemas import ProfileIn, ProfileOut
from instruments.people.signing import the_actor
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes


@api.get("/profile")
@token_required("people:read")
@api.output(ProfileOut)
def my_profile() -> Response:
    """My own account; its ETag is what a change must name."""
    return _own()


@api.patch("/profile")
@token_required("people:write")
@takes(api, ProfileIn)
@api.output(ProfileOut)
@api.doc(responses=[412, 428])
def edit_profile(wanted: Incoming[ProfileIn]) -> Response:
    """Change what I say of myself; what is left out stays. Needs If-Match."""
    person_id, now = the_actor().person_id, clock.now()
    found = membership.get(person_id)
    seen = found.version
    versions.matched(seen)
    form, unread = filled(wanted, {name: getattr(found, name) for name in ProfileIn.model_fields})
    described = profile.read(form)
    already = together(unread, form.reasons)
    perform(lambda: profile.edit(person_id, seen, described, already, now))
    return _own()


def _own() -> Response:
    found = membership.get(the_actor().person_id)
    return answer({name: getattr(found, name) for name in ProfileOut.model_fields}, version=found.version)
