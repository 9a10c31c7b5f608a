"""The door of dashboards for programs: who was served, who used whose, what was earned, and what was looked for in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flask import Response
from flask_babel import gettext

from instruments.errors import Refusal
from instruments.money import Money
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization.api.telling import (
    api,
    day_objections,
    definition_told,
    evidence_told,
    figure_told,
    number_told,
    other_told,
    view_of,
)
from instruments.utilization.asking import PLATFORM
from instruments.utilization.customers import UNKNOWN, Cell, Served
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.dashboard_schemas import DashboardOut, DashboardQuery
from instruments.utilization.definitions import BESIDE, DEFINITIONS, EVIDENCE_SUMS
from instruments.utilization.edges import months_until
from instruments.utilization.kept_dashboards import kept_dashboard
from instruments.utilization.peers import WHY
from instruments.utilization.places import known_besides, sees_income, sees_unmet, the_place
from instruments.utilization.sums import expected_rows
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.unmet import Wish, unmet
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import asks

COMPANIES = 0
AN_HOUR = 3_600_000


@api.get("/utilization/dashboard")
@token_required("usage:read")
@asks(api, DashboardQuery)
@api.output(DashboardOut)
@api.doc(responses=[404])
def one(query: DashboardQuery) -> Response:
    """What stands beside the figures of a place: elsewhere, the week, users, income, and what was sought and not found."""
    actor, now = the_actor(), clock.now()
    view = replace(view_of(query, actor, now), against=query.against)
    place = the_place(view, actor)
    if reasons := day_objections(query):
        raise Refusal(reasons)
    bring_up_to_date(view, place, now)
    known = known_besides(actor, place)
    found = kept_dashboard(place.chosen, place.institution_id, view.period, view.other, now, known)
    expected = expected_rows(place.chosen, months_until(view.period, now.date()))
    return answer(
        {
            "of": view.of, "period": view.period.code, "first": view.period.first, "last": view.period.last,
            "months": expected, "old": max(0, expected - found.now.fresh),
            "records_begin": found.begun, "owners": "institution" if place.kind == PLATFORM else "lab",
            **_elsewhere(found),
            "week": [number_told(Fraction(share)) for share in found.week],
            "evidence": {code: evidence_told(found.now, code) for code in EVIDENCE_SUMS},
            "by_hours": _by_hours(found),
            "served": served_told(found.served),
            "who_uses_whose": [_cell(cell) for cell in found.cells],
            "income": income_told(found.income) if sees_income(actor, place) else None,
            "served_before": found.served_before and served_told(found.served_before),
            "income_before": income_told(found.income_before)
            if found.income_before is not None and sees_income(actor, place) else None,
            "compared": other_told(view, found.figures, found.before, found.not_compared),
            "definitions": {code: definition_told(code) for code in BESIDE},
            "unmet": [wish_told(wish) for wish in unmet(place.chosen, view.period)] if sees_unmet(actor, place) else None,
        }
    )  # fmt: skip


def wish_told(wish: Wish) -> dict[str, Any]:
    """What was sought of a class in a place."""
    return {
        "class_code": wish.class_code, "name_en": wish.name_en, "name_zh": wish.name_zh, "place_id": wish.place_id,
        "place_en": wish.place_en, "place_zh": wish.place_zh, "city": wish.city, "times": wish.times,
        "hours": number_told(Fraction(wish.hours)),
    }  # fmt: skip


def _elsewhere(found: Dashboard) -> dict[str, Any]:
    if found.peers is None:
        return {"elsewhere": None, "withheld": None, "withheld_figures": []}
    if found.peers.totals is None:
        why = gettext(WHY[found.peers.why])
        return {"elsewhere": None, "withheld": why, "withheld_figures": list(DEFINITIONS)}
    told = {
        code: figure_told(figure) | ({"n": None} if code in found.peers.without_n else {})
        for code, figure in found.peers.figures.items()
    }
    untold = [code for code in DEFINITIONS if code in found.peers.withheld]
    return {"elsewhere": told, "withheld": None, "withheld_figures": untold}


def _by_hours(found: Dashboard) -> dict[str, Any]:
    fifth = found.pareto.fifth
    return {
        "instruments": found.pareto.n, "used": found.pareto.used,
        "first_fifth": None if fifth is None else number_told(Fraction(fifth)),
    }  # fmt: skip


def served_told(served: Served) -> dict[str, int]:
    """Whom they served, as numbers."""
    return {name: getattr(served, name) for name in ("persons", "groups", "institutions", "companies")}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "owner_id": cell.owner, "user_id": None if cell.customer in (COMPANIES, UNKNOWN) else cell.customer,
        "companies": cell.customer == COMPANIES, "hours": number_told(Fraction(cell.effective, AN_HOUR)),
        "uses": cell.uses,
    }  # fmt: skip


def income_told(income: Mapping[str, tuple[int, int]]) -> list[dict[str, str]]:
    """What was charged by currency, and of it what others bear."""
    return [
        {
            "currency": currency, "charged": str(Money.from_units(charged, currency).amount),
            "external": str(Money.from_units(outside, currency).amount),
        }
        for currency, (charged, outside) in sorted(income.items())
    ]  # fmt: skip
