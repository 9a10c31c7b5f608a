"""Instruments counted by who had what on them are no sum of months: what counts of a class elsewhere give away together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.people.rights import Role
from instruments.utilization import tasks
from instruments.utilization.withholding import FEWEST, classes_told, tells_n, tells_over
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_withholding import behind
from tests.world import World, bearer, sign_in

MONTHS = (1, 2, 3)
SPANS = ((1,), (2,), (3,), (1, 2), (2, 3), (1, 2, 3))
LEAVES = ("0101", "0102", "0201")


def some_of(all_of: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Every choice of at least one."""
    return list(chain.from_iterable(combinations(all_of, many) for many in range(1, len(all_of) + 1)))


# In which of the months an instrument served anybody.
PATTERNS = some_of(MONTHS)
Served = dict[tuple[str, int, int], set[int]]
"""Whom an instrument of a class served in a month: (class, instrument, month)."""
Row = list[Fraction]


def counts_told(served: Served, tells: Callable[[bool], bool]) -> Iterator[Row]:
    """All counts that are told elsewhere, of a class over a month or several, by how often each takes an instrument of a class
    and a pattern; tells: whether they are told over several months."""
    by_month: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for (code, _, month), who in served.items():
        by_month[month][code] |= who
    of_class = {month: classes_told(behind(classes)) for month, classes in by_month.items()}
    for months in SPANS:
        used = [month for month in months if month in of_class]
        for code in {each[:digits] for each in LEAVES for digits in (0, 2, 4)}:
            there = [month for month in used if any(each.startswith(code) for each in by_month[month])]
            if there and all(code in of_class[month] for month in there) and tells(len(months) > 1):
                yield [
                    Fraction(leaf.startswith(code) and bool({*pattern} & {*months}))
                    for leaf in LEAVES
                    for pattern in PATTERNS
                ]


def reduced(rows: list[Row]) -> list[tuple[int, Row]]:
    """The same as steps: where each begins with one, where all others have nothing."""
    found: list[tuple[int, Row]] = []
    for row in rows:
        for place, step in found:
            row = [value - row[place] * by for value, by in zip(row, step, strict=True)]
        first = next((place for place, value in enumerate(row) if value), None)
        if first is None:
            continue
        row = [value / row[first] for value in row]
        found = [
            (place, [value - step[first] * by for value, by in zip(step, row, strict=True)])
            for place, step in found
        ]
        found.append((first, row))
    return found


def given_away(served: Served, tells: Callable[[bool], bool]) -> list[tuple[Any, Any, set[int]]]:
    """Of which classes and patterns the number of instruments follows from what is told, though one to four persons stand
    behind these: what is told is added and taken off as often as one likes."""
    who: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    when: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for (code, number, month), persons in sorted(served.items()):
        who[code, number] |= persons
        when[code, number].append(month)
    steps, found = reduced(list(counts_told(served, tells))), []
    for codes in some_of(LEAVES):
        for patterns in some_of(tuple(PATTERNS)):
            wanted = [Fraction(leaf in codes and each in patterns) for leaf in LEAVES for each in PATTERNS]
            left = wanted
            for place, step in steps:
                if by := wanted[place]:
                    left = [value - by * each for value, each in zip(left, step, strict=True)]
            meant = [one for one, months in when.items() if one[0] in codes and tuple(months) in patterns]
            persons = {person for one in meant for person in who[one]}
            if not any(left) and 0 < len(persons) < FEWEST:
                found.append((codes, patterns, persons))
    return found


FIVE = {1, 2, 3, 4, 5}


def test_both_months_less_the_one_would_tell_of_one_person() -> None:
    """In the first month five were served on one instrument, in the second four there and the fifth on another."""
    served: Served = {("0101", 1, 1): FIVE, ("0101", 1, 2): {1, 2, 3, 4}, ("0101", 2, 2): {5}}
    assert (("0101",), ((2,), (2, 3)), {5}) in given_away(served, lambda several: True)
    assert given_away(served, lambda several: not several) == []


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from([(leaf, number) for number, leaf in enumerate(LEAVES * 2)]),
            st.sampled_from(MONTHS),
        ),
        st.one_of(st.sets(st.integers(1, 8), min_size=1, max_size=4), st.just(FIVE)),
        max_size=12,
    )
)
def test_counts_of_instruments_that_are_told_give_away_nothing_of_fewer_than_five(made) -> None:
    served = {(*one, month): who for (one, month), who in made.items()}
    assert given_away(served, lambda several: tells_over("shared_by_count", several=several)) == []


@pytest.mark.parametrize(
    ("code", "over_several", "n_over_several"),
    [
        ("shared_by_count", False, True), ("shared_by_hours", True, False), ("effective", True, True),
        ("external_per_instrument", True, True), ("no_show_rate", True, True), ("utilization", True, True),
    ],
)  # fmt: skip
def test_which_figures_are_no_sum_of_months(code: str, over_several: bool, n_over_several: bool) -> None:
    assert (tells_over(code, several=True), tells_n(code, several=True)) == (over_several, n_over_several)
    assert (tells_over(code, several=False), tells_n(code, several=False)) == (True, True)


def test_counts_elsewhere_are_told_by_single_months_alone(
    client: FlaskClient, app: Flask, world: World
) -> None:
    app.config["FROZEN_NOW"] = NOW
    home, other = world.institution(), world.institution()
    world.instrument(world.lab(home), class_code="020501")
    thing = world.instrument(world.lab(other), class_code="020501", audience="partners")
    for month in ("2026-09", "2026-10"):
        for number in range(5):
            for of, hours in ((world.institution(), "09:00-10:00"), (other, "11:00-12:00")):
                facts.use(thing, world.person(of), span(f"{month}-{number + 10}", hours))
    tasks.keep_up()
    manager = world.person(home)
    world.grant(manager, Role.INSTITUTION_MANAGER, home)
    sign_in(client, manager)
    key = bearer(world.token(manager, "usage:read"))
    for period, is_told in (("2026-10", True), ("2026-09", True), ("2026-Q4", False), ("2026", False)):
        of = f"of=institution-{home.id}&period={period}"
        board = client.get(f"/api/v1/utilization/dashboard?{of}", headers=key).json
        told, untold = board["elsewhere"], board["withheld_figures"]
        assert ("shared_by_count" in told, untold == ["shared_by_count"]) == (is_told, not is_told), period
        assert told["shared_by_hours"]["n"] == (1 if is_told else None), period
        assert told["effective"]["n"] == 1
        rows = client.get(f"/utilization/board-figures.csv?{of}").data.decode("utf-8-sig").splitlines()
        [count] = [row for row in rows if row.startswith("Sharing rate by count")]
        assert (count.split(",")[3] == "withheld") is not is_told
