"""Doors for programs to what a group or the people of an institution used: rows, and figures with their definitions."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from flask import Response

from instruments.errors import N_, Reason, Refusal
from instruments.money import Money
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.api.dashboard import wish_told
from instruments.utilization.api.telling import (
    api,
    day_objections,
    definition_told,
    evidence_told,
    figure_told,
    number_told,
    other_told,
    part_told,
    period_of,
)
from instruments.utilization.asking import View
from instruments.utilization.listing import tenths
from instruments.utilization.periods import month_code
from instruments.utilization.schemas import UsedOut, UsedQuery
from instruments.utilization.totals import Totals
from instruments.utilization.user_board import UserBoard, counted_of_use, trend, user_board
from instruments.utilization.user_costs import costs_of, sees_costs_of
from instruments.utilization.user_figures import ALL_FIGURES, HAVING, figure_rows, rows_in_order
from instruments.utilization.user_pareto import bars_of, pareto_of
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.user_steps import steps_of_use
from instruments.utilization.user_unmet import sees_unmet_of, unmet_of
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
    reasons = day_objections(query)
    if query.having and query.having not in HAVING:
        sentence = N_("This is none of the choices: %(choices)s.")
        reasons.append(Reason("choice", "having", sentence, {"choices": ", ".join(HAVING)}))
    if reasons:
        raise Refusal(reasons)
    now = clock.now()
    fields = {"of": whose.code, "period": period_of(query), "by": query.by, "against": query.against}
    view = asking.read(fields, now.date())
    board = user_board(whose, view, now)
    rows = figure_rows(rows_in_order(whose, board.found, query.by, view.period, now, query.having), query.by)
    behind = counted_of_use(view.period, now, board.begun)
    return answer(
        {
            "period": view.period.code, "first": view.period.first, "last": view.period.last, "by": query.by,
            "months": behind.expected, "old": behind.old, "records_begin": board.begun,
            "figures": _figures(board.now),
            "definitions": {code: definition_told(code) for code in ALL_FIGURES},
            "compared": other_told(view, board.figures, board.before, board.not_compared),
            "trend": _trend(whose, view, board, now),
            "steps": _steps(board),
            "by_hours": _by_hours(board),
            "costs": _costs(whose, view),
            "unmet": _unmet(whose, view),
            "items": [
                {
                    "key": None if row.key is None else str(row.key), "name_en": row.name_en, "name_zh": row.name_zh,
                    "hours": str(tenths(row.totals.measure("effective"))), "uses": row.totals.sums["uses"],
                    "samples": row.totals.sums["samples"], "instruments": row.totals.n,
                    "figures": _figures(row.totals),
                }
                for row in rows
            ],
        }
    )  # fmt: skip


def _figures(totals: Totals) -> dict[str, Any]:
    return {
        code: {**figure_told(totals.figure(code)), "evidence": evidence_told(totals, code)}
        for code in ALL_FIGURES
    }


def _costs(whose: Whose, view: View) -> list[dict[str, Any]] | None:
    if not sees_costs_of(whose, the_actor()):
        return None
    return [
        {
            "month": each.month,
            "currency": each.currency,
            "charged": str(Money.from_units(each.net, each.currency).amount),
        }
        for each in costs_of(whose, view.period)
    ]


def _unmet(whose: Whose, view: View) -> list[dict[str, Any]] | None:
    if not sees_unmet_of(whose, the_actor()):
        return None
    return [wish_told(each) for each in unmet_of(whose, view.period)]


def _by_hours(board: UserBoard) -> dict[str, Any]:
    found = pareto_of(board.found)
    return {
        "instruments": found.n,
        "first_fifth": None if found.fifth is None else number_told(Fraction(found.fifth)),
        "bars": [
            {
                "first": bar.first, "last": bar.last, "instrument_id": bar.instrument_id,
                "hours": number_told(Fraction(bar.hours)), "up_to": number_told(Fraction(bar.share)),
            }
            for bar in bars_of(board.found)
        ],
    }  # fmt: skip


def _steps(board: UserBoard) -> list[dict[str, Any]]:
    return [
        {
            "measure": each.code, "hours": number_told(each.hours),
            "share": None if each.share is None else number_told(each.share),
            "changed": None if each.change is None else number_told(Fraction(each.change) / 100),
        }
        for each in steps_of_use(board)
    ]  # fmt: skip


def _trend(whose: Whose, view: View, board: UserBoard, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "month": month_code(each.key),
            "hours": number_told(each.hours.figure.over),
            "changed": part_told(each.hours.change),
            **{code: number_told(each.totals.measure(code)) for code in ("reserved", "attended", "unused")},
        }
        for each in trend(whose, view, now, board.begun)
    ]
