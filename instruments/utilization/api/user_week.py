"""Doors for programs to the hours of the week in which a group or the people of an institution used instruments."""

from __future__ import annotations

from fractions import Fraction

from flask import Response

from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.api.telling import api, day_objections, number_told, period_of
from instruments.utilization.begun import begun
from instruments.utilization.schemas import UsedThenQuery
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.user_schemas import UsedWeekOut
from instruments.utilization.user_week import week_of
from instruments.utilization.week_use import WeekHours
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/groups/<int:group_id>/utilization/week")
@token_required("usage:read")
@asks(api, UsedThenQuery)
@api.output(UsedWeekOut)
@api.doc(responses=[404])
def week_of_group(group_id: int, query: UsedThenQuery) -> Response:
    """In which hours of the week a group used instruments, and which in some of them."""
    return _week(group_of(group_id, the_actor()), query)


@api.get("/institutions/<int:institution_id>/used/week")
@token_required("usage:read")
@asks(api, UsedThenQuery)
@api.output(UsedWeekOut)
@api.doc(responses=[404])
def week_of_people(institution_id: int, query: UsedThenQuery) -> Response:
    """In which hours of the week the people of an institution or company used instruments, and which in some of them."""
    return _week(people_of(institution_id, the_actor()), query)


def _week(whose: Whose, query: UsedThenQuery) -> Response:
    if reasons := day_objections(query):
        raise Refusal(reasons)
    now = clock.now()
    view = asking.read({"of": whose.code, "period": period_of(query)}, now.date())
    week = week_of(whose.user, view.period, now)
    then = week.then(WeekHours(query.weekday, query.hour))
    return answer(
        {
            "period": view.period.code, "first": view.period.first, "last": view.period.last, "records_begin": begun(),
            "days": week.days, "uses": week.uses, "hours": [_told(hours) for hours in week.hours], "weekday": query.weekday,
            "hour": query.hour, "items": [{"instrument_id": number, "hours": _told(hours)} for number, hours in then],
        }
    )  # fmt: skip


def _told(hours: float) -> str:
    return number_told(Fraction(hours))
