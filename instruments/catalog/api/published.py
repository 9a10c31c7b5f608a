"""Doors for programs: the instruments of the catalogue, a page by cursor or one."""

from __future__ import annotations

from flask import Response

from instruments.catalog import published
from instruments.catalog.api.telling import answer_tagged, api, told
from instruments.catalog.schemas import InstrumentOut, InstrumentsOut, InstrumentsQuery
from instruments.people.bearer import token_welcome
from instruments.people.signing import current_actor
from instruments.web import paging
from instruments.web.incoming import asks


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
    kept, more = paging.page(items, query.limit, lambda item: [item["id"]])
    return answer_tagged({"items": kept, "next": more})


@api.get("/instruments/<int:instrument_id>")
@token_welcome()
@api.output(InstrumentOut)
@api.doc(responses=[304])
def instrument(instrument_id: int) -> Response:
    """One instrument, with an ETag."""
    return told(instrument_id)
