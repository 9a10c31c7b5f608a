"""Fetch a calendar from an address that anybody may have typed: called in a confined process, which is the deadline.

Every address that a name resolves to is checked, for every redirect anew, and the connection goes to the one that
was checked, so that a name which resolves differently the next moment gains nothing. No proxy, cookie, password or
referrer is ever sent, and nothing that came back is repeated in a refusal.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from instruments.calendars.blocks import LARGE, MOST_BYTES, refused
from instruments.calendars.reachable import Allowed, may_be_asked
from instruments.errors import N_, Reason, Refusal

MOST_REDIRECTS = 5
SECONDS_A_STEP = 10
PORTS = {"http": 80, "https": 443}
REDIRECTS = (301, 302, 303, 307, 308)
CHUNK = 64 * 1024
LONGEST_HEADER = 100
Resolve = Callable[..., Sequence[Any]]

NO_ADDRESS = N_("This is no address of a calendar. Write one that begins with https://.")
NO_PASSWORD = N_(
    "Write the address without a user name and password: use the secret address that the calendar offers."
)
NOT_FOUND = N_("The name %(host)s is not known to the network. Is it written right?")
NOT_ALLOWED = N_("%(host)s is not on the public network, so it is not asked. The operator can allow it.")
NOT_REACHED = N_("%(host)s does not answer.")
NOT_TRUSTED = N_("%(host)s cannot show that it is who it says: its certificate does not hold.")
ANSWERED = N_("%(host)s answered with status %(status)s instead of a calendar.")
REDIRECTED = N_("%(host)s sends us round in circles.")
WEAKENED = N_("%(host)s sends us on to an address that is not encrypted, so it was not asked.")
BROKEN_OFF = N_("%(host)s broke off in the middle of the calendar.")
ENCODED = N_("%(host)s sends the calendar in an encoding that is not read here.")


def fetch(
    address: str,
    target: str,
    validators: dict[str, str],
    allowed: Sequence[str],
    agent: str,
    resolve: Resolve = socket.getaddrinfo,
) -> dict[str, Any]:
    """Fetch into the file `target`: {status: 200 or 304, etag, last_modified, hash}.

    validators: etag and last_modified of the last time. Raises Refusal, whose reason may carry
    the value `retry_after`, as sent.
    """
    allows = Allowed.read(allowed)
    headers = _headers(validators, agent)
    for _ in range(MOST_REDIRECTS + 1):
        parts = checked(address)
        with (
            closing(_connect(parts, allows, resolve)) as connection,
            closing(_ask(connection, parts, headers)) as answer,
        ):
            if answer.status in REDIRECTS and answer.getheader("Location"):
                address = _next(address, str(answer.getheader("Location")))
                continue
            return _taken(answer, parts, target)
    raise refused("calendar_circles", REDIRECTED, host=_host(parts))


def checked(address: str) -> SplitResult:
    """The parts of an address that may be asked at all. Raises Refusal."""
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refused("calendar_address", NO_ADDRESS) from None
    plain = address.strip().isprintable() and " " not in address.strip()
    if parts.scheme not in PORTS or not host or not plain:
        raise refused("calendar_address", NO_ADDRESS)
    if parts.username is not None or parts.password is not None:
        raise refused("calendar_password", NO_PASSWORD)
    return parts


def _host(parts: SplitResult) -> str:
    return str(parts.hostname)


def _next(address: str, location: str) -> str:
    """Where a redirect leads; never from an encrypted address to one that is not."""
    following = urljoin(address, location)
    if urlsplit(address).scheme == "https" and urlsplit(following).scheme == "http":
        raise refused("calendar_weakened", WEAKENED, host=urlsplit(address).hostname)
    return following


def _headers(validators: dict[str, str], agent: str) -> dict[str, str]:
    headers = {"User-Agent": agent, "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
    if validators.get("etag"):
        headers["If-None-Match"] = validators["etag"]
    if validators.get("last_modified"):
        headers["If-Modified-Since"] = validators["last_modified"]
    return headers


# --- The connection ---------------------------------------------------------------------------------------------------


class _Checked(http.client.HTTPConnection):
    """A connection to one address that was checked, in the name of the host."""

    def __init__(self, parts: SplitResult, address: str, port: int) -> None:
        super().__init__(_host(parts), port, timeout=SECONDS_A_STEP)
        self._address = address
        self._encrypted = parts.scheme == "https"

    def connect(self) -> None:
        """Connect to the checked address; the certificate must be the host's."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _connect(parts: SplitResult, allowed: Allowed, resolve: Resolve) -> _Checked:
    host, port = _host(parts), parts.port or PORTS[parts.scheme]
    try:
        found = resolve(host.encode("idna").decode(), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise refused("calendar_name", NOT_FOUND, host=host) from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses or not all(may_be_asked(each, host, allowed) for each in addresses):
        raise refused("calendar_not_public", NOT_ALLOWED, host=host)
    for address in addresses:
        connection = _Checked(parts, address, port)
        try:
            connection.connect()
            return connection
        except ssl.SSLCertVerificationError:
            connection.close()
            raise refused("calendar_certificate", NOT_TRUSTED, host=host) from None
        except (OSError, UnicodeError):
            connection.close()
    raise refused("calendar_silent", NOT_REACHED, host=host)


def _ask(connection: _Checked, parts: SplitResult, headers: dict[str, str]) -> http.client.HTTPResponse:
    port = f":{parts.port}" if parts.port else ""
    name = f"[{_host(parts)}]" if ":" in _host(parts) else _host(parts).encode("idna").decode()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.putrequest("GET", _quoted(path), skip_host=True, skip_accept_encoding=True)
        for header, value in ({"Host": name + port} | headers).items():
            connection.putheader(header, value)
        connection.endheaders()
        return connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError):
        raise refused("calendar_silent", NOT_REACHED, host=_host(parts)) from None


def _quoted(path: str) -> str:
    return "".join(
        letter if letter.isascii() else "".join(f"%{byte:02X}" for byte in letter.encode()) for letter in path
    )


# --- The answer -------------------------------------------------------------------------------------------------------


def _taken(answer: http.client.HTTPResponse, parts: SplitResult, target: str) -> dict[str, Any]:
    if answer.status not in (200, 304):
        values = {"host": _host(parts), "status": answer.status, "retry_after": _told(answer, "Retry-After")}
        raise Refusal([Reason("calendar_status", "file", ANSWERED, values)])
    told = {"etag": _told(answer, "ETag"), "last_modified": _told(answer, "Last-Modified")}
    if answer.status == 304:
        return {"status": 304, "hash": "", **told}
    body = _body(answer, parts)
    Path(target).write_bytes(body)
    return {"status": 200, "hash": hashlib.sha256(body).hexdigest(), **told}


def _told(answer: http.client.HTTPResponse, header: str) -> str:
    """A header of the answer, if it is one that can be kept and sent back as it is."""
    value = (answer.getheader(header) or "").strip()
    return value if value.isascii() and value.isprintable() and len(value) <= LONGEST_HEADER else ""


def _body(answer: http.client.HTTPResponse, parts: SplitResult) -> bytes:
    """The body, unpacked if the connection packed it; never more than the most, neither before nor after."""
    unpack = _unpacker((answer.getheader("Content-Encoding") or "").strip().lower(), parts)
    received, body = 0, bytearray()
    if (answer.length or 0) > MOST_BYTES:
        raise _too_large()
    try:
        while chunk := answer.read(CHUNK):
            received += len(chunk)
            body += unpack(chunk, MOST_BYTES + 1 - len(body))
            if max(received, len(body)) > MOST_BYTES:
                raise _too_large()
    except (OSError, http.client.HTTPException, zlib.error):
        raise refused("calendar_broken_off", BROKEN_OFF, host=_host(parts)) from None
    if answer.length:
        raise refused("calendar_broken_off", BROKEN_OFF, host=_host(parts))
    return bytes(body)


def _unpacker(encoding: str, parts: SplitResult) -> Callable[[bytes, int], bytes]:
    if encoding in ("", "identity"):
        return lambda chunk, _most: chunk
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise refused("calendar_encoding", ENCODED, host=_host(parts))
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress


def _too_large() -> Refusal:
    return refused("calendar_large", LARGE, most=MOST_BYTES // 1024 // 1024)
