"""The rule of a series: its dates, its hours over clock changes, holidays left out, and what is no rule."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.reservations.series.repetition import (
    EVERY,
    MOST,
    Repetition,
    hours_about,
    moved_about,
    moved_alike,
    objections,
    occurrences,
)

XIAN, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
TUESDAY = date(2027, 3, 2)
NINE, NOON = time(9), time(12)


def rule(**values) -> Repetition:
    usual = {"first": TUESDAY, "starts": NINE, "ends": NOON, "every": "week", "times": 4}
    if "until" in values:
        usual["times"] = None
    return Repetition(**{**usual, **values})


def days(each: Repetition, zone: ZoneInfo = XIAN, holidays=()) -> list[str]:
    return [f"{one.day:%m-%d}" for one in occurrences(each, zone, holidays) if not one.is_left_out]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"times": 3}, ["03-02", "03-09", "03-16"]),
        ({"every": "fortnight", "times": 3}, ["03-02", "03-16", "03-30"]),
        ({"every": "four_weeks", "times": 3}, ["03-02", "03-30", "04-27"]),
        ({"every": "month", "times": 3}, ["03-02", "04-06", "05-04"]),  # each first Tuesday
        ({"until": date(2027, 3, 16)}, ["03-02", "03-09", "03-16"]),
        ({"until": date(2027, 3, 15)}, ["03-02", "03-09"]),
        ({"weekdays": frozenset({1, 3}), "times": 4}, ["03-02", "03-04", "03-09", "03-11"]),
        # From a Tuesday on, the Monday of its week has passed.
        ({"weekdays": frozenset({0, 1}), "times": 3}, ["03-02", "03-08", "03-09"]),
        ({"weekdays": frozenset({4}), "every": "fortnight", "times": 2}, ["03-05", "03-19"]),
        ({"first": date(2027, 3, 29), "every": "month", "times": 3}, ["03-29", "04-26", "05-31"]),
    ],
)
def test_the_dates_of_a_rule(values, expected) -> None:
    assert days(rule(**values)) == expected


def test_holidays_are_left_out_and_do_not_count() -> None:
    holiday = date(2027, 3, 9)
    assert days(rule(times=3), holidays=[holiday]) == ["03-02", "03-16", "03-23"]
    assert days(rule(times=3, skips_holidays=False), holidays=[holiday]) == ["03-02", "03-09", "03-16"]
    shown = occurrences(rule(times=3), XIAN, [holiday])
    assert [(one.position, one.is_left_out) for one in shown] == [
        (0, False),
        (1, True),
        (2, False),
        (3, False),
    ]


def test_a_night_that_reaches_into_a_holiday_is_left_out_one_that_ends_at_its_midnight_is_not() -> None:
    holiday = [date(2027, 3, 10)]
    night = rule(starts=time(20), ends=time(6), nights=1, times=2)
    assert days(night, holidays=holiday) == ["03-02", "03-16"]
    assert days(replace(night, ends=time(0)), holidays=holiday) == ["03-02", "03-09"]


def test_the_wall_clock_stays_when_the_clocks_change() -> None:
    """In Germany the clocks go forward on 28 March 2027, back on 31 October."""
    found = occurrences(rule(times=36), BERLIN, ())
    walls = {tuple(f"{datetime.fromtimestamp(end, BERLIN):%H:%M}" for end in one.span or ()) for one in found}
    assert walls == {("09:00", "12:00")}
    seconds = {after.span[0] - before.span[0] for before, after in itertools.pairwise(found)}
    assert seconds == {7 * 86_400, 7 * 86_400 - 3600, 7 * 86_400 + 3600}


def test_a_time_that_the_clocks_skip_is_no_time_and_one_that_comes_twice_is_the_first() -> None:
    sundays = rule(first=date(2027, 3, 21), starts=time(2, 30), ends=time(4), times=3)
    assert [one.span is None for one in occurrences(sundays, BERLIN, ())] == [False, True, False]
    # Looked for instead is as long, from the moment on at which the clocks would have shown its start: 03:30.
    for day, start, end in (("21", "T02:30", "T04:00"), ("28", "T03:30", "T05:00")):
        expected = tuple(at(f"2027-03-{day}{end}", BERLIN) for end in (start, end))
        assert hours_about(sundays, date(2027, 3, int(day)), BERLIN) == expected
    autumn = rule(first=date(2027, 10, 31), starts=time(2, 30), ends=time(4), times=1)
    (only,) = occurrences(autumn, BERLIN, ())
    assert only.span is not None and (only.span[1] - only.span[0]) == 2.5 * 3600


@given(
    first=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    starts=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    minutes=st.integers(15, 23 * 60),
    every=st.sampled_from(EVERY),
    weekdays=st.frozensets(st.integers(0, 6)),
    times=st.integers(1, 30),
    zone=st.sampled_from([XIAN, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]),
    holidays=st.frozensets(st.integers(0, 200)),
)
def test_every_date_has_the_same_hours_on_the_wall(
    first, starts, minutes, every, weekdays, times, zone, holidays
) -> None:
    end = datetime.combine(first, starts) + timedelta(minutes=minutes)
    off = {first + timedelta(days=number) for number in holidays}
    each = rule(
        first=first, starts=starts, ends=end.time(), nights=(end.date() - first).days,
        every=every, weekdays=frozenset() if every == "month" else weekdays, times=times,
    )  # fmt: skip
    if objections(each, zone, off):
        return
    found = occurrences(each, zone, off)
    kept = [one for one in found if not one.is_left_out]
    assert len(kept) <= times
    assert [one.position for one in found] == list(range(len(found)))
    for one in kept:
        assert one.day not in off
        assert one.day.weekday() in each.comes_on
        if one.span is not None:
            begin, over = (datetime.fromtimestamp(edge, zone).replace(tzinfo=None) for edge in one.span)
            assert begin == datetime.combine(one.day, starts)
            assert over == datetime.combine(one.day, starts) + timedelta(minutes=minutes)
    spans = [one.span for one in kept if one.span]
    assert all(before[1] <= after[0] + 3600 for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, []),
        ({"every": "day"}, ["repeats"]),
        ({"weekdays": frozenset({7})}, ["weekdays"]),
        ({"times": None}, ["repeat_endless"]),
        ({"until": date(2027, 6, 1), "times": 3}, ["repeat_two_ends"]),
        ({"until": date(2027, 3, 1)}, ["repeat_order"]),
        ({"until": date(2029, 6, 1)}, ["repeat_far"]),
        ({"times": 0}, ["repeat_times"]),
        ({"times": MOST + 1}, ["repeat_times"]),
        ({"ends": NINE}, ["end_before_start"]),
        ({"starts": NOON, "ends": NINE}, ["end_before_start"]),
        ({"nights": 8}, ["repeat_long"]),
        ({"nights": 40}, ["repeat_long"]),
        ({"weekdays": frozenset({1, 2}), "starts": NOON, "nights": 1, "ends": time(13)}, ["repeat_long"]),
        ({"until": TUESDAY, "weekdays": frozenset({0})}, ["repeat_none"]),
        ({"until": date(2028, 3, 2), "weekdays": frozenset({0, 1, 2})}, ["repeat_many"]),
        # All that is wrong with it at once.
        ({"every": "day", "times": None, "ends": NINE}, ["repeats", "repeat_endless", "end_before_start"]),
    ],
)
def test_what_is_no_rule(values, codes) -> None:
    assert [reason.code for reason in objections(rule(**values), XIAN, ())] == codes


def test_only_holidays_leave_nothing() -> None:
    reasons = objections(rule(until=TUESDAY), XIAN, [TUESDAY])
    assert [reason.code for reason in reasons] == ["repeat_none"]


def at(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("shown", "moved", "own", "expected"),
    [
        # Where the one shown keeps its length, each keeps its own: three hours, and one that has one hour alone.
        (("2027-03-02T09:00", "T12:00"), ("T13:00", "T16:00"), ("2027-03-09T09:00", "T12:00"), ("T13:00", "T16:00")),
        (("2027-03-02T09:00", "T12:00"), ("T13:00", "T16:00"), ("2027-03-09T09:00", "T10:00"), ("T13:00", "T14:00")),
        (("2027-03-02T09:00", "T12:00"), ("T09:00", "T12:00"), ("2027-03-09T14:00", "T15:00"), ("T14:00", "T15:00")),
        # Where it is made longer or shorter, all are as long as it is then.
        (("2027-03-02T09:00", "T12:00"), ("T09:00", "T11:00"), ("2027-03-09T09:00", "T12:00"), ("T09:00", "T11:00")),
        (("2027-03-02T09:00", "T12:00"), ("T10:00", "T11:00"), ("2027-03-09T09:00", "T10:00"), ("T10:00", "T11:00")),
        # On the day after the clocks changed, too, by the wall.
        (("2027-03-23T09:00", "T12:00"), ("T10:00", "T13:00"), ("2027-03-30T09:00", "T10:00"), ("T10:00", "T11:00")),
        # The clocks skip its start on that Sunday.
        (("2027-03-23T09:00", "T10:00"), ("T02:15", "T03:15"), ("2027-03-28T09:00", "T10:00"), None),
    ],
)  # fmt: skip
def test_the_others_move_as_the_one_shown_and_keep_their_length_with_it(shown, moved, own, expected) -> None:
    first, its_day = shown[0][:10], own[0][:10]
    before = (at(shown[0], BERLIN), at(first + shown[1], BERLIN))
    after = (at(first + moved[0], BERLIN), at(first + moved[1], BERLIN))
    span = (at(own[0], BERLIN), at(its_day + own[1], BERLIN))
    found = moved_alike(span, before, after, BERLIN)
    assert found == (expected and tuple(at(its_day + end, BERLIN) for end in expected))
    about = expected or ("T03:15", "T04:15")
    assert moved_about(span, before, after, BERLIN) == tuple(at(its_day + end, BERLIN) for end in about)
