"""Fewer than five persons are never told, by subtraction neither: a table of cases, and every subset that is told."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.people.rights import ALLOWED, Action, Role
from instruments.utilization import tasks
from instruments.utilization.elsewhere import may_tell
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import FEWEST, Behind, Known, classes_told, told_beside
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

MANY = set(range(100, 110))

# Who used which instrument of a class in which month, which are told: letters are months.
CASES = [
    ({}, set()),
    ({1: {"a": {1, 2, 3, 4}}}, set()),
    # Nobody used it.
    ({1: {}, 2: {"a": {1}}}, {1}),
    # Alone in its class, and with five persons in every month: what is left of the class is told of these months anyway.
    ({1: {"a": MANY, "b": MANY}}, {1}),
    # With one person in a month, of which the class is not told: the year less the other month.
    ({1: {"a": MANY, "b": {100}}}, set()),
    # One person beside it, in the class.
    ({1: {"a": MANY}, 2: {"a": {1}}}, set()),
    ({1: {"a": MANY}, 2: {"a": {1, 2, 3, 4, 5}}}, {1, 2}),
    ({1: {"a": MANY}, 2: {"a": {1, 2, 3, 4, 5}}, 3: {"a": {1}}}, {1}),
    ({1: {"a": MANY}, 2: {"a": {1, 2, 3}}, 3: {"a": {4, 5}}}, {1}),
    ({1: {"a": MANY}, 2: {"a": {1, 2}}, 3: {"a": {1, 2}}}, set()),
    # Five over the year, of the rest in one month one alone.
    ({1: {"a": MANY, "b": MANY}, 2: {"a": {1, 2, 3, 4}, "b": {5}}}, set()),
    # Another year's half: each has five persons, and one of them one alone in a month in which the other was not used.
    ({1: {"a": MANY}, 2: {"a": {1}, "b": MANY}}, set()),
    # Of whom nobody knows who it was is no person, and leaves something.
    ({1: {"a": MANY}, 2: {"a": {0}}}, set()),
    ({1: {"a": {0, 1, 2, 3, 4}}}, set()),
]


@pytest.mark.parametrize(("used", "told"), CASES)
def test_which_instruments_are_told_beside_their_class(used, told) -> None:
    assert told_beside(used, "ab") == told


def test_an_instrument_alone_in_a_class_that_is_not_told_is_not_told_either() -> None:
    """Where a wider class is, it would leave what is withheld beside it."""
    used = {1: {"a": MANY, "b": MANY}}
    assert (told_beside(used, "a"), told_beside(used, "")) == (set(), set())


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


Cells = dict[tuple[str, int, int], set[int]]
"""Who used an instrument of a class in a month: (class, instrument, month)."""


def figures_of(cells: Cells) -> list[dict[tuple[str, int, int], int]]:
    """All that one is told elsewhere: by dashboards each class that is told in a month, by reviews each instrument over all
    months. Finer than what there is, which are sums of these."""
    found = []
    by_month: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    by_class: defaultdict[str, defaultdict[int, dict[int, set[int]]]] = defaultdict(lambda: defaultdict(dict))
    for (code, number, month), who in cells.items():
        by_month[month][code] |= who
        by_class[code][number][month] = who
    of_class = {month: classes_told(behind(classes)) for month, classes in by_month.items()}
    for month, classes in of_class.items():
        for told in classes:
            found.append({cell: 1 for cell in cells if cell[2] == month and cell[0].startswith(told)})
    for code, used in by_class.items():
        for number in told_beside(used, {month for month, classes in of_class.items() if code in classes}):
            found.append({cell: 1 for cell in cells if cell[:2] == (code, number)})
    return found


def rank(rows: list[list[int]]) -> int:
    """How many of these say something that the others do not."""
    left, found = [[Fraction(value) for value in row] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in left[found:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        for row in left[found + 1 :]:
            if factor := row[column] / pivot[column]:
                row[:] = [value - factor * by for value, by in zip(row, pivot, strict=True)]
        found += 1
    return found


PLACES = (("0101", 1), ("0101", 2), ("0101", 3), ("0102", 4), ("0102", 5), ("0201", 6))
WORLDS = st.dictionaries(
    st.sampled_from([(code, number, month) for code, number in PLACES for month in (1, 2, 3)]),
    st.one_of(st.sets(st.integers(1, 8), min_size=1, max_size=3), st.sets(st.integers(1, 8), min_size=5)),
    max_size=18,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(WORLDS)
def test_dashboards_and_reviews_together_determine_nothing_of_fewer_than_five(cells) -> None:
    """By brute force: of every four persons, whether any sum of what is told, each taken as often as one likes, added or taken
    off, is of hours of these four alone. Even where one knows which instruments nobody used in a month."""
    told = figures_of(cells)
    names = sorted(cells)
    rows = [[figure.get(cell, 0) for cell in names] for figure in told]
    whole = rank(rows)
    for four in combinations(range(1, 9), FEWEST - 1):
        others = [place for place, cell in enumerate(names) if cells[cell] - set(four)]
        assert rank([[row[place] for place in others] for row in rows]) == whole, four


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
    # Once for all of them together, and once for the others, whichever are asked for.
    assert len([each for each in statements if "utilization_person" in each]) == 2
    assert not any(may_tell(Selection(class_code=code, not_institution_id=other.id), month) for code in codes)


# Attacks: who used what at institutions B and C in October, which of them the manager of A sees by other roles, and what of the
# class elsewhere is told beside. What is told less what is known never leaves one to four persons.
SUBTRACTIONS = [
    # B many, C one: told to who knows neither, since it is one figure; not to who could take B off, nor to who knows B's lab
    ({"B": 8, "C": 1}, {}, True),
    ({"B": 8, "C": 1}, {"institutions": "B"}, False),
    ({"B": 8, "C": 1}, {"labs": "B"}, False),
    # Nothing is left, or five are.
    ({"B": 8, "C": 0}, {"institutions": "B"}, True),
    ({"B": 8, "C": 5}, {"institutions": "B"}, True),
    ({"B": 1, "C": 5}, {"institutions": "B"}, True),
    # Both are known: by right.
    ({"B": 8, "C": 1}, {"institutions": "BC"}, True),
    ({"B": 8, "C": 1}, {"institutions": "B", "labs": "C"}, True),
    # Too few all in all, whatever one knows.
    ({"B": 3, "C": 1}, {}, False),
    ({"B": 3, "C": 1}, {"institutions": "BC"}, False),
]


@pytest.mark.parametrize(("used", "knows", "told"), SUBTRACTIONS)
def test_what_one_knows_by_other_roles_is_not_taken_off_to_leave_few(app, world, used, knows, told) -> None:
    app.config["FROZEN_NOW"] = NOW
    home = world.institution()
    homes = {name: world.institution() for name in used}
    labs = {name: world.lab(homes[name]) for name in used}
    for name, count in used.items():
        thing = world.instrument(labs[name], class_code="020501")
        for number in range(count):
            facts.use(thing, world.person(homes[name]), span(f"2026-10-{number + 10}", "09:00-10:00"))
    tasks.keep_up()
    known = Known(
        frozenset(homes[name].id for name in knows.get("institutions", "")),
        frozenset(labs[name].id for name in knows.get("labs", "")),
    )
    others = Selection(class_code="020501", not_institution_id=home.id)
    assert may_tell(others, (202610, 202610), known) is told


def test_a_dashboard_withholds_of_a_manager_of_two_what_is_left_without_the_second(
    client, app, world
) -> None:
    """On the page, in its file and through the API; the same of A alone is told to who manages A alone, and to the platform."""
    app.config["FROZEN_NOW"] = NOW
    first, second, third = (world.institution() for _ in range(3))
    world.instrument(world.lab(first), class_code="020501")
    for home, count in ((second, 8), (third, 1)):
        thing = world.instrument(world.lab(home), class_code="020501")
        for number in range(count):
            facts.use(thing, world.person(home), span(f"2026-10-{number + 10}", "09:00-10:00"))
    tasks.keep_up()
    both, alone, platform = (world.person(first) for _ in range(3))
    world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    for person, homes in ((both, (first, second)), (alone, (first,))):
        for home in homes:
            world.grant(person, Role.INSTITUTION_MANAGER, home)
    of = f"of=institution-{first.id}&period=2026-10"
    for person, is_told in ((both, False), (alone, True), (platform, True)):
        sign_in(client, person)
        assert ("fewer than five persons" in client.get(f"/utilization?{of}").text) is not is_told
        key = bearer(world.token(person, "usage:read"))
        elsewhere = client.get(f"/api/v1/utilization/dashboard?{of}", headers=key).json["elsewhere"]
        assert bool(elsewhere) is is_told, elsewhere
        rows = csv.reader(
            io.StringIO(client.get(f"/utilization/board-figures.csv?{of}").data.decode("utf-8-sig"))
        )
        hours = next(row for row in rows if row and row[0] == "Effective hours")
        assert (hours[3] != "withheld") is is_told, hours
        assert hours[3] != ""


def test_whoever_sees_figures_of_a_place_has_a_right_to_the_uses_behind_them() -> None:
    assert ALLOWED[Action.UTILIZATION_SEE] <= ALLOWED[Action.USE_SEE]
