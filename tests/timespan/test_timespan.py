"""A span of time is half-open, in UTC, and its sets agree with counting minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.timespan import (
    Timespan,
    clipped,
    crowded,
    depth,
    instant,
    intersect,
    layers,
    merge,
    rows_apart,
    subtract,
)

BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 25, 9), at(10)),  # noqa: DTZ001 - the naive time is the case
        (at(9), datetime(2026, 11, 25, 10)),  # noqa: DTZ001
        (at(10), at(10)),
        (at(10), at(9)),
    ],
)
def test_a_span_refuses_naive_ends_and_an_end_that_does_not_follow(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError):
        Timespan(start, end)


def test_the_night_of_the_clock_change_has_its_true_length() -> None:
    night = Timespan(datetime(2026, 10, 24, 22, tzinfo=BERLIN), datetime(2026, 10, 25, 6, tzinfo=BERLIN))
    assert night.length == timedelta(hours=9)
    assert night.start.tzinfo is UTC


def test_spans_that_touch_share_nothing() -> None:
    morning, noon = Timespan(at(8), at(12)), Timespan(at(12), at(13))
    assert not morning.overlaps(noon)
    assert not noon.overlaps(morning)
    assert morning.clip(noon) is None
    assert morning.overlaps(Timespan(at(11, 59), at(13)))


def test_a_span_contains_its_start_and_not_its_end() -> None:
    morning = Timespan(at(8), at(12))
    assert morning.contains(at(8))
    assert not morning.contains(at(12))
    assert morning.contains(Timespan(at(8), at(12)))
    assert not morning.contains(Timespan(at(8), at(12, 1)))


def test_clip_keeps_the_shared_part() -> None:
    assert Timespan(at(8), at(12)).clip(Timespan(at(11), at(14))) == Timespan(at(11), at(12))


def test_seconds_and_back() -> None:
    span = Timespan(at(8), at(12))
    assert Timespan.from_seconds(*span.seconds) == span
    assert instant(span.seconds[0]) == at(8)


@pytest.mark.parametrize(
    ("spans", "capacity", "full"),
    [
        ([(0, 4), (4, 8)], 2, []),
        ([(0, 4), (3, 8)], 2, [(3, 4)]),
        ([(0, 4), (0, 4), (4, 8), (4, 8)], 2, [(0, 8)]),
        ([(0, 9), (1, 3), (5, 7), (2, 6)], 3, [(2, 3), (5, 6)]),
    ],
)
def test_crowded_is_where_the_capacity_is_used_up(
    spans: list[tuple[int, int]], capacity: int, full: list[tuple[int, int]]
) -> None:
    assert crowded(spans, capacity) == full


MINUTES = 60
SPANS = st.lists(st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)), max_size=8)


def counts(spans: list[tuple[int, int]]) -> list[int]:
    """How many spans lie over each minute: the slow, certain way."""
    return [sum(start <= minute < end for start, end in spans) for minute in range(MINUTES + 1)]


def covered(spans: list[tuple[int, int]]) -> list[bool]:
    return [count > 0 for count in counts(spans)]


def tidy(spans: list[tuple[int, int]]) -> bool:
    ends = [moment for span in spans for moment in span]
    return ends == sorted(set(ends))


@given(SPANS)
def test_merge_keeps_every_minute(spans: list[tuple[int, int]]) -> None:
    assert covered(merge(spans)) == covered(spans)
    assert tidy(merge(spans))


@given(SPANS, SPANS)
def test_subtract_and_intersect_agree_with_the_minutes(
    spans: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    mine, theirs = covered(spans), covered(others)
    left, shared = subtract(spans, others), intersect(spans, others)
    assert covered(left) == [a and not b for a, b in zip(mine, theirs, strict=True)]
    assert covered(shared) == [a and b for a, b in zip(mine, theirs, strict=True)]
    assert tidy(left)
    assert tidy(shared)


@given(SPANS, st.integers(1, 5))
def test_depth_and_crowded_agree_with_the_minutes(spans: list[tuple[int, int]], capacity: int) -> None:
    assert depth(spans) == max(counts(spans))
    assert covered(crowded(spans, capacity)) == [count >= capacity for count in counts(spans)]
    assert tidy(crowded(spans, capacity))


@given(SPANS, st.integers(0, MINUTES), st.integers(0, MINUTES))
def test_clipping_is_intersecting_with_one_span(spans: list[tuple[int, int]], first: int, last: int) -> None:
    assert clipped(spans, first, last) == intersect(spans, [(first, last)])


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_layers_say_at_every_moment_how_many_lie_over_one_another(spans: list[tuple[int, int]]) -> None:
    found = layers(spans)
    for moment in range(31):
        over = [level for (start, end), level in found if start <= moment < end]
        assert sum(over) == sum(start <= moment < end for start, end in spans)
        assert len(over) <= 1


@given(SPANS)
def test_rows_hold_spans_apart_and_are_no_more_than_the_depth(spans: list[tuple[int, int]]) -> None:
    ordered = sorted(span for span in spans if span[0] < span[1])
    rows = rows_apart(ordered)
    for one, row in zip(ordered, rows, strict=True):
        others = [other for other, at in zip(ordered, rows, strict=True) if at == row]
        assert sum(start < one[1] and one[0] < end for start, end in others) == 1
    assert max(rows, default=-1) + 1 == depth(ordered)
