"""Reports settle into the time that counts: a table of examples, and what holds whatever is reported."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.timespan import Pair, merge, subtract
from instruments.usage.kinds import EFFECTIVE, GRADES, LAYERS, USED
from instruments.usage.rules import UsageRules, doubts
from instruments.usage.settling import (
    Correction,
    Report,
    last_minutes,
    portions,
    settle,
)

H = 3600


def at(hour: float) -> int:
    return int(hour * H)


def seen(layer: str, start: float, end: float, grade: str = "sensor", correction: int = 0) -> Report:
    return Report(layer, at(start), at(end), grade, correction)


def hours(spans: list[Pair]) -> list[tuple[float, float]]:
    return [(start / H, end / H) for start, end in spans]


CASES = [
    ("two that overlap count once", [seen("attended", 9, 11), seen("attended", 10, 12)], [], [(9, 12)]),
    ("the same twice", [seen("attended", 9, 10)] * 2, [], [(9, 10)]),
    ("a gap stays", [seen("attended", 9, 10), seen("measurement", 11, 12)], [], [(9, 10), (11, 12)]),
    ("assumed gives way", [seen("attended", 9, 11, "assumed"), seen("measurement", 9, 10)], [], [(9, 10)]),
    ("assumed alone counts", [seen("attended", 9, 11, "assumed")], [], [(9, 11)]),
    (
        "a correction stands against all that was reported",
        [seen("attended", 9, 12), seen("measurement", 9, 12), seen("attended", 9, 10, "typed", 1)],
        [Correction(1, "attended")],
        [(9, 10)],
    ),
    (
        "the last correction counts",
        [seen("attended", 9, 10, "typed", 1), seen("attended", 9, 11, "typed", 2)],
        [Correction(2, "attended"), Correction(1, "attended")],
        [(9, 11)],
    ),
    ("corrected to nothing", [seen("attended", 9, 12)], [Correction(1, "attended")], []),
]


@pytest.mark.parametrize(("case", "reports", "corrections", "used"), CASES, ids=[case[0] for case in CASES])
def test_what_counts(
    case: str, reports: list[Report], corrections: list[Correction], used: list[Pair]
) -> None:
    assert hours(settle(reports, corrections).used) == used


def test_what_is_effective_and_what_the_lab_owes() -> None:
    found = settle(
        [
            seen("attended", 9, 12, "scan"),
            seen("measurement", 9.5, 11),
            seen("idle", 10, 10.25),
            seen("fault", 10.5, 10.75),
            seen("debugging", 11, 11.5),
            seen("down", 11.75, 13),
        ]
    )
    assert hours(found.effective) == [(9.5, 10), (10.25, 10.5), (10.75, 11)]
    assert hours(found.not_charged) == [(10.5, 10.75), (11, 11.5), (11.75, 12)]
    assert found.mix == {"sensor": at(2), "scan": at(1)}


def test_attended_is_effective_where_nothing_finer_is_known() -> None:
    assert hours(settle([seen("attended", 16, 20)]).effective) == [(16, 20)]


reports = st.lists(
    st.builds(
        lambda layer, start, length, grade, correction: Report(
            layer, start, start + length, grade, correction
        ),
        st.sampled_from(LAYERS),
        st.integers(0, 500),
        st.integers(1, 200),
        st.sampled_from(GRADES),
        st.integers(0, 2),
    ),
    max_size=12,
)
corrections = st.lists(st.builds(Correction, st.integers(1, 2), st.sampled_from(LAYERS)), max_size=3)


@given(reports, corrections, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_repeating_changes_nothing(
    given_reports, given_corrections, chance
) -> None:
    found = settle(given_reports, given_corrections)
    again = [*given_reports, *given_reports]
    chance.shuffle(again)
    assert settle(again, reversed(given_corrections)) == found


@given(reports, corrections)
def test_without_grades_the_same_time_counts(given_reports, given_corrections) -> None:
    found = settle(given_reports, given_corrections, with_grades=False)
    assert found.layers == settle(given_reports, given_corrections).layers
    assert found.graded == ()


@given(reports, corrections)
def test_settled_time_never_counts_twice(given_reports, given_corrections) -> None:
    found = settle(given_reports, given_corrections)
    for spans in (*found.layers.values(), found.used, found.effective, found.not_charged):
        assert list(spans) == merge(spans)
    assert subtract(found.effective, found.used) == []
    assert subtract(found.not_charged, found.used) == []
    assert sum(found.mix.values()) == found.seconds
    assert merge(span for span, _ in found.graded) == found.used
    assert all(a[0][1] <= b[0][0] for a, b in pairwise(found.graded))


@given(reports)
def test_more_evidence_never_takes_hours_away_but_from_what_was_assumed(given_reports) -> None:
    witnessed = [each for each in given_reports if each.grade != "assumed" and not each.correction]
    more = Report("attended", 100, 300, "sensor")
    assert subtract(settle(witnessed).used, settle([*witnessed, more]).used) == []
    assert set(EFFECTIVE) < set(USED)


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.integers(1, 100)).map(lambda p: (p[0], p[0] + p[1])), max_size=5
    ),
    st.lists(st.integers(0, 50), min_size=1, max_size=5),
)
def test_portions_add_up_to_the_second(spans, weights) -> None:
    parts = portions(spans, weights)
    assert merge(span for part in parts for span in part) == merge(spans)
    whole = sum(end - start for start, end in merge(spans))
    assert sum(end - start for part in parts for start, end in part) == whole
    for part, weight in list(zip(parts, weights, strict=True))[1:]:
        total = sum(weights) or len(weights)
        assert sum(end - start for start, end in part) == whole * (weight if any(weights) else 1) // total


def test_a_run_is_divided_by_samples() -> None:
    parts = portions([(at(9), at(12))], [4, 2])
    assert [hours(part) for part in parts] == [[(9, 11)], [(11, 12)]]


def test_fault_minutes_come_off_the_end() -> None:
    assert hours(last_minutes([(at(9), at(10)), (at(11), at(11.5))], 45)) == [(9.75, 10), (11, 11.5)]
    assert last_minutes([(0, 60)], 10) == [(0, 60)]


def test_when_a_session_is_forgotten() -> None:
    rules = UsageRules(end_after_minutes=30, longest_minutes=600)
    assert rules.forgotten_at(at(9), at(11)) == at(11.5)
    assert rules.forgotten_at(at(9), at(23)) == at(19)
    assert rules.forgotten_at(at(9), None) == at(19)


def test_what_speaks_against_a_use() -> None:
    assert doubts(settle([seen("attended", 0, 24)]), None) == ["day_long"]
    assert doubts(settle([seen("attended", 0, 23)]), (at(9), at(10))) == []
    assert doubts(settle([seen("attended", 40, 41)]), (at(9), at(10))) == ["outside"]
