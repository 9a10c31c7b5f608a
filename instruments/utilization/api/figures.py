"""Doors of utilization for programs: the figures of what one answers for, each with what it was divided by and its meaning."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import Response
from flask_babel import gettext

from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, the_actor
from instruments.utilization import asking
from instruments.utilization.adding import totals_in
from instruments.utilization.api.telling import (
    api,
    day_objections,
    definition_told,
    evidence_told,
    figure_told,
    number_told,
    view_of,
)
from instruments.utilization.asking import INSTRUMENT
from instruments.utilization.begun import begun
from instruments.utilization.definitions import DEFINITIONS, MEASURES
from instruments.utilization.edges import months_until
from instruments.utilization.listing import (
    ORDERS,
    Row,
    named,
    rows_by,
    ways_of,
)
from instruments.utilization.places import the_place
from instruments.utilization.reading import things
from instruments.utilization.schemas import (
    UseRowsOut,
    UseRowsQuery,
    UtilizationOut,
    UtilizationQuery,
)
from instruments.utilization.sums import expected_rows
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.use_rows import use_rows
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/utilization")
@token_required("usage:read")
@asks(api, UtilizationQuery)
@api.output(UtilizationOut)
@api.doc(responses=[404])
def utilization(query: UtilizationQuery) -> Response:
    """Figures of a place in a period, all together or row by row, each with its numerator, denominator and n."""
    actor, now = the_actor(), clock.now()
    view = view_of(query, actor, now)
    place = the_place(view, actor)
    reasons = [*_objections(query, ways_of(view.kind))]
    if reasons:
        raise Refusal(reasons)
    bring_up_to_date(view, place, now)
    whole = totals_in(place.chosen, view.period, now)
    rows = [Row(None, place.name_en, place.name_zh, whole)]
    if query.by:
        rows = rows_by(query.by, place.chosen, view.period, now, query.order, query.having)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    shown = rows[after:following]
    if query.by:
        shown = named(query.by, shown)
    expected = expected_rows(place.chosen, months_until(view.period, now.date()))
    return answer(
        {
            "of": view.of, "period": view.period.code, "first": view.period.first, "last": view.period.last,
            "by": query.by, "months": expected, "old": max(0, expected - whole.fresh), "records_begin": begun(),
            "measures": {code: _measure(code) for code in MEASURES},
            "definitions": {code: definition_told(code) for code in DEFINITIONS},
            "items": [_row(row) for row in shown],
            "next": paging.encode([following]) if following < len(rows) else None,
        }
    )  # fmt: skip


@api.get("/utilization/uses")
@token_required("usage:read")
@asks(api, UseRowsQuery)
@api.output(UseRowsOut)
@api.doc(responses=[403, 404])
def uses_behind(query: UseRowsQuery) -> Response:
    """The uses behind the effective hours of an instrument in a period."""
    actor, now = the_actor(), clock.now()
    view = asking.read({"of": query.of, "period": query.period or ""}, now.date())
    place = the_place(view, actor)
    if view.kind != INSTRUMENT:
        raise NotFound([Reason("of", "of", N_("Uses are told of one instrument."))])
    require(Action.USE_SEE, Scope(institution_id=place.institution_id, lab_id=place.lab_id))
    [thing] = things([place.number])
    rows = use_rows(place.number, view.period, now)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    items = [
        {
            "use_id": row.use_id, "started": row.started.astimezone(thing.zone), "hours": number_told(row.hours),
            "external": number_told(row.external), "counts": row.counts, "samples": row.samples, "evidence": row.grade,
        }
        for row in rows[after:following]
    ]  # fmt: skip
    return answer(
        {
            "of": view.of, "period": view.period.code, "records_begin": begun(),
            "hours": number_told(sum((row.hours for row in rows), Fraction())),
            "items": items, "next": paging.encode([following]) if following < len(rows) else None,
        }
    )  # fmt: skip


def _objections(query: UtilizationQuery, ways: list[str]) -> list[Reason]:
    reasons = day_objections(query)
    if query.by and query.by not in ways:
        reasons.append(Reason("by", "by", N_("Figures of this place cannot be told apart like this.")))
    if query.order not in ORDERS:
        sentence = N_("This is none of the choices: %(choices)s.")
        reasons.append(Reason("choice", "order", sentence, {"choices": ", ".join(ORDERS)}))
    if query.having and query.having not in MEASURES:
        sentence = N_("This is none of the choices: %(choices)s.")
        reasons.append(Reason("choice", "having", sentence, {"choices": ", ".join(MEASURES)}))
    return reasons


def _measure(code: str) -> dict[str, Any]:
    measure = MEASURES[code]
    return {"name": gettext(measure.name), "words": gettext(measure.words), "unit": measure.unit}


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": None if row.key is None else str(row.key), "name_en": row.name_en, "name_zh": row.name_zh,
        "measures": {code: number_told(row.totals.measure(code)) for code in MEASURES},
        "figures": {
            code: {**figure_told(row.totals.figure(code)), "evidence": evidence_told(row.totals, code)}
            for code in DEFINITIONS
        },
    }  # fmt: skip
