"""What the doors of the catalogue for programs share: the blueprint, and how one instrument is told."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response

from instruments.catalog import published
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import current_actor
from instruments.web import versions

api = APIBlueprint("catalog_api", __name__, url_prefix="/api/v1", tag="Catalogue")


def told(instrument_id: int) -> Response:
    """One instrument, with an ETag of what is said of it; raises NotFound."""
    found = published.one(instrument_id, contacts=current_actor() is not None)
    if found is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    return answer_tagged(found)


def answer_tagged(body: dict[str, Any]) -> Response:
    """The body with an ETag of what it says; 304 when the asker has it."""
    response = Response(orjson.dumps(body), mimetype="application/json")
    response.set_etag(tag_of(body))
    return versions.conditional(response)


def tag_of(body: dict[str, Any]) -> str:
    """The ETag of what is said, without its quotes."""
    return hashlib.blake2b(orjson.dumps(body), digest_size=12).hexdigest()
