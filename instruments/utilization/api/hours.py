"""The door for programs to what stands behind the hours of the week: instruments in use then."""

from __future__ import annotations

from fractions import Fraction

from flask import Response

from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization.api.telling import api, day_objections, number_told, view_of
from instruments.utilization.begun import begun
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.dashboard_schemas import WeekHoursOut, WeekHoursQuery
from instruments.utilization.edges import edges, months_until, whole_months
from instruments.utilization.freshness import freshness
from instruments.utilization.places import the_place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.week_use import AN_HOUR, WeekHours, used_then
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/utilization/hours")
@token_required("usage:read")
@asks(api, WeekHoursQuery)
@api.output(WeekHoursOut)
@api.doc(responses=[404])
def hours_of_the_week(query: WeekHoursQuery) -> Response:
    """Which instruments were in use in some hours of the week, and how much."""
    actor, now = the_actor(), clock.now()
    view = view_of(query, actor, now)
    place = the_place(view, actor)
    if reasons := day_objections(query):
        raise Refusal(reasons)
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    of = WeekHours(query.weekday, query.hour)
    rows = used_then(place.chosen, months, parts, view.period, of)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    found = freshness(place.chosen, months_until(view.period, now.date()), now)
    return answer(
        {
            "of": view.of, "period": view.period.code, "first": view.period.first, "last": view.period.last,
            "months": found.expected, "old": found.old, "records_begin": begun(), "weekday": of.weekday, "hour": of.hour,
            "used": number_told(Fraction(sum(row.used for row in rows), AN_HOUR)),
            "there": number_told(Fraction(sum(row.there for row in rows), AN_HOUR)),
            "items": [
                {
                    "instrument_id": row.instrument_id, "used": number_told(Fraction(row.used, AN_HOUR)),
                    "there": number_told(Fraction(row.there, AN_HOUR)),
                }
                for row in rows[after:following]
            ],
            "next": paging.encode([following]) if following < len(rows) else None,
        }
    )  # fmt: skip
