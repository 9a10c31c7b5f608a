"""Versions on the wire: the ETag of a thing, and the If-Match that a change must carry."""

from __future__ import annotations

from flask import request

from instruments.errors import N_, PreconditionMissing, Reason, Stale


def etag(version: int) -> str:
    """The ETag of a thing at this version."""
    return f'"{version}"'


def wanted_version() -> int | None:
    """The version that a program says it changes; None for "*" (any). Raises 428 without If-Match."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        sentence = N_("Send the ETag of what you read as If-Match, so that nobody's change is lost.")
        raise PreconditionMissing([Reason("if_match", None, sentence)])
    if given == "*":
        return None
    number = given.removeprefix("W/").strip('"')
    if not number.isdigit():
        raise stale()
    return int(number)


def stale() -> Stale:
    """The refusal of a change to something that was changed since it was read."""
    return Stale(
        [Reason("stale", None, N_("This was changed since you opened it. Look at it again, then decide."))]
    )
