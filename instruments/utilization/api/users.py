"""Doors for programs to what a group or the people of an institution used: rows, and figures with their definitions."""

from __future__ import annotations

from flask import Response

from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.api.telling import api, day_objections, definition_told, figure_told, period_of
from instruments.utilization.edges import months_until
from instruments.utilization.freshness import freshness
from instruments.utilization.listing import tenths
from instruments.utilization.schemas import UsedOut, UsedQuery
from instruments.utilization.sums import Selection
from instruments.utilization.tasks import bring_everything_up_to_date
from instruments.utilization.user_figures import (
    USER_FIGURES,
    evidence_of,
    figure_rows,
    rows_in_order,
    totals_of,
)
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.users import used
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/groups/<int:group_id>/utilization")
@token_required("usage:read")
@asks(api, UsedQuery)
@api.output(UsedOut)
@api.doc(responses=[404])
def used_by_group(group_id: int, query: UsedQuery) -> Response:
    """What a group used, wherever it stood."""
    return _used(group_of(group_id, the_actor()), query)


@api.get("/institutions/<int:institution_id>/used")
@token_required("usage:read")
@asks(api, UsedQuery)
@api.output(UsedOut)
@api.doc(responses=[404])
def used_by_people(institution_id: int, query: UsedQuery) -> Response:
    """What the people of an institution or company used, wherever it stood."""
    return _used(people_of(institution_id, the_actor()), query)


def _used(whose: Whose, query: UsedQuery) -> Response:
    if reasons := day_objections(query):
        raise Refusal(reasons)
    now = clock.now()
    view = asking.read({"period": period_of(query)}, now.date())
    bring_everything_up_to_date(view, now)
    found = used(whose.user, view.period, now)
    totals = totals_of(whose, found)
    rows = figure_rows(rows_in_order(whose, found, query.by, view.period, now), query.by)
    behind = freshness(Selection(), months_until(view.period, now.date()), now)
    return answer(
        {
            "period": view.period.code, "first": view.period.first, "last": view.period.last, "by": query.by,
            "months": behind.expected, "old": behind.old,
            "figures": {code: figure_told(totals.figure(code)) for code in USER_FIGURES},
            "definitions": {code: definition_told(code) for code in USER_FIGURES},
            "evidence": {grade: f"{part:.6f}" for grade, part in evidence_of(totals)},
            "items": [
                {
                    "key": None if row.key is None else str(row.key), "name_en": row.name_en, "name_zh": row.name_zh,
                    "hours": str(tenths(row.totals.measure("effective"))), "uses": row.totals.sums["uses"],
                    "samples": row.totals.sums["samples"], "instruments": row.totals.n,
                    "figures": {code: figure_told(row.totals.figure(code)) for code in USER_FIGURES},
                }
                for row in rows
            ],
        }
    )  # fmt: skip
