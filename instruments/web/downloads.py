"""Files to take away: with their kind, and a name that every system can keep."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def download(body: bytes, kind: str, name: str, *, shown: bool = False) -> Response:
    """A file as an answer. kind: csv, xlsx or pdf; name: without its ending, in ASCII; shown: opened rather than saved."""
    answer = Response(body, content_type=KINDS[kind])
    place = "inline" if shown else "attachment"
    answer.headers["Content-Disposition"] = f'{place}; filename="{name}.{kind}"'
    return answer


def kept_file(path: Path, kind: str, cached: str, called: str = "") -> Response:
    """A file that somebody sent, given so that a browser runs nothing in it; 404 where none is kept.

    kind: its media type; cached: who may keep it, how long; called: the name it is saved under, else it is opened in place.
    """
    if not path.is_file():
        abort(404)
    answer = Response(path.read_bytes(), mimetype=kind)
    answer.headers["Cache-Control"] = cached
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if called:
        answer.headers.set("Content-Disposition", "attachment", filename=called)
    else:
        answer.headers["Content-Disposition"] = "inline"
    return answer
