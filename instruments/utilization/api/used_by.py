"""The door for programs to what stands behind a cell of who uses whose: instruments by what one customer had of each."""

from __future__ import annotations

from fractions import Fraction

from flask import Response

from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization.api.telling import api, day_objections, number_told, view_of
from instruments.utilization.begun import begun
from instruments.utilization.customers import used_by
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.dashboard_schemas import UsedByOut, UsedByQuery
from instruments.utilization.edges import edges, months_until, whole_months
from instruments.utilization.freshness import freshness
from instruments.utilization.places import the_place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.used_by_whom import code_of, read
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks

AN_HOUR = 3_600_000


@api.get("/utilization/used-by")
@token_required("usage:read")
@asks(api, UsedByQuery)
@api.output(UsedByOut)
@api.doc(responses=[404])
def used_by_customer(query: UsedByQuery) -> Response:
    """Which instruments were used by an institution, or by companies together, and how much."""
    actor, now = the_actor(), clock.now()
    view = view_of(query, actor, now)
    place = the_place(view, actor)
    if reasons := day_objections(query):
        raise Refusal(reasons)
    customer, _, _ = read(query.user)
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    rows = used_by(place.chosen, months, customer, parts)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    found = freshness(place.chosen, months_until(view.period, now.date()), now)
    return answer(
        {
            "of": view.of, "period": view.period.code, "first": view.period.first, "last": view.period.last,
            "months": found.expected, "old": found.old, "records_begin": begun(), "user": code_of(customer),
            "hours": number_told(Fraction(sum(row.effective for row in rows), AN_HOUR)),
            "items": [
                {
                    "instrument_id": row.instrument_id, "hours": number_told(Fraction(row.effective, AN_HOUR)),
                    "uses": row.uses, "samples": row.samples,
                }
                for row in rows[after:following]
            ],
            "next": paging.encode([following]) if following < len(rows) else None,
        }
    )  # fmt: skip
