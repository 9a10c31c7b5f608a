"""Answers to programs: JSON, with the version that a change must name and the address of what was made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from flask import Response, request

from instruments.errors import Refusal
from instruments.web import idempotency
from instruments.web.incoming import as_sent
from instruments.web.versions import etag


class Made(NamedTuple):
    """What was made, as its door tells it: the body, its version, and where it is read."""

    body: dict[str, Any]
    version: int | str
    location: str


def answer(body: dict[str, Any], status: int = 200, *, version: int | str | None = None) -> Response:
    """The body as JSON; moments in it are aware and are written with their offset."""
    headers = {} if version is None else {"ETag": etag(version)}
    return Response(orjson.dumps(body), status, headers, mimetype="application/json")


def made_once(person_id: int, now: datetime, act: Callable[[], Made], status: int = 201) -> Response:
    """Do a deed once for this person and Idempotency-Key: a request sent again is answered as before.

    status: 200 where nothing is made, but something changed.
    """
    key = request.headers.get("Idempotency-Key")
    if reasons := list(idempotency.key_objections(key)):
        raise Refusal(reasons)

    def kept() -> idempotency.KeptAnswer:
        made = act()
        return idempotency.KeptAnswer(status, made.location, etag(made.version), orjson.dumps(made.body))

    found = idempotency.once(person_id, key, as_sent(), now, lambda: None, kept)
    headers = {"Location": found.location, "ETag": found.etag}
    return Response(found.body, found.status, headers, mimetype="application/json")
