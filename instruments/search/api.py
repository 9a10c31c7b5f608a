"""Doors of the search for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Row

from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_welcome
from instruments.people.signing import PLATFORM_ZONE, current_actor
from instruments.reservations.demand.tasks import note_search
from instruments.search.facets import narrowing
from instruments.search.find import earliest
from instruments.search.index import catalog_index
from instruments.search.looking_as import somebody_else
from instruments.search.matching import matching
from instruments.search.question import DEFAULT_DAYS, WIDEST, Question
from instruments.search.rows import instrument_rows
from instruments.search.schemas import FreeListOut, FreeQuery
from instruments.search.unmet import sought
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.incoming import asks

api = APIBlueprint("search_api", __name__, url_prefix="/api/v1", tag="Search")


@api.get("/free")
@token_welcome()
@asks(api, FreeQuery)
@api.output(FreeListOut)
def free(query: FreeQuery) -> Response:
    """Instruments with a gap that long, earliest first; with a token only those that its owner may book."""
    now, actor = clock.now(), current_actor() if query.seen_as is None else somebody_else(query)
    question = _question(query, now)
    index = catalog_index()
    matches = narrowing(index, question, actor, matching(index, question.words)).matches
    if query.lab is not None:
        matches &= index.by_lab.get(query.lab, 0)
    hits, looked_until = earliest(index, matches, question, actor, now, query.limit)
    rows = instrument_rows([hit.instrument_id for hit in hits])
    items = [
        _item(rows[hit.instrument_id], hit.span) for hit in hits if hit.span and hit.instrument_id in rows
    ]
    if actor is not None and query.seen_as is None and not hits:
        note_search(sought(index, question, matches), actor, now)
    body = {"items": items, "looked_until": looked_until}
    return Response(orjson.dumps(body), mimetype="application/json")


def _question(query: FreeQuery, now: datetime) -> Question:
    """The question, or a refusal with every reason against it."""
    since = max(query.since or now, now)
    until = query.until or since + timedelta(days=DEFAULT_DAYS)
    length = timedelta(seconds=round(query.hours * 3600))
    reasons = []
    if until <= since:
        reasons.append(
            Reason("until_before_from", "to", N_("The end does not come after the beginning, or it is over."))
        )
    elif until - since > WIDEST:
        reasons.append(Reason("too_wide", "to", N_("Look at most a year ahead at a time.")))
    elif length > until - since:
        reasons.append(
            Reason("hours_beyond_window", "hours", N_("That is longer than the time you look in."))
        )
    if reasons:
        raise Refusal(reasons)
    chosen = {"class": query.class_code, "institution": str(query.institution or "")}
    return Question(
        window=Timespan(since, until),
        zone=PLATFORM_ZONE,
        length=length,
        words=" ".join(query.q.split()),
        chosen={facet: (value,) for facet, value in chosen.items() if value},
    )


def _item(row: Row[Any], span: Timespan) -> dict[str, object]:
    zone = ZoneInfo(row.zone)
    return {
        "instrument_id": row.id,
        "name_en": row.name_en,
        "name_zh": row.name_zh,
        "class_code": row.class_code,
        "lab_id": row.lab_id,
        "lab_en": row.lab_en,
        "lab_zh": row.lab_zh,
        "institution_id": row.institution_id,
        "institution_en": row.institution_en,
        "institution_zh": row.institution_zh,
        "zone": row.zone,
        "start": span.start.astimezone(zone),
        "end": span.end.astimezone(zone),
    }
