"""Fewer than five persons are never told, by subtraction neither: a table of cases, and every subset that is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.people.rights import ALLOWED, Action
from instruments.utilization.withholding import FEWEST, told_apart

MANY = set(range(100, 110))

CASES = [
    # who used which instrument, which are told
    ({1: MANY, 2: MANY}, {1, 2}),
    ({1: MANY, 2: set()}, {1, 2}),
    ({1: MANY, 2: {1}}, set()),
    ({1: MANY, 2: {1, 2, 3, 4, 5}, 3: {1}}, {1}),
    ({1: MANY, 2: {1, 2, 3}, 3: {4, 5}}, {1}),
    ({1: MANY, 2: {1, 2}, 3: {1, 2}}, set()),
    ({1: {1, 2, 3, 4}}, set()),
    ({}, set()),
]


@pytest.mark.parametrize(("persons", "told"), CASES)
def test_what_is_told(persons, told) -> None:
    assert told_apart(persons) == told


@given(st.dictionaries(st.integers(1, 6), st.sets(st.integers(1, 12), max_size=8)))
def test_what_is_left_of_the_sum_has_five_persons_or_none(persons) -> None:
    told = told_apart(persons)
    assert all(len(persons[number]) >= FEWEST or not persons[number] for number in told)
    rest = {person for number, who in persons.items() if number not in told for person in who}
    anything_told = any(persons[number] for number in told)
    assert not rest or len(rest) >= FEWEST or not anything_told


def test_whoever_sees_figures_of_a_place_has_a_right_to_the_uses_behind_them() -> None:
    assert ALLOWED[Action.UTILIZATION_SEE] <= ALLOWED[Action.USE_SEE]
