"""Some of several places closed: what is left is the capacity less those, and who has one has it by turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.reservations.places import as_places, cut_by_closing, too_full, without_place
from instruments.reservations.sweep import blocked
from instruments.timespan import Pair, depth, intersect, layers

DAY = (8, 18)


@pytest.mark.parametrize(
    ("held", "closed", "capacity", "out"),
    [
        # nobody in the way: six booked, two of eight closed
        ([(number, *DAY) for number in range(6)], [(*DAY, 2)], 8, set()),
        # seven booked: who booked last has no place
        ([(number, *DAY) for number in range(7)], [(*DAY, 2)], 8, {6}),
        # two closures add up
        ([(number, *DAY) for number in range(6)], [(*DAY, 2), (12, 13, 1)], 8, {5}),
        # one after the other they share a place, whatever their number
        ([(1, 8, 10), (2, 10, 12), (3, 12, 14), (4, 8, 14)], [(8, 14, 1)], 3, set()),
        # who began keeps the place, though it was booked later
        ([(1, 12, 14), (2, 9, 14)], [(8, 18, 1)], 2, {1}),
        # what the closure does not touch is no matter
        ([(1, 8, 10), (2, 8, 10)], [(10, 12, 1)], 2, set()),
        # the capacity was lowered to what is closed: nobody has a place
        ([(1, 8, 12), (2, 9, 12)], [(8, 18, 3)], 2, {1, 2}),
        ([], [(8, 18, 3)], 2, set()),
    ],
)
def test_who_has_no_place(
    held: list[tuple[int, int, int]], closed: list[tuple[int, int, int]], capacity: int, out: set[int]
) -> None:
    assert without_place(held, as_places(closed), capacity, 10) == out


@pytest.mark.parametrize(
    ("span", "free"),
    [
        ((9, 10), True),  # ends where the place closes: no buffer there
        ((9, 11), False),
        ((11, 12), False),
        ((14, 15), True),  # begins where it opens again
        ((12, 13), False),
    ],
)
def test_no_buffer_stands_between_a_closed_place_and_a_reservation(span: Pair, free: bool) -> None:
    """Two places, one closed from 10 to 14, the other booked from 5 to 20."""
    walls = blocked([(5, 20)], 2, 2, [(10, 14)])
    assert (not intersect(walls, [span])) == free


def test_a_closure_shorter_than_the_buffer_still_closes() -> None:
    assert intersect(blocked([(5, 20)], 2, 4, [(10, 11)]), [(10, 11)]) == [(10, 11)]


def test_the_parts_of_a_time_say_how_many_places_are_closed() -> None:
    places = as_places([(10, 14, 2), (12, 13, 1)])
    assert cut_by_closing([(9, 15)], places) == [
        ((9, 10), 0), ((10, 12), 2), ((12, 13), 3), ((13, 14), 2), ((14, 15), 0),
    ]  # fmt: skip
    assert cut_by_closing([(9, 15)], []) == [((9, 15), 0)]


SPANS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda span: (span[0], span[0] + span[1]))
CLOSED = st.lists(st.tuples(SPANS, st.integers(1, 4)).map(lambda one: (*one[0], one[1])), max_size=4)


@given(st.lists(SPANS, max_size=25), CLOSED, st.integers(2, 6), st.integers(0, 5))
def test_whoever_is_let_in_never_more_than_the_capacity_less_what_is_closed(
    wishes: list[Pair], closed: list[tuple[int, int, int]], capacity: int, buffer: int
) -> None:
    places, held = as_places(closed), []
    for wish in wishes:
        if not intersect(blocked(sorted(held), capacity, buffer, places), [wish]):
            held.append(wish)
    for span, level in layers([*held, *places]):
        assert level <= capacity or not intersect(held, [span])


@given(st.lists(SPANS, max_size=12), CLOSED, st.integers(2, 6), st.integers(0, 45))
def test_who_stays_fits_and_nobody_goes_without_need(
    spans: list[Pair], closed: list[tuple[int, int, int]], capacity: int, now: int
) -> None:
    held = [(number, start, max(end, now + 1)) for number, (start, end) in enumerate(spans)]
    places = as_places(closed)
    out = without_place(held, places, capacity, now)
    stay = [(max(start, now), end) for number, start, end in held if number not in out]
    # What was booked beyond the capacity, without any closure, is not this rule's to judge.
    if depth([(start, end) for _, start, end in held]) > capacity:
        return
    later = [(max(start, now), end) for start, end in places if end > now]
    assert not intersect(too_full(stay, later, capacity), stay)
    for number, start, end in held:
        if number in out:
            assert too_full([*stay, (max(start, now), end)], later, capacity)
