"""The door for programs to the rows behind whom instruments served and what they earned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask import Response

from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.money import Money
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization.api.dashboard import AN_HOUR, income_told, served_told
from instruments.utilization.api.telling import api, day_objections, definition_told, number_told, view_of
from instruments.utilization.asking import View
from instruments.utilization.begun import begun
from instruments.utilization.customers import income, served_alone
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.dashboard_schemas import IncomeQuery, IncomeRowsOut, ServedQuery, ServedRowsOut
from instruments.utilization.definitions import EARNED
from instruments.utilization.edges import edges, months_until, whole_months
from instruments.utilization.freshness import freshness
from instruments.utilization.income_rows import IncomeRow, income_by, income_ways
from instruments.utilization.periods import month_code
from instruments.utilization.places import Place, sees_income_rows, the_place
from instruments.utilization.served_rows import (
    TOGETHER,
    ServedRow,
    UsersRow,
    groups_served,
    institutions_served,
    users_by_instrument,
)
from instruments.utilization.tasks import bring_up_to_date
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/utilization/served")
@token_required("usage:read")
@asks(api, ServedQuery)
@api.output(ServedRowsOut)
@api.doc(responses=[404])
def served_rows(query: ServedQuery) -> Response:
    """Which institutions or groups were served and what each had, or how many users each instrument had."""
    now = clock.now()
    view, place = _asked(query, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    read: Any = {"institutions": institutions_served, "groups": groups_served, "users": users_by_instrument}
    rows = read[query.rows](place.chosen, months, parts)
    told = _users if query.rows == "users" else _groups if query.rows == "groups" else _institutions
    return answer(
        {
            **_about(view, place, now), "rows": query.rows, "definition": definition_told(query.rows),
            "served": served_told(served_alone(place.chosen, months, parts)), **_page(query, rows, told),
        }
    )  # fmt: skip


@api.get("/utilization/income")
@token_required("usage:read")
@asks(api, IncomeQuery)
@api.output(IncomeRowsOut)
@api.doc(responses=[404])
def income_rows(query: IncomeQuery) -> Response:
    """What instruments, labs or months earned, for whoever reads charges there."""
    now = clock.now()
    view, place = _asked(query, now)
    if not sees_income_rows(the_actor(), place):
        raise NotFound([Reason("not_found", "of", N_("There are no figures here that you may see."))])
    ways = income_ways(view.kind)
    by = query.by or ways[0]
    if by not in ways:
        raise Refusal([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)

    def told(row: IncomeRow) -> dict[str, Any]:
        return {
            "key": month_code(row.key) if by == "month" else str(row.key), "currency": row.currency,
            "charged": str(Money.from_units(row.charged, row.currency).amount),
            "external": str(Money.from_units(row.outside, row.currency).amount),
        }  # fmt: skip

    return answer(
        {
            **_about(view, place, now), "by": by, "definitions": {code: definition_told(code) for code in EARNED},
            "sums": income_told(income(place.chosen, months, parts)),
            **_page(query, income_by(by, place.chosen, months, parts), told),
        }
    )  # fmt: skip


def _asked(query: ServedQuery | IncomeQuery, now: datetime) -> tuple[View, Place]:
    actor = the_actor()
    view = view_of(query, actor, now)
    place = the_place(view, actor)
    if reasons := day_objections(query):
        raise Refusal(reasons)
    bring_up_to_date(view, place, now)
    return view, place


def _about(view: View, place: Place, now: datetime) -> dict[str, Any]:
    found = freshness(place.chosen, months_until(view.period, now.date()), now)
    return {
        "of": view.of, "period": view.period.code, "first": view.period.first, "last": view.period.last,
        "months": found.expected, "old": found.old, "records_begin": begun(),
    }  # fmt: skip


def _page(query: ServedQuery | IncomeQuery, rows: Sequence[Any], told: Any) -> dict[str, Any]:
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    return {
        "items": [told(row) for row in rows[after:following]],
        "next": paging.encode([following]) if following < len(rows) else None,
    }


def _institutions(row: ServedRow) -> dict[str, Any]:
    return {**_had(row), "institution_id": row.institution_id or None, "group_id": None}


def _groups(row: ServedRow) -> dict[str, Any]:
    return {**_had(row), "institution_id": row.institution_id or None, "group_id": row.number or None}


def _had(row: ServedRow) -> dict[str, Any]:
    return {
        "instrument_id": None, "companies": row.number == TOGETHER, "count": row.count,
        "hours": number_told(Fraction(row.effective, AN_HOUR)), "uses": row.uses, "samples": row.samples,
    }  # fmt: skip


def _users(row: UsersRow) -> dict[str, Any]:
    return {
        "institution_id": None, "group_id": None, "instrument_id": row.instrument_id, "companies": False,
        "count": row.users, "hours": None, "uses": None, "samples": None,
    }  # fmt: skip
