"""Doors for programs: the photo of an instrument, sent or removed by its lab; everybody sees it at /instruments/<id>/photo."""

from __future__ import annotations

from functools import partial

from flask import Response

from instruments.catalog.api.telling import api, told
from instruments.catalog.schemas import InstrumentOut
from instruments.catalog.views.photos import FOLDER, edits, show_photo
from instruments.catalog.views.uploads import a_photo, drop_from, keep_in
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.web.multipart import Arriving, OnlyTheFile, kept_for_a_deed, takes_files

ADDRESS = "/instruments/<int:instrument_id>/photo"


@api.put(ADDRESS)
@token_required("labs:write")
@takes_files(api, OnlyTheFile, photo=a_photo("The instrument.", needed=True))
@api.output(InstrumentOut)
def set_photo(instrument_id: int, arriving: Arriving[OnlyTheFile]) -> Response:
    """Show this photo of the instrument, in place of the one before."""
    actor = edits(instrument_id)
    arrived = arriving.read()
    with kept_for_a_deed(
        arrived.files.get("photo"), partial(keep_in, FOLDER), partial(drop_from, FOLDER)
    ) as photo:
        if reasons := [*arrived.reasons, *photo.reasons]:
            raise Refusal(reasons)
        show_photo(instrument_id, photo.take(), actor)
    return told(instrument_id)


@api.delete(ADDRESS)
@token_required("labs:write")
@api.output({}, 204)
def remove_photo(instrument_id: int) -> Response:
    """Show no photo of the instrument."""
    show_photo(instrument_id, "", edits(instrument_id))
    return Response(status=204)
