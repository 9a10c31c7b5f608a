"""Doors of the catalogue for programs."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from instruments.catalog import published
from instruments.catalog.schemas import InstrumentOut, InstrumentsOut, InstrumentsQuery
from instruments.errors import N_, NotFound, Reason
from instruments.people.bearer import token_welcome
from instruments.people.signing import current_actor
from instruments.web import paging
from instruments.web.incoming import asks

api = APIBlueprint("catalog_api", __name__, url_prefix="/api/v1", tag="Catalogue")


@api.get("/instruments")
@token_welcome()
@asks(api, InstrumentsQuery)
@api.output(InstrumentsOut)
@api.doc(responses=[304])
def instruments(query: InstrumentsQuery) -> Response:
    """Instruments by words, institution, class, technique, mode and status; by cursor."""
    after = paging.decode(query.cursor, (int,))
    items = published.page(
        words=query.q,
        institution=query.institution,
        class_code=query.class_code or "",
        technique=query.technique,
        mode=query.mode or "",
        status=query.status or "",
        after=after[0] if after else 0,
        limit=query.limit + 1,
        contacts=current_actor() is not None,
    )
    kept = items[: query.limit]
    more = paging.encode([kept[-1]["id"]]) if len(items) > query.limit else None
    return _answer({"items": kept, "next": more})


@api.get("/instruments/<int:instrument_id>")
@token_welcome()
@api.output(InstrumentOut)
@api.doc(responses=[304])
def instrument(instrument_id: int) -> Response:
    """One instrument, with an ETag."""
    found = published.one(instrument_id, contacts=current_actor() is not None)
    if found is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    return _answer(found)


def _answer(body: dict[str, Any]) -> Response:
    """The body with an ETag of what it says; 304 when the asker has it."""
    content = orjson.dumps(body)
    response = Response(content, mimetype="application/json")
    response.set_etag(hashlib.blake2b(content, digest_size=12).hexdigest())
    return response.make_conditional(request)
