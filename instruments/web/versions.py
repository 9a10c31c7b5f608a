"""Versions on the wire: the ETag of a thing, and the If-Match that a change must carry."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from flask import Response, request

from instruments.errors import N_, PreconditionMissing, Reason, Stale

UNREADABLE = -1
Version = TypeVar("Version", int, str)


def etag(version: int | str) -> str:
    """The ETag of a thing at this version."""
    return f'"{version}"'


def etag_of(version: int, content: bytes) -> str:
    """The ETag of a thing whose answer also tells what may change without it, such as what stands against it today. For a
    change only the version counts."""
    return f'"{version}.{hashlib.sha256(content).hexdigest()[:16]}"'


def matched(version: Version) -> Version | None:
    """The version of a thing that a program changes, if it is among those of If-Match; None for "*" (any).

    A weak tag counts too: proxies that compress make tags weak, and a version never stands for two states.
    Raises 428 without If-Match, 412 when the thing is at another version.
    """
    if not request.headers.get("If-Match", "").strip():
        sentence = N_("Send the ETag of what you read as If-Match, so that nobody's change is lost.")
        raise PreconditionMissing([Reason("if_match", "If-Match", sentence)])
    if request.if_match.star_tag:
        return None
    if str(version) not in {_version_in(tag, version) for tag in request.if_match.as_set(include_weak=True)}:
        raise stale()
    return version


def _version_in(tag: str | None, version: int | str) -> str:
    """What a tag says of the version: of one by `etag_of` the part before the content. None: an empty one, as it is read."""
    said = tag or ""
    return said.partition(".")[0] if isinstance(version, int) else said


def typed() -> int | None:
    """The version that a form was opened with, None where it says none; one that cannot be read is no version of anything."""
    return request.form.get("version", UNREADABLE, type=int) if "version" in request.form else None


def conditional(response: Response) -> Response:
    """The answer to a question with an ETag: 304 without it where the asker has it (If-None-Match).

    Raises 412 where it is none of those that the asker still wants (If-Match; RFC 9110, 13.1.1: a GET heeds it, too). Tags
    are compared as for a change. Other methods than GET and HEAD are answered as they are.
    """
    tag, _ = response.get_etag()
    if request.method not in ("GET", "HEAD") or tag is None:
        return response
    wanted = request.if_match
    if wanted and not (wanted.star_tag or wanted.contains_weak(tag)):
        raise stale()
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
    return response


def stale() -> Stale:
    """The refusal of a change to something that was changed since it was read."""
    sentence = N_("This was changed since you opened it. Look at it again, then decide.")
    return Stale([Reason("stale", "If-Match", sentence)])
