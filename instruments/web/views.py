"""Doors that belong to no room: health, language, appearance."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from instruments.database import db
from instruments.web import backlogs, clock
from instruments.web.access import public
from instruments.web.language import COOKIE, LANGUAGES

pages = Blueprint("web", __name__)
APPEARANCES = ("auto", "light", "dark")
YEAR_SECONDS = 365 * 86_400


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """200 while the process lives."""
    return "alive\n", 200, {"Content-Type": "text/plain"}


@pages.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """200 while the database answers, 503 else. What waits is told, and is no reason to be taken out of service."""
    try:
        db.session.execute(text("SELECT 1"))
        waiting = backlogs.lines(clock.now())
    except DBAPIError:
        db.session.rollback()
        return "the database does not answer\n", 503, {"Content-Type": "text/plain", "Retry-After": "5"}
    return "\n".join(["ready", *waiting, ""]), 200, {"Content-Type": "text/plain"}


@pages.get("/language/<code>")
@public
def language(code: str) -> ResponseReturnValue:
    """Choose the language, and go back to where one was."""
    if code not in LANGUAGES:
        abort(404)
    return _remembered(COOKIE, code)


@pages.get("/appearance/<name>")
@public
def appearance(name: str) -> ResponseReturnValue:
    """Choose light, dark or as the device says, and go back to where one was."""
    if name not in APPEARANCES:
        abort(404)
    return _remembered("appearance", name)


def local_path(address: str | None) -> str:
    """The address if it stays on this site, else the front page: nobody is sent elsewhere by a link to us."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return "/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else address


def _remembered(cookie: str, value: str) -> ResponseReturnValue:
    response = redirect(local_path(request.args.get("next")))
    response.set_cookie(
        cookie, value, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
