"""Files to take away: with their kind, and a name that every system can keep."""

from __future__ import annotations

from flask import Response

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
