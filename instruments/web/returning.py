"""The way back: after signing in to the page asked for, or to that of a form that could not be taken, with the time chosen."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException

# What a form of a reservation says: its page reads the same from its address.
KEPT = ("day", "from", "until_day", "until", "purpose", "title", "public_title")
LONGEST_KEPT = 200


def address_after_signing_in() -> str:
    """An address of this site that can be looked at."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    page, query = _page()
    if request.form.get("day"):
        query |= {name: request.form[name][:LONGEST_KEPT] for name in KEPT if request.form.get(name)}
    return f"{page}?{urlencode(query)}" if query else page


def address_of_form() -> str:
    """The page of the form that was sent, as it was looked at; what was sent is not read."""
    page, query = _page()
    return f"{page}?{urlencode(query)}" if query else page


def own_address(text: str) -> str:
    """An address of this site that a page handed along; empty for any other."""
    ours = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if ours else ""


def _page() -> tuple[str, dict[str, str]]:
    """The page from which the request came, if that is ours; else the nearest one above where it went."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc == request.host and _can_be_seen(parts.path):
        return parts.path, dict(parse_qsl(parts.query))
    path = request.path
    while path != "/" and not _can_be_seen(path):
        path = path.rpartition("/")[0] or "/"
    return path, {}


def _can_be_seen(path: str) -> bool:
    try:
        endpoint, _ = current_app.url_map.bind(request.host).match(path, method="GET")
    except HTTPException:
        return False
    return endpoint != "static" and "\\" not in path and not path.startswith("//")
