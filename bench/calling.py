"""Requests to the application as a server hands them over, without the network."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import orjson
from flask import Flask


def request(
    app: Flask, method: str, address: str, headers: Mapping[str, str] | None = None, body: Any = None
) -> tuple[int, bytes]:
    """Status and body of one request."""
    path, _, query = address.partition("?")
    sent = b"" if body is None else orjson.dumps(body)
    environ = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "localhost", "SERVER_PORT": "5000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:5000", "HTTP_ACCEPT_LANGUAGE": "en", "CONTENT_LENGTH": str(len(sent)),
        "CONTENT_TYPE": "application/json" if sent else "",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(sent), "wsgi.errors": BytesIO(),
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()},
    }  # fmt: skip
    status: list[str] = []
    answer = app.wsgi_app(environ, lambda line, _headers, _error=None: status.append(line))
    try:
        content = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    return int(status[0].split()[0]), content
