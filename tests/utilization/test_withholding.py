"""Fewer than five persons are never told, by subtraction neither: a table of cases, and every subset that is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.people.rights import ALLOWED, Action
from instruments.utilization import tasks
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import FEWEST, Behind, classes_told, may_tell, told_apart
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW

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


def behind(persons: dict[str, set[int]]) -> dict[str, Behind]:
    """As it is read: who they are only where they are few, and nothing of classes that nobody used."""
    return {
        code: Behind(len(who), who if len(who) < FEWEST else set()) for code, who in persons.items() if who
    }


TREES = [
    # who used which class, which are told
    ({}, set()),
    ({"020501": {1, 2, 3, 4}}, set()),
    ({"020501": MANY}, {"", "02", "0205", "020501"}),
    # One person alone beside two classes that are told: the smaller of these is withheld with them.
    (
        {"020501": {1}, "020502": {1, 2, 3, 4, 5}, "020503": MANY},
        {"", "02", "0205", "020503"},
    ),
    # Without a class: nobody chooses these, so they are what is left of all.
    ({"": {1}, "020501": MANY}, {""}),
    # Few in one class of two digits, many in narrow ones of another.
    (
        {"010101": {1}, "020501": MANY, "030101": {1, 2, 3, 4, 5}},
        {"", "02", "0205", "020501"},
    ),
]


@pytest.mark.parametrize(("persons", "told"), TREES)
def test_which_classes_are_told_beside_each_other(persons, told) -> None:
    assert classes_told(behind(persons)) == told


CODES = st.sampled_from(
    ["", *(a + b + c for a in ("01", "02") for b in ("01", "02") for c in ("00", "01", "02"))]
)


@given(st.dictionaries(CODES, st.sets(st.integers(1, 12), max_size=7), max_size=9))
def test_no_class_less_any_told_within_it_leaves_fewer_than_five_persons(persons) -> None:
    told = classes_told(behind(persons))

    def who(codes: set[str]) -> set[int]:
        return {person for code in codes for person in persons[code]}

    for code in told:
        whole = frozenset(each for each in persons if persons[each] and each.startswith(code))
        assert len(who(set(whole))) >= FEWEST
        # All that is left by taking away told classes that share nothing, one after another.
        left, seen = [whole], {whole}
        while left:
            rest = left.pop()
            assert not rest or len(who(set(rest))) >= FEWEST, (code, rest)
            for one in told:
                taken = frozenset(each for each in persons if persons[each] and each.startswith(one))
                if (
                    one != code
                    and one.startswith(code)
                    and taken <= rest
                    and (after := rest - taken) not in seen
                ):
                    seen.add(after)
                    left.append(after)


def test_what_one_person_used_is_not_what_is_left_of_a_wider_class(app, world, statements) -> None:
    app.config["FROZEN_NOW"] = NOW
    home, other = world.institution(), world.institution()
    lab = world.lab(other)
    for code, count in (("020501", 1), ("020502", 5), ("020503", 8)):
        thing = world.instrument(lab, class_code=code)
        for number in range(count):
            facts.use(thing, world.person(other), span(f"2026-10-{number + 10}", "09:00-10:00"))
    tasks.keep_up()
    codes = ("", "02", "0205", "020501", "020502", "020503", "010101")
    month = (202610, 202610)
    statements.clear()
    told = {code for code in codes if may_tell(Selection(class_code=code, not_institution_id=home.id), month)}
    assert told == {"", "02", "0205", "020503"}
    # Once, whichever classes are asked for.
    assert len([each for each in statements if "utilization_person" in each]) == 1
    assert not any(may_tell(Selection(class_code=code, not_institution_id=other.id), month) for code in codes)


def test_whoever_sees_figures_of_a_place_has_a_right_to_the_uses_behind_them() -> None:
    assert ALLOWED[Action.UTILIZATION_SEE] <= ALLOWED[Action.USE_SEE]
