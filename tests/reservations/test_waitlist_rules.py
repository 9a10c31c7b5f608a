"""How long an offer stands, and which classes hold which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.reservations.waitlist.rules import (
    LONGEST_LIFE,
    QUIET_FROM,
    QUIET_UNTIL,
    SHORTEST_LIFE,
    expires,
    family,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2027-03-{text}:00+08:00").timestamp())


@pytest.mark.parametrize(
    ("now", "start", "lead", "expected"),
    [
        ("01T10:00", "03T10:00", 0, "01T14:00"),
        ("01T10:00", "01T18:00", 0, "01T12:00"),
        ("01T10:00", "01T10:20", 0, "01T10:10"),
        ("01T10:00", "01T10:10", 0, "01T10:10"),
        ("01T10:00", "01T10:09", 0, None),
        ("01T10:00", "01T11:00", 60, None),
        ("01T10:00", "01T14:00", 120, "01T10:30"),
        ("01T20:00", "05T10:00", 0, "02T10:00"),
        ("01T23:00", "05T10:00", 0, "02T12:00"),
        ("02T03:00", "05T10:00", 0, "02T12:00"),
        ("01T23:00", "02T07:00", 0, "02T07:00"),
        ("01T21:50", "02T09:00", 0, "02T09:00"),
    ],
)
def test_how_long_an_offer_stands(now: str, start: str, lead: int, expected: str | None) -> None:
    found = expires(at(now), at(start), lead * 60, SHANGHAI)
    assert found == (at(expected) if expected else None)


@given(
    st.integers(0, 400 * 86_400),
    st.integers(0, 40 * 86_400),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
)
def test_an_offer_ends_in_time_and_never_in_the_night_of_its_reader(
    later: int, ahead: int, name: str
) -> None:
    zone, now = ZoneInfo(name), at("01T10:00") + later
    until = expires(now, now + ahead, 0, zone)
    if until is None:
        assert ahead < SHORTEST_LIFE
        return
    assert now + min(SHORTEST_LIFE, ahead) <= until <= now + ahead
    local = datetime.fromtimestamp(until, UTC).astimezone(zone).time()
    assert until == now + ahead or QUIET_UNTIL < local <= QUIET_FROM
    assert until - now <= LONGEST_LIFE + timedelta(hours=11).total_seconds()


@pytest.mark.parametrize(
    ("code", "expected"), [("010000", "01"), ("010100", "0101"), ("010102", "010102"), ("100000", "10")]
)
def test_a_class_holds_those_below_it(code: str, expected: str) -> None:
    assert family(code) == expected
