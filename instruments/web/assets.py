"""Static files are kept by browsers for a year: their address carries the moment they were last changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for

YEAR_SECONDS = 365 * 86_400


def init_app(app: Flask) -> None:
    """Add `v` to every address of a static file, and let what is asked for with it be kept.

    Templates write `asset("site.css")`: every page names the same few files, so their addresses are made once.
    """
    folder = Path(app.static_folder or "static")
    kept = lru_cache(maxsize=None) if not app.debug else _anew
    version = kept(_version)
    app.jinja_env.globals["asset"] = kept(_asset)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and "v" not in values:
            values["v"] = version(folder / values["filename"])

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response


def _anew(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return function


def _asset(name: str) -> str:
    return url_for("static", filename=name)


def _version(file: Path) -> str | None:
    return f"{file.stat().st_mtime_ns:x}" if file.exists() else None
