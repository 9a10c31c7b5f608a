"""Doors for programs: follow a country's calendar, and say that the days of a provisional year stand."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.availability import taking_over
from instruments.availability.institution.api.telling import api, editor, year_told
from instruments.availability.institution.schemas import CalendarIn, ConfirmIn, DaysOut
from instruments.availability.institution_days import today_of
from instruments.availability.views.holidays import the_institution
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole


@api.put("/institutions/<int:institution_id>/followed-calendar")
@token_required("labs:write")
@takes(api, CalendarIn)
@api.output(DaysOut)
@api.doc(responses=[404])
def follow_calendar(institution_id: int, wanted: Incoming[CalendarIn]) -> Response:
    """Follow a country's calendar from tomorrow on, or none. The answer has the days of the present year."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    region = whole(wanted).region

    def act() -> dict[str, Any]:
        institution = the_institution(institution_id)
        taking_over.follow(institution, region, actor_id=actor.person_id, now=now)
        return year_told(institution, today_of(institution, now).year)

    return answer(perform(act))


@api.post("/institutions/<int:institution_id>/days/confirm")
@token_required("labs:write")
@takes(api, ConfirmIn)
@api.output(DaysOut)
@api.doc(responses=[404])
def confirm_year(institution_id: int, wanted: Incoming[ConfirmIn]) -> Response:
    """Say that the days of a provisional year stand as they are. The answer has them."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    year = whole(wanted).year

    def act() -> dict[str, Any]:
        institution = the_institution(institution_id)
        taking_over.confirm(institution, year, actor_id=actor.person_id, now=now)
        return year_told(institution, year)

    return answer(perform(act))
