"""A web server as an attacker, or a tired one, would run it: each path misbehaves in its own way."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.calendars.files import calendar, hour

MEGABYTE = b"x" * 1024 * 1024


@dataclass
class Hostile:
    """The server: its port, what it answers under a path, and what it was sent."""

    port: int = 0
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def address(self, path: str, host: str = "127.0.0.1") -> str:
        """Where this path is reached."""
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Let it answer so; underscores in the names of headers are hyphens."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in ({"Content_Length": str(len(body))} | headers).items():
                if value:
                    request.send_header(name.replace("_", "-"), value)
            request.end_headers()
            request.wfile.write(body)

        self.answers[path] = answer


@contextmanager
def hostile_server() -> Iterator[Hostile]:
    """The server, with its usual paths, until the block ends."""
    hostile = Hostile()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hostile.seen.append((self.path, dict(self.headers)))
            self.close_connection = True
            try:
                hostile.answers[self.path](self)
            except (OSError, KeyError):
                pass  # who hangs up is no news here

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hostile.port = server.server_port
    _usual(hostile)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hostile
    finally:
        server.shutdown()
        server.server_close()


def _usual(hostile: Hostile) -> None:
    hostile.says("/good.ics", calendar(hour()), ETag='"one"', Last_Modified="Mon, 01 Mar 2027 00:00:00 GMT")
    hostile.says("/packed.ics", gzip.compress(calendar(hour())), Content_Encoding="gzip")
    for name, encoding in (("bomb", "gzip"), ("deflated-bomb", "deflate")):
        hostile.says(f"/{name}.ics", _bomb(encoding), Content_Encoding=encoding)
    hostile.says("/brotli.ics", b"??", Content_Encoding="br")
    hostile.says("/broken-gzip.ics", b"\x1f\x8b\x08nonsense", Content_Encoding="gzip")
    hostile.says("/told-too-large.ics", b"BEGIN:VCALENDAR", Content_Length=str(100 * 1024 * 1024))
    hostile.says("/cut.ics", calendar(hour())[:50], Content_Length="5000")
    hostile.answers["/endless.ics"] = _endless
    hostile.answers["/slow.ics"] = _slow
    hostile.answers["/slow-head.ics"] = _slow_head
    hostile.answers["/silent.ics"] = lambda request: time.sleep(60)


@cache
def _bomb(encoding: str) -> bytes:
    """Some kilobytes that unpack to thirty megabytes."""
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    return pack(MEGABYTE * 30)


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(MEGABYTE)


def _slow(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for letter in b"BEGIN:VCALENDAR\r\n" * 1000:
        request.wfile.write(bytes([letter]))
        time.sleep(0.3)


def _slow_head(request: BaseHTTPRequestHandler) -> None:
    for letter in b"HTTP/1.1 200 OK\r\n" + b"X-Filler: slowly\r\n" * 90:
        request.wfile.write(bytes([letter]))
        request.wfile.flush()
        time.sleep(0.3)
