"""Windows partition time as counting minute by minute on the wall clock does, across clock changes, too."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from instruments.rates.card import DAY_TYPES, Window
from instruments.rates.windows import Part, Wall, first_of, parts_of, rounded_up, seconds_of, together

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
# The nights in which the clocks of both change, in autumn and spring, and the days around them.
CHANGES = [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
           datetime(2026, 10, 3, tzinfo=UTC)]  # fmt: skip

WINDOW = st.builds(
    Window,
    st.sampled_from(["night", "peak", "early"]),
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.sampled_from([Decimal(50), Decimal(150)]),
    st.frozensets(st.sampled_from(DAY_TYPES)),
).filter(lambda window: window.since != window.until)
WINDOWS = st.lists(WINDOW, max_size=3)
ZONES = st.sampled_from([BERLIN, LORD_HOWE])


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """Whole minutes about a clock change."""
    start = draw(st.sampled_from(CHANGES)) + timedelta(minutes=draw(st.integers(0, 2 * 1440)))
    first = int(start.timestamp())
    return first, first + 60 * draw(st.integers(1, 30 * 60))


def minute_by_minute(span: tuple[int, int], windows: list[Window], wall: Wall) -> Counter:
    found: Counter = Counter()
    for moment in range(*span, 60):
        read = datetime.fromtimestamp(moment, wall.zone)
        day_type = wall.day_type(read.date())
        window = next((each for each in windows if each.covers(day_type, read.hour * 60 + read.minute)), None)
        found[window] += 60
    return found


def by_window(parts: list[Part]) -> Counter:
    found: Counter = Counter()
    for part in parts:
        found[part.window] += part.seconds
    return found


@given(spans(), WINDOWS, ZONES)
@example((1774742400, 1774764000), [Window("begins while the clock jumps", 150, 200, Decimal(50))], BERLIN)
@example((1792879200, 1792900800), [Window("comes twice", 150, 170, Decimal(50))], BERLIN)
def test_windows_partition_the_minutes(span: tuple[int, int], windows: list[Window], zone: ZoneInfo) -> None:
    wall = Wall(zone, {})
    parts = parts_of([span], windows, wall)
    assert by_window(parts) == minute_by_minute(span, windows, wall)
    assert seconds_of(parts) == span[1] - span[0]


@given(spans(), WINDOWS, ZONES, st.data())
def test_where_time_is_split_makes_no_difference(
    span: tuple[int, int], windows: list[Window], zone: ZoneInfo, data: st.DataObject
) -> None:
    wall = Wall(zone, {})
    start, end = span
    middle = start + 60 * data.draw(st.integers(0, (end - start) // 60))
    apart = parts_of([(start, middle)], windows, wall) + parts_of([(middle, end)], windows, wall)
    assert by_window(apart) == by_window(parts_of([span], windows, wall))


PARTS = st.lists(
    st.builds(Part, st.integers(1, 10_000), st.sampled_from([None, Window("a", 0, 60, Decimal(50))]), st.booleans()),
    max_size=5,
)  # fmt: skip


@given(PARTS, st.sampled_from([1, 5, 15, 30, 60]))
def test_rounding_up_is_once_and_at_the_end(parts: list[Part], step: int) -> None:
    whole = rounded_up(parts, step)
    assert seconds_of(whole) % (step * 60) == 0
    assert 0 <= seconds_of(whole) - seconds_of(parts) < step * 60
    assert whole[:-1] == parts[:-1]


@given(PARTS, st.integers(0, 50_000))
def test_so_much_from_the_beginning(parts: list[Part], seconds: int) -> None:
    assert seconds_of(first_of(parts, seconds)) == (seconds if parts else 0)


@given(PARTS)
def test_together_loses_nothing(parts: list[Part]) -> None:
    assert seconds_of(together(parts)) == seconds_of(parts)
    assert len({(part.window, part.overran) for part in together(parts)}) == len(together(parts))
