"""What a run costs in all does not depend on how many share it; each line says which part of the run it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from instruments.rates.card import (
    BASES,
    DAY,
    HOUR,
    INCREMENTS,
    ITEM,
    OPERATOR_HOUR,
    SAMPLE,
    STARTED_DAY,
    Card,
    Rate,
)
from instruments.rates.card import USE as ONE_USE
from instruments.rates.counting import Use
from instruments.rates.lines import Line, sum_of
from instruments.rates.pricing import lines_of
from instruments.usage.dividing import divided
from instruments.usage.facts import Customer
from instruments.web.reasons import sentence
from tests.rates.speaking import WALL, WINDOWS, hourly, of, span, yuan
from tests.rates.test_pricing import SPANS

EVERYTHING = (
    Rate(HOUR, yuan("33.33")), Rate(DAY, yuan("100.01")), Rate(STARTED_DAY, yuan("50.00")), Rate(ONE_USE, yuan("20.00")),
    Rate(SAMPLE, yuan("0.07"), "sample", "Sample"), Rate(ITEM, yuan("3.50"), "grid", "Grid"),
    Rate(OPERATOR_HOUR, yuan("47.11")),
)  # fmt: skip
CARDS = st.builds(
    lambda rates, basis, increment, steps, minimum, overrun: of(
        *rates, Rate(SAMPLE, yuan("0.07"), "sample", "Sample"), Rate(ITEM, yuan("3.50"), "grid", "Grid"),
        Rate(OPERATOR_HOUR, yuan("47.11")), basis=basis, increment=increment, operator_increment=steps, minimum=minimum,
        overrun=overrun, windows=WINDOWS, operator_windows=True,
    ),
    st.lists(st.sampled_from(EVERYTHING[:4]), min_size=1, max_size=4, unique_by=lambda rate: rate.unit),
    st.sampled_from(BASES),
    st.sampled_from(INCREMENTS),
    st.sampled_from(INCREMENTS),
    st.none() | st.just(yuan("500.00")),
    st.sampled_from([Decimal(100), Decimal(150)]),
)  # fmt: skip
GRIDS = st.decimals(0, 20, places=3).map(lambda number: {"grid": number} if number else {})
RUNS = st.builds(
    Use, sessions=SPANS, not_charged=SPANS, counts=GRIDS, operator_minutes=st.integers(0, 300), samples=st.integers(0, 20)
)  # fmt: skip
SHARES = st.decimals(0, 10, places=3)
BY_SAMPLES = st.builds(Customer, samples=st.integers(0, 9))
AS_ENTERED = st.builds(Customer, samples=st.integers(0, 9), share=SHARES)
CUSTOMERS = st.lists(BY_SAMPLES, min_size=2, max_size=7) | st.lists(AS_ENTERED, min_size=2, max_size=7)


def what(line: Line) -> tuple[object, ...]:
    """Which line of the card it is, but for the minimum's price, which is the part itself."""
    return line.kind, line.unit, line.factor, *(() if line.kind == "minimum" else (line.price,))


@given(CARDS, RUNS, CUSTOMERS)
def test_the_parts_of_all_add_up_to_what_one_customer_would_pay(
    card: Card, run: Use, customers: list[Customer]
) -> None:
    alone = lines_of(card, run, WALL)
    parts = [lines_of(card, each, WALL) for each in divided(run, customers)]
    for line in alone:
        those = [one for part in parts for one in part if what(one) == what(line)]
        assert sum(one.amount.units for one in those) == line.amount.units
        if line.kind != "minimum":
            assert sum(one.quantity for one in those) == line.quantity
    assert sum(sum_of(part, "CNY").units for part in parts) == sum_of(alone, "CNY").units


@given(CARDS, RUNS, CUSTOMERS)
def test_each_part_is_near_the_exact_one_and_never_below_zero(
    card: Card, run: Use, customers: list[Customer]
) -> None:
    for use in divided(run, customers):
        for line in lines_of(card, use, WALL):
            exact = line.quantity * Fraction(line.price.amount) * Fraction(line.factor) / 100
            assert line.amount.units >= 0
            assert abs(exact * 100 - line.amount.units) <= len(customers)


@given(CARDS, RUNS, CUSTOMERS, st.randoms())
def test_in_whichever_order_they_stand_each_bears_the_same_but_for_what_is_left_over(
    card: Card, run: Use, customers: list[Customer], chance: object
) -> None:
    order = list(range(len(customers)))
    chance.shuffle(order)
    before = divided(run, customers)
    after = divided(run, [customers[place] for place in order])
    for place, use in zip(order, after, strict=True):
        one, other = lines_of(card, before[place], WALL), lines_of(card, use, WALL)
        assert [(*what(line), line.quantity) for line in one] == [
            (*what(line), line.quantity) for line in other
        ]
        most = len(customers) * len(one)
        assert abs(sum_of(one, "CNY").units - sum_of(other, "CNY").units) <= most


def test_whoever_bears_nothing_of_the_hours_pays_only_their_samples() -> None:
    card = of(
        Rate(HOUR, yuan("10.00")), Rate(SAMPLE, yuan("3.00"), "sample", "Sample"), minimum=yuan("50.00")
    )
    customers = [Customer(share=Decimal(0), samples=2), *[Customer(share=Decimal(1)) for _ in range(3)]]
    uses = divided(Use((span("09:00-10:00"),), samples=2), customers)
    found = [[line.amount.units for line in lines_of(card, use, WALL)] for use in uses]
    # What is left over falls to the first who bears any of it.
    assert found == [[600], [334, 1334], [333, 1333], [333, 1333]]


def test_each_class_bears_its_part_of_what_the_run_costs_that_class() -> None:
    customers = [Customer(samples=1), Customer(samples=1), Customer(samples=1)]
    uses = divided(Use((span("09:00-10:01"),)), customers)
    cards = [hourly(price, increment=30) for price in ("60.00", "90.00", "60.00")]
    found = [lines_of(card, use, WALL)[0].amount.units for card, use in zip(cards, uses, strict=True)]
    assert found == [3000, 4500, 3000]


def test_samples_that_the_lab_counted_otherwise_are_divided_like_those_handed_in() -> None:
    card = of(Rate(HOUR, yuan("60.00")), Rate(SAMPLE, yuan("10.00"), "sample", "Sample"))
    uses = divided(Use((span("09:00-10:00"),), samples=9), [Customer(samples=4), Customer(samples=2)])
    assert [lines_of(card, use, WALL)[1].amount.units for use in uses] == [6000, 3000]


@pytest.mark.parametrize(
    ("card", "run", "customers", "english"),
    [
        (
            hourly("60.00", increment=30, minimum=yuan("200.00")),
            Use((span("09:00-10:11"),), not_charged=(span("09:00-09:10"),)),
            [Customer(samples=4), Customer(samples=2)],
            [
                "1 h at CNY 60.00 an hour.",
                "2/3 of the run’s 1 h 30 min: divided by samples, 4 of 6.",
                "Not charged: 10 min in which the instrument was down or the lab at fault.",
                "Counted in steps of 30 minutes, so 29 min are added.",
                "A run costs at least CNY 200.00 for its time; what was counted of this one comes to CNY 90.00. "
                "This is 2/3 of the CNY 110.00 that are missing.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
            ],
        ),
        (
            of(*EVERYTHING[1:]),
            Use((span("09:00-10:00"),), counts={"grid": Decimal(5)}, operator_minutes=60, samples=3),
            [Customer(share=Decimal("0.5"), samples=3), Customer(share=Decimal(1))],
            [
                "Days on the calendar that the run touches, 1 at CNY 100.01: 1/3 of them.",
                "Divided as entered, 0.5 of 1.5.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
                "24 hours begun by the run, 1 at CNY 50.00: 1/3 of them.",
                "Divided as entered, 0.5 of 1.5.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
                "One use by the run, at CNY 20.00: 1/3 of it.",
                "Divided as entered, 0.5 of 1.5.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
                "Sample: 3 at CNY 0.07 a sample.",
                "Divided by samples, 3 of 3.",
                "Grid: 5 at CNY 3.50 each.",
                "Divided by samples, 3 of 3.",
                "Operator: 20 min at CNY 47.11 an hour.",
                "The operator’s time is divided like the hours of the run: 1/3 of it.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
            ],
        ),
        (
            of(Rate(ITEM, yuan("3.50"), "grid", "Grid"), Rate(SAMPLE, yuan("1.00"), "sample", "Sample")),
            Use((span("09:00-10:00"),), counts={"grid": Decimal(5)}, samples=6),
            [Customer(samples=2), Customer(samples=1)],
            [
                "Grid, 5 in the run at CNY 3.50 each: 2/3 of them.",
                "Divided by samples, 2 of 3.",
                "Each part is rounded down; what is left over falls to the first who bears one.",
                "Sample, 6 in the run at CNY 1.00 a sample: 2/3 of them.",
                "Divided by samples, 2 of 3.",
            ],
        ),
        (
            of(Rate(STARTED_DAY, yuan("50.00"))),
            Use((span("09:00-10:00"),)),
            [Customer(), Customer()],
            [
                "24 hours begun by the run, 1 at CNY 50.00: 1/2 of them.",
                "Divided equally among the 2 customers of the run.",
            ],
        ),
    ],
)  # fmt: skip
def test_lines_say_which_part_of_the_run_they_are(
    app: Flask, card: Card, run: Use, customers: list[Customer], english: list[str]
) -> None:
    first = divided(run, customers)[0]
    with app.test_request_context():
        said = [sentence(reason) for line in lines_of(card, first, WALL) for reason in line.why]
    assert said == english


def test_a_run_for_one_is_nobodys_part() -> None:
    alone = lines_of(hourly("60.00"), Use((span("09:00-10:00"),)), WALL)
    half = lines_of(hourly("60.00"), divided(Use((span("09:00-10:00"),)), [Customer(), Customer()])[0], WALL)
    assert replace(half[0], why=()).amount.units * 2 == alone[0].amount.units
