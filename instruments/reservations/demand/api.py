"""Doors of unmet demand for programs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Row

from instruments.people.bearer import token_required
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, today
from instruments.reservations.demand.reading import by_month_and_class, months, planning
from instruments.reservations.demand.schemas import DemandOut, DemandQuery
from instruments.web import clock
from instruments.web.incoming import asks

api = APIBlueprint("demand_api", __name__, url_prefix="/api/v1", tag="Demand")


@api.get("/institutions/<int:institution_id>/demand")
@token_required("reservations:read")
@asks(api, DemandQuery)
@api.output(DemandOut)
@api.doc(responses=[404])
def demand(institution_id: int, query: DemandQuery) -> Response:
    """What was asked for and not found, by month and class, for those who manage or audit the institution."""
    planning(institution_id)
    require(Action.DEMAND_SEE, Scope(institution_id))
    first, last = months(today(clock.now()))
    if query.first is not None:
        first = date.fromisoformat(f"{query.first}-01")
    if query.last is not None:
        last = _end_of(date.fromisoformat(f"{query.last}-01"))
    items = [_line(row) for row in by_month_and_class(institution_id, first, last)]
    return Response(orjson.dumps({"items": items}), mimetype="application/json")


def _end_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _line(row: Row[Any]) -> dict[str, Any]:
    return {
        "month": f"{int(row.year):04}-{int(row.month):02}",
        "class_code": row.class_code,
        "class_en": row.class_en,
        "class_zh": row.class_zh,
        **{
            name: int(getattr(row, name))
            for name in ("searches", "waits", "own", "universities", "companies")
        },
        "hours": int(row.seconds) / 3600,
    }
