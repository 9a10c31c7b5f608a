"""The blocks of a week's picture: cut at local midnights, closed where nothing is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from instruments.web.blocks import Block, week_blocks

ZONE = "Asia/Shanghai"
DAYS = [date(2026, 11, 23) + timedelta(days=count) for count in range(7)]


def span(state: str, day: int, start: float, end: float, label: str = "") -> dict[str, Any]:
    """A span by hours from the midnight that begins the day."""
    midnight = datetime(2026, 11, day, tzinfo=ZoneInfo(ZONE))
    return {
        "state": state,
        "label": label,
        "start": midnight + timedelta(hours=start),
        "end": midnight + timedelta(hours=end),
    }


def blocks_of(spans: list[dict[str, Any]], column: int) -> list[tuple[str, int, int]]:
    """What is drawn in one column, as (state, from minute, until minute)."""
    return [
        (each.state, each.from_minute, each.until_minute)
        for each in week_blocks(spans, DAYS, ZONE).blocks
        if each.column == column
    ]


def test_what_is_not_open_is_closed() -> None:
    assert blocks_of([span("open", 23, 8, 12), span("open", 23, 13, 18)], 0) == [
        ("closed", 0, 480),
        ("closed", 720, 780),
        ("closed", 1080, 1440),
    ]
    assert blocks_of([span("open", 23, 8, 12)], 1) == [("closed", 0, 1440)]


def test_a_span_over_midnight_is_two_blocks_and_named_once() -> None:
    drawn = [
        each
        for each in week_blocks([span("booked", 23, 22, 30)], DAYS, ZONE).blocks
        if each.state == "booked"
    ]
    assert drawn == [Block(0, 1320, 1440, "booked", "", True), Block(1, 0, 360, "booked", "", False)]


def test_a_span_that_ends_at_midnight_leaves_the_next_day_alone() -> None:
    assert ("booked", 1320, 1440) in blocks_of([span("booked", 23, 22, 24)], 0)
    assert blocks_of([span("booked", 23, 22, 24)], 1) == [("closed", 0, 1440)]


def test_what_began_before_the_week_is_cut_to_it() -> None:
    assert ("maintenance", 0, 720) in blocks_of([span("maintenance", 22, 12, 36)], 0)


def test_instants_are_read_on_the_wall_of_the_zone() -> None:
    utc = {
        "state": "booked",
        "label": "",
        "start": datetime(2026, 11, 23, 0, tzinfo=UTC),
        "end": datetime(2026, 11, 23, 1, tzinfo=UTC),
    }
    assert ("booked", 480, 540) in blocks_of([utc], 0)


def test_closures_lie_under_bookings_and_keep_their_reason() -> None:
    week = week_blocks(
        [span("booked", 23, 9, 10), span("closed", 23, 0, 24, "Holiday"), span("open", 23, 8, 18)], DAYS, ZONE
    )
    monday = [(each.state, each.label) for each in week.blocks if each.column == 0]
    assert monday[-1] == ("booked", "")
    assert ("closed", "Holiday") in monday


def test_a_holiday_is_said_once() -> None:
    week = week_blocks([span("closed", 23, 0, 24, "Holiday")], DAYS, ZONE)
    assert [each.label for each in week.blocks if each.column == 0] == ["Holiday"]


def test_the_hours_shown_follow_the_opening_hours_and_are_never_few() -> None:
    assert (
        week_blocks([span("open", 23, 8.5, 20.5)], DAYS, ZONE).first_hour,
        week_blocks([span("open", 23, 8.5, 20.5)], DAYS, ZONE).last_hour,
    ) == (8, 21)
    short = week_blocks([span("open", 23, 10, 12)], DAYS, ZONE)
    assert short.last_hour - short.first_hour == 8
    late = week_blocks([span("open", 23, 20, 26)], DAYS, ZONE)
    assert (late.first_hour, late.last_hour) == (0, 24)
    empty = week_blocks([], DAYS, ZONE)
    assert (empty.first_hour, empty.last_hour) == (8, 18)
