"""Doors for programs: with whose hours a lab opens on make-up workdays."""

from __future__ import annotations

from flask import Response

from instruments.availability.hours import today_at
from instruments.availability.institution.api.telling import api
from instruments.availability.institution.schemas import MakeUpIn, MakeUpOut
from instruments.availability.institution_days import pick_of
from instruments.availability.making_up import choose_make_up_hours
from instruments.availability.views.doors import scope_of
from instruments.availability.views.make_up import the_lab
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

ADDRESS = "/labs/<int:lab_id>/make-up-hours"


@api.get(ADDRESS)
@token_required("labs:read")
@api.output(MakeUpOut)
@api.doc(responses=[404])
def make_up_hours(lab_id: int) -> Response:
    """With whose hours the lab opens on make-up workdays from today on."""
    return _told(the_lab(lab_id))


@api.put(ADDRESS)
@token_required("labs:write")
@takes(api, MakeUpIn)
@api.output(MakeUpOut)
@api.doc(responses=[404])
def choose(lab_id: int, wanted: Incoming[MakeUpIn]) -> Response:
    """Choose them; make-up workdays that are over keep the hours they had."""
    lab, now = the_lab(lab_id), clock.now()
    actor = require(Action.HOURS_EDIT, scope_of(lab))
    chosen = whole(wanted).takes
    perform(lambda: choose_make_up_hours(the_lab(lab_id), chosen, actor_id=actor.person_id, now=now))
    return _told(the_lab(lab_id))


def _told(lab: Lab) -> Response:
    return answer({"takes": pick_of(lab, today_at(lab, clock.now()))})
