"""Fetching from addresses that anybody may have typed: nothing inside the network is reached, nothing lasts for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instruments.calendars.fetching import checked, fetch
from instruments.calendars.reachable import Allowed, may_be_asked
from instruments.errors import Refusal
from instruments.jobs.confined import confined
from tests.calendars.files import calendar, hour
from tests.calendars.hostile import Hostile, hostile_server

NOBODY = Allowed()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with hostile_server() as server:
        yield server


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "fetched.ics")


def code(address: str, target: str, allowed: tuple[str, ...] = ("127.0.0.1",), **more: Any) -> str:
    """Why the address is refused."""
    with pytest.raises(Refusal) as refused:
        fetch(address, target, {}, allowed, "test", **more)
    assert not Path(target).exists()
    return refused.value.reasons[0].code


# --- Addresses of machines --------------------------------------------------------------------------------------------

INSIDE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "224.0.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "::ffff:0:127.0.0.1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "nonsense",
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", INSIDE)
def test_no_machine_inside_a_network_is_asked(address: str) -> None:
    assert not may_be_asked(address, "any.example", NOBODY)


@pytest.mark.parametrize("address", OUTSIDE)
def test_machines_of_the_public_network_are(address: str) -> None:
    assert may_be_asked(address, "any.example", NOBODY)


def test_the_operator_can_allow_networks_and_hosts() -> None:
    allowed = Allowed.read(["10.20.0.0/16", "fd00::/8", "Mail.Campus.example", "192.168.7.7"])
    for inside in ("10.20.3.4", "::ffff:10.20.3.4", "fd00::1", "192.168.7.7"):
        assert may_be_asked(inside, "any.example", allowed)
    assert may_be_asked("172.16.5.5", "mail.campus.example.", allowed)
    for outside in ("10.21.0.1", "192.168.7.8", "127.0.0.1"):
        assert not may_be_asked(outside, "any.example", allowed)


# --- Addresses as typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "calendar_address"),
        ("calendar", "calendar_address"),
        ("ftp://outside.example/a.ics", "calendar_address"),
        ("file:///etc/passwd", "calendar_address"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "calendar_address"),
        ("javascript:alert(1)", "calendar_address"),
        ("https://", "calendar_address"),
        ("https://[::1", "calendar_address"),
        ("https://outside.example:99999/", "calendar_address"),
        ("https://outside.example/a b", "calendar_address"),
        ("https://outside.example/a\r\nHost: inside", "calendar_address"),
        ("https://lab:hush@outside.example/a.ics", "calendar_password"),
    ],
)
def test_only_addresses_of_the_web_are_taken(address: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(address)
    assert refused.value.reasons[0].code == why
    assert "hush" not in repr(refused.value.reasons)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ],
)
def test_the_machine_itself_is_not_asked_however_it_is_written(
    hostile: Hostile, target: str, host: str
) -> None:
    assert code(hostile.address("/good.ics", host), target, ()) in ("calendar_not_public", "calendar_name")
    assert hostile.seen == []


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/good.ics",
        "http://[::1]:{port}/good.ics",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433:{port}/good.ics",
        "http://[::ffff:7f00:1]:{port}/good.ics",
        "//10.0.0.1/good.ics",
    ],
)
def test_a_redirect_to_the_inside_is_not_followed(hostile: Hostile, target: str, location: str) -> None:
    hostile.says("/away.ics", status=302, Location=location.format(port=hostile.port))
    # The first host is allowed by name, as an operator would; where it leads is not.
    names = {"calendar.example": "127.0.0.1"}

    def resolve(host: str, port: int, **more: Any) -> Any:
        return socket.getaddrinfo(names.get(host, host), port, **more)

    address = hostile.address("/away.ics", "calendar.example")
    assert code(address, target, ("calendar.example",), resolve=resolve) == "calendar_not_public"
    assert [path for path, _ in hostile.seen] == ["/away.ics"]


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://outside.example/", "data:text/calendar,BEGIN"]
)
def test_a_redirect_out_of_the_web_is_not_followed(hostile: Hostile, target: str, location: str) -> None:
    hostile.says("/away.ics", status=301, Location=location)
    assert code(hostile.address("/away.ics"), target) == "calendar_address"


def test_redirects_in_circles_end(hostile: Hostile, target: str) -> None:
    hostile.says("/round.ics", status=307, Location="/round.ics")
    assert code(hostile.address("/round.ics"), target) == "calendar_circles"
    assert len(hostile.seen) == 6


def test_a_redirect_is_followed_without_anything_that_could_be_a_secret(
    hostile: Hostile, target: str
) -> None:
    hostile.says("/moved.ics", status=301, Location="/good.ics", Set_Cookie="session=1")
    got = fetch(hostile.address("/moved.ics"), target, {}, ["127.0.0.1"], "test")
    assert got["status"] == 200
    for header in ("Cookie", "Referer", "Authorization", "Proxy-Authorization"):
        assert header not in hostile.seen[1][1]


def test_a_name_that_resolves_to_the_inside_as_well_is_not_asked(hostile: Hostile, target: str) -> None:
    def resolve(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, 0, 0, "", (each, port)) for each in ("93.184.216.34", "127.0.0.1")]

    assert code("http://both.example/", target, (), resolve=resolve) == "calendar_not_public"


def test_the_connection_goes_to_the_address_that_was_checked(hostile: Hostile, target: str) -> None:
    """A name that means another machine a moment later (DNS rebinding) is asked for once only."""
    asked = []

    def resolve(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        found = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, 0, 0, "", (found, port))]

    address = hostile.address("/good.ics", "rebinding.example")
    assert fetch(address, target, {}, ["127.0.0.0/8"], "test", resolve)["status"] == 200
    assert asked == ["rebinding.example"]
    assert hostile.seen[0][1]["Host"] == f"rebinding.example:{hostile.port}"


def test_proxies_of_the_environment_are_not_used(
    hostile: Hostile, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert fetch(hostile.address("/good.ics"), target, {}, ["127.0.0.1"], "test")["status"] == 200


# --- Answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/endless.ics", "calendar_large"),
        ("/told-too-large.ics", "calendar_large"),
        ("/bomb.ics", "calendar_large"),
        ("/deflated-bomb.ics", "calendar_large"),
        ("/broken-gzip.ics", "calendar_broken_off"),
        ("/cut.ics", "calendar_broken_off"),
        ("/brotli.ics", "calendar_encoding"),
        ("/gone.ics", "calendar_silent"),
    ],
)
def test_an_answer_that_is_none_is_refused(hostile: Hostile, target: str, path: str, why: str) -> None:
    assert code(hostile.address(path), target) == why


@pytest.mark.parametrize("path", ["/slow.ics", "/slow-head.ics", "/silent.ics"])
def test_a_server_that_dribbles_is_left_at_the_deadline(hostile: Hostile, target: str, path: str) -> None:
    with pytest.raises(Refusal, match="file_too_slow"):
        confined(fetch, hostile.address(path), target, {}, ["127.0.0.1"], "test", seconds=3, megabytes=768)
    assert not Path(target).exists()


def test_a_status_is_named_and_nothing_of_the_body(hostile: Hostile, target: str) -> None:
    hostile.says("/tired.ics", b"internal secret", status=503, Retry_After="120")
    with pytest.raises(Refusal) as refused:
        fetch(hostile.address("/tired.ics"), target, {}, ["127.0.0.1"], "test")
    (reason,) = refused.value.reasons
    assert dict(reason.values) == {"host": "127.0.0.1", "status": 503, "retry_after": "120"}


def test_a_good_calendar_is_fetched_and_the_next_time_only_asked_for(hostile: Hostile, target: str) -> None:
    got = fetch(hostile.address("/good.ics"), target, {}, ["127.0.0.1"], "test")
    assert Path(target).read_bytes() == calendar(hour())
    assert (got["status"], got["etag"], len(got["hash"])) == (200, '"one"', 64)
    hostile.says("/good.ics", status=304, Content_Length="", ETag='"one"')
    again = fetch(hostile.address("/good.ics"), target, got, ["127.0.0.1"], "test")
    sent = hostile.seen[-1][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"one"', "Mon, 01 Mar 2027 00:00:00 GMT")
    assert again["status"] == 304


def test_a_packed_answer_is_unpacked(hostile: Hostile, target: str) -> None:
    fetch(hostile.address("/packed.ics"), target, {}, ["127.0.0.1"], "test")
    assert Path(target).read_bytes() == calendar(hour())


def test_headers_that_could_not_be_sent_back_are_not_kept(hostile: Hostile, target: str) -> None:
    hostile.says("/odd.ics", calendar(), ETag='"\x01odd"', Last_Modified="x" * 500)
    got = fetch(hostile.address("/odd.ics"), target, {}, ["127.0.0.1"], "test")
    assert (got["etag"], got["last_modified"]) == ("", "")
