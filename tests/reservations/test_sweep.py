"""Free gaps: examples from the lab, and agreement with trying every start."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.reservations.grid import Grid
from instruments.reservations.sweep import blocked, first_gap, gaps
from instruments.timespan import Pair, depth, intersect, subtract

H = 3600
DAYS = [(8 * H, 18 * H), (32 * H, 42 * H)]
LATE = 10**9


@pytest.mark.parametrize(
    ("busy", "length", "since", "gap"),
    [
        ([], 2 * H, 0, (8 * H, 18 * H)),
        ([], 2 * H, 9 * H + 60, (9 * H + 900, 18 * H)),
        ([], 2 * H, 16 * H + 1, (32 * H, 42 * H)),
        ([(8 * H, 10 * H)], 2 * H, 0, (10 * H, 18 * H)),
        ([(9 * H, 10 * H)], H, 0, (8 * H, 9 * H)),
        ([(9 * H, 10 * H)], 2 * H, 0, (10 * H, 18 * H)),
        ([(8 * H, 17 * H), (9 * H, 10 * H), (9 * H, 40 * H)], 2 * H, 0, (40 * H, 42 * H)),
        ([(8 * H, 18 * H), (32 * H, 41 * H)], 2 * H, 0, None),
        ([(8 * H, 8 * H + 60)], H, 0, (8 * H + 900, 18 * H)),
        ([], 11 * H, 0, None),
    ],
)
def test_the_first_gap(busy: list[Pair], length: int, since: int, gap: Pair | None) -> None:
    assert first_gap(DAYS, busy, length, since, LATE, 900, 0) == gap


def test_a_gap_starts_no_later_than_the_horizon_allows() -> None:
    assert first_gap(DAYS, [], H, 0, 8 * H, 900, 0) == (8 * H, 18 * H)
    assert first_gap(DAYS, [], H, 0, 8 * H - 1, 900, 0) is None


def test_the_buffer_stands_between_reservations_and_not_at_opening_edges() -> None:
    busy = blocked([(12 * H, 13 * H)], 1, 1800)
    assert gaps(DAYS[:1], busy, H, 0, LATE, Grid(UTC, 15)) == [
        (8 * H, 11 * H + 1800),
        (13 * H + 1800, 18 * H),
    ]


@pytest.mark.parametrize(
    ("minutes", "moment", "down", "up"),
    [
        (60, "2026-11-25T00:10Z", "2026-11-25T00:00Z", "2026-11-25T01:00Z"),
        (15, "2026-11-25T00:15:01Z", "2026-11-25T00:15Z", "2026-11-25T00:30Z"),
        (15, "2026-11-25T00:15Z", "2026-11-25T00:15Z", "2026-11-25T00:15Z"),
        # 50-minute steps begin again at midnight in Berlin (23:00Z), after a last step of 23:20-24:00
        (50, "2026-11-25T22:55Z", "2026-11-25T22:20Z", "2026-11-25T23:00Z"),
        # 4-hour steps by the wall: the spring night's 00:00-04:00 lasts three hours
        (240, "2026-03-29T01:30Z", "2026-03-28T23:00Z", "2026-03-29T02:00Z"),
        (240, "2026-10-25T01:30Z", "2026-10-24T22:00Z", "2026-10-25T03:00Z"),
    ],
)
def test_the_grid_counts_from_local_midnight_by_the_wall_clock(
    minutes: int, moment: str, down: str, up: str
) -> None:
    grid = Grid(ZoneInfo("Europe/Berlin"), minutes)
    second = int(datetime.fromisoformat(moment).timestamp())
    assert datetime.fromtimestamp(grid.down(second), UTC) == datetime.fromisoformat(down)
    assert datetime.fromtimestamp(grid.up(second), UTC) == datetime.fromisoformat(up)


@pytest.mark.parametrize(
    ("zone", "minutes", "steady"),
    [
        ("Asia/Shanghai", 60, True),
        ("Asia/Kathmandu", 60, True),
        ("Europe/Berlin", 60, True),
        ("Europe/Berlin", 240, False),
        ("Australia/Lord_Howe", 60, False),
        ("Asia/Shanghai", 50, False),
    ],
)
def test_a_phase_is_given_when_it_holds_over_the_whole_range(zone: str, minutes: int, steady: bool) -> None:
    first = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
    grid = Grid(ZoneInfo(zone), minutes)
    phase = grid.phase(first, first + 90 * 24 * H)
    assert (phase is not None) == steady
    if phase is not None:
        for moment in range(first, first + 90 * 24 * H, 15 * 60):
            assert grid.fits(moment) == ((moment + phase) % grid.step == 0)


MOMENTS = st.integers(0, 120)
SPANS = st.lists(st.tuples(MOMENTS, st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1])), max_size=7)


def disjoint(spans: list[Pair]) -> list[Pair]:
    kept: list[Pair] = []
    for start, end in sorted(spans):
        if not kept or start > kept[-1][1]:
            kept.append((start, end))
    return kept


@settings(max_examples=400)
@given(
    SPANS.map(disjoint), SPANS.map(sorted), st.integers(1, 12), MOMENTS, st.integers(60, 140),
    st.integers(1, 3), st.sampled_from([0, 1, 3]), st.sampled_from([1, 2, 5]), st.integers(0, 4),
)  # fmt: skip
def test_the_first_gap_is_the_first_start_that_breaks_no_rule(
    opened: list[Pair], held: list[Pair], length: int, since: int, latest: int,
    capacity: int, buffer: int, step: int, phase: int,
) -> None:  # fmt: skip
    def bookable(start: int) -> bool:
        mine = (start, start + length + buffer)
        rest = [(a, b + buffer) for a, b in held]
        met = [(max(a, mine[0]), min(b, mine[1])) for a, b in rest if a < mine[1] and b > mine[0]]
        inside = any(a <= start and start + length <= b for a, b in opened)
        return inside and depth(met) < capacity

    starts = [t for t in range(since, latest + 1) if (t + phase) % step == 0 and bookable(t)]
    gap = first_gap(opened, blocked(held, capacity, buffer), length, since, latest, step, phase)
    assert (gap[0] if gap else None) == (starts[0] if starts else None)
    if gap:
        assert gap[1] >= gap[0] + length


@given(SPANS.map(disjoint), SPANS.map(sorted), st.integers(1, 6), st.integers(0, 90))
def test_all_gaps_begin_with_the_first(opened: list[Pair], busy: list[Pair], length: int, since: int) -> None:
    minutes = [(a * 60, b * 60) for a, b in opened]
    taken = [(a * 60, b * 60) for a, b in busy]
    found = gaps(minutes, taken, length * 60, since * 60, LATE, Grid(UTC, 1))
    first = first_gap(minutes, taken, length * 60, since * 60, LATE, 60, 0)
    assert (found[0] if found else None) == first
    assert all(end - start >= length * 60 for start, end in found)


@given(SPANS.map(disjoint), SPANS.map(sorted), st.integers(0, 90))
def test_all_gaps_together_are_what_is_left(opened: list[Pair], busy: list[Pair], since: int) -> None:
    minutes = [(a * 60, b * 60) for a, b in opened]
    taken = [(a * 60, b * 60) for a, b in busy]
    found = gaps(minutes, taken, 60, since * 60, LATE, Grid(UTC, 1))
    assert found == subtract(intersect(minutes, [(since * 60, LATE)]), taken)
