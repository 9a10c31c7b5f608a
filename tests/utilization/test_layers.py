"""Properties of the layers: they agree with the slow reference, add up over periods, and lie in one another."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.timespan import Pair, merge, subtract
from instruments.utilization.apart import layers_apart
from instruments.utilization.counting import counts_of
from instruments.utilization.layer_sums import Layers, Length
from instruments.utilization.layers import layers_of, swept
from instruments.utilization.records import Outage, Record, Reserved, Session, Share, Whom
from instruments.utilization.weekly import cells
from tests.utilization.slow import NAMES, minute_by_minute, whose_minutes

START, MINUTES = 1_798_761_600, 240
SHANGHAI = ZoneInfo("Asia/Shanghai")
PERIOD = (START, START + MINUTES * 60)


@st.composite
def spans(draw: st.DrawFn, most: int = 90) -> Pair:
    first = draw(st.integers(-60, MINUTES + 30))
    return START + first * 60, START + (first + draw(st.integers(1, most))) * 60


@st.composite
def sessions(draw: st.DrawFn, number: int) -> Session:
    attended = merge(draw(st.lists(spans(), min_size=1, max_size=3)))
    cut = draw(st.lists(spans(30), max_size=2))
    half = len(attended) // 2
    shares = [attended[:half], attended[half:]] if half and draw(st.booleans()) else [attended]
    made = tuple(
        Share(place + 1, 0, bool(draw(st.booleans())), tuple(_without(each, cut)), attended=tuple(each))
        for place, each in enumerate(shares)
    )
    by = draw(st.sampled_from([None, (1, 0), (3, 7)]))
    return Session(number, attended[0][0], tuple(attended), made, reserved_by=by)


def _without(some: list[Pair], holes: list[Pair]) -> list[Pair]:
    return subtract(some, holes)


@st.composite
def records(draw: st.DrawFn) -> Record:
    capacity = draw(st.integers(1, 4))
    outages, closed = (
        [Outage(*span, draw(st.sampled_from([None, 1, 2]))) for span in draw(st.lists(spans(40), max_size=3))]
        for _ in range(2)
    )
    reserved = [
        Reserved(*span, live=draw(st.booleans()), customer=draw(st.integers(1, 3)), group=draw(st.sampled_from([0, 7])))
        for span in draw(st.lists(spans(), max_size=5))
    ]  # fmt: skip
    first = draw(st.sampled_from([0, START + 1800]))
    last = draw(st.sampled_from([START + 10**7, START + 10_800]))
    return Record(
        capacity,
        (first, last),
        merge(draw(st.lists(spans(), max_size=3))),
        closed,
        outages,
        reserved,
        [draw(sessions(number)) for number in range(draw(st.integers(0, 5)))],
    )


@given(records())
@settings(max_examples=150)
def test_the_sweep_agrees_with_the_reference_of_minutes(record: Record) -> None:
    found = layers_of(record, PERIOD)
    sums, parts = minute_by_minute(record, PERIOD)
    assert {name: getattr(found, name) for name in NAMES} == sums
    assert {key: part for key, part in found.parts.items() if part} == dict(parts)
    assert times_by_whom(found) == whose_minutes(record, PERIOD)


def times_by_whom(found: Layers) -> dict[Whom, list[Length]]:
    times = {whom: [each.reserved, each.attended, each.unused] for whom, each in found.whose.items()}
    return {whom: each for whom, each in times.items() if any(each)}


@given(records())
def test_customers_come_to_what_the_instrument_has(record: Record) -> None:
    found = layers_of(record, PERIOD)
    for name in ("reserved", "attended", "unused"):
        assert sum(getattr(each, name) for each in found.whose.values()) == getattr(found, name), name
        assert min((getattr(each, name) for each in found.whose.values()), default=0) >= 0
    assert all(each.unused <= each.reserved for each in found.whose.values())


@given(records(), st.integers(0, MINUTES))
def test_the_parts_of_a_period_add_up_to_it(record: Record, cut: int) -> None:
    middle = START + cut * 60
    whole, first, second = (
        layers_of(record, each) for each in (PERIOD, (START, middle), (middle, PERIOD[1]))
    )
    for name in NAMES:
        assert getattr(whole, name) == getattr(first, name) + getattr(second, name), name
    for key, part in whole.parts.items():
        assert part == first.parts.get(key, 0) + second.parts.get(key, 0)
    counted = [counts_of(record, each) for each in (PERIOD, (START, middle), (middle, PERIOD[1]))]
    assert counted[0].uses == counted[1].uses + counted[2].uses
    assert counted[0].reservations == counted[1].reservations + counted[2].reservations


@given(records())
def test_each_layer_lies_in_the_one_around_it_and_no_share_exceeds_it(record: Record) -> None:
    found = layers_of(record, PERIOD)
    assert found.calendar >= found.open >= found.bookable >= found.inside >= 0
    assert found.open == found.bookable + found.down
    assert found.effective >= found.owned >= found.inside
    assert found.unused <= min(found.reserved, found.bookable)
    assert found.clock <= min(found.effective, PERIOD[1] - PERIOD[0])
    assert found.effective == sum(found.parts.values(), Fraction())
    assert found.clock == sum(found.clock_parts.values(), Fraction())


@given(records())
def test_merging_two_sessions_never_adds_hours(record: Record) -> None:
    if len(record.sessions) < 2:
        return
    one, two, *rest = record.sessions
    spans = merge(each for session in (one, two) for share in session.shares for each in share.effective)
    attended = merge([*one.attended, *two.attended])
    merged = Session(99, one.started, tuple(attended), (Share(1, 0, False, tuple(spans)),))
    together = Record(
        record.capacity,
        record.in_service,
        record.open,
        record.closed,
        record.outages,
        record.reserved,
        [merged, *rest],
    )
    apart, joined = layers_of(record, PERIOD), layers_of(together, PERIOD)
    assert joined.effective <= apart.effective
    assert joined.inside <= apart.inside
    assert joined.clock == apart.clock


@st.composite
def apart(draw: st.DrawFn) -> Record:
    """Nothing is shut, and nothing lies over anything of its kind; sessions and reservations over each other as they like."""
    open_, held, worked = (_one_after_another(draw) for _ in range(3))
    made = [
        Session(number, span[0], (span,), (Share(1 + number % 2, 0, number % 2 > 0, (span,)),))
        for number, span in enumerate(worked)
    ]
    first = draw(st.sampled_from([0, START + 1800]))
    last = draw(st.sampled_from([START + 10**7, START + 10_800]))
    reserved = [Reserved(*span, live=draw(st.booleans()), customer=draw(st.integers(1, 2))) for span in held]
    return Record(draw(st.integers(1, 3)), (first, last), open_, reserved=reserved, sessions=made)


def _one_after_another(draw: st.DrawFn) -> list[Pair]:
    """Spans with gaps of any length between them, some of none, from before the period to after it."""
    found, moment = [], START - 3600
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 90)), max_size=6)):
        found.append((moment + gap * 60, moment + (gap + length) * 60))
        moment = found[-1][1]
    return found


@given(apart())
@settings(max_examples=150)
def test_what_nothing_lies_over_is_added_up_without_a_sweep(record: Record) -> None:
    service = (max(PERIOD[0], record.in_service[0]), min(PERIOD[1], record.in_service[1]))
    short, swept_over = layers_apart(record, PERIOD, service), swept(record, PERIOD, service)
    assert short is not None
    sums, parts = minute_by_minute(record, PERIOD)
    assert {name: getattr(short, name) for name in NAMES} == sums
    for found in (short, swept_over):
        assert {key: part for key, part in found.parts.items() if part} == dict(parts)
        assert times_by_whom(found) == whose_minutes(record, PERIOD)
    assert short.clock_parts == swept_over.clock_parts
    assert cells(short.used, SHANGHAI) == cells(swept_over.used, SHANGHAI)
