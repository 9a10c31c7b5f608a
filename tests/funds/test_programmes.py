"""Programmes pay what their terms allow and no more; a correction is as if the first charge had not been."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.funds.programmes import (
    Order,
    Standing,
    corrected,
    divided,
    not_eligible,
    not_together,
    objections,
)
from instruments.money import Money, total
from instruments.rates.card import USE, Rate
from instruments.rates.lines import FEE, Line, minimum_line, number_line
from tests.rates.programme_examples import NOTHING, charge, programme
from tests.rates.speaking import yuan


def order(**rest: Any) -> Order:
    given_up = {
        "payer_kind": "company",
        "small_firm": True,
        "instrument_classes": frozenset({"0301"}),
        "institution_id": 1,
        "accepted_on": date(2026, 11, 25),
    }
    return Order(**{**given_up, **rest})


STRICT = programme(
    payer_kinds=frozenset({"company"}),
    small_firms_only=True,
    instrument_classes=frozenset({"0301"}),
    institutions=frozenset({1}),
)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (order(accepted_on=date(2025, 12, 31)), ["not_valid"]),
        (order(accepted_on=date(2027, 1, 1)), ["not_valid"]),
        (order(payer_kind="university", small_firm=False), ["payer_kind", "no_declaration"]),
        (order(instrument_classes=frozenset(), institution_id=2), ["instrument_class", "institution"]),
        (order(accepted_on=date(2026, 1, 1)), []),
        (order(accepted_on=date(2026, 12, 31)), []),
    ],
)
def test_who_is_not_eligible_reads_every_reason(asked: Order, codes: list[str]) -> None:
    assert [reason.code for reason in not_eligible(STRICT, asked)] == codes


@pytest.mark.parametrize(
    ("combines", "refused"),
    [((True, True), []), ((True, False), ["Second"]), ((False, False), ["First", "Second"]), ((False,), [])],
)
def test_programmes_are_combined_only_where_all_bear_it(
    combines: tuple[bool, ...], refused: list[str]
) -> None:
    several = [
        programme(name=name, combines=each) for name, each in zip(("First", "Second"), combines, strict=False)
    ]
    assert [reason.values["name"] for reason in not_together(several)] == refused


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"rate": Decimal(0), "valid_to": date(2025, 12, 31), "lines": frozenset({FEE})}, ["rate", "valid_to", "lines"]),
        ({"rate": Decimal("100.01")}, ["rate"]),
        ({"budget": Money(Decimal(1), "EUR"), "cap_per_order": yuan("-0.01")}, ["cap_per_order", "budget"]),
        ({"rate": Decimal(100), "valid_to": date(2026, 1, 1), "cap_per_year": yuan("0.00")}, []),
    ],
)  # fmt: skip
def test_terms_that_cannot_stand(terms: dict[str, Any], fields: list[str]) -> None:
    assert [reason.field for reason in objections(programme(**terms), "CNY")] == fields


def fee(amount: str) -> Line:
    return Line(
        FEE, "reservation", number_line("add_on", Rate(USE, yuan("1.00")), 1).quantity, yuan(amount), ()
    )


def test_fees_are_never_subsidised_and_the_minimum_is() -> None:
    lines = [*charge("100.00"), minimum_line(yuan("50.00"), yuan("20.00")), fee("40.00")]
    division = divided(lines, "CNY", [(programme(lines=frozenset({"add_on", "minimum", FEE})), NOTHING)])
    assert (division.granted[0].amount, division.payer) == (yuan("65.00"), yuan("105.00"))


def test_what_is_settled_afterwards_is_billed_and_claimed_back() -> None:
    division = divided(charge("100.00"), "CNY", [(programme(afterwards=True), NOTHING)])
    assert (division.payer, division.billed) == (yuan("50.00"), yuan("100.00"))


def test_a_spent_budget_pays_nothing_and_says_so() -> None:
    terms = programme(budget=yuan("100.00"))
    granted = divided(charge("100.00"), "CNY", [(terms, Standing(yuan("0.00"), yuan("120.00")))]).granted[0]
    assert granted.amount == yuan("0.00")
    assert [reason.code for reason in granted.why] == ["rate", "capped"]


AMOUNTS = st.integers(0, 10_000_000).map(lambda units: Money(Decimal(units) / 100, "CNY"))
PROGRAMMES = st.builds(
    lambda rate, order, year, budget, name: programme(
        name=name, rate=rate, cap_per_order=order, cap_per_year=year, budget=budget, combines=True
    ),
    st.decimals(0, 100, places=2),
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
    st.sampled_from(["A", "B", "C"]),
)
TERMS = st.lists(
    st.tuples(PROGRAMMES, st.builds(Standing, AMOUNTS, AMOUNTS)), max_size=3, unique_by=lambda term: term[0].name
)  # fmt: skip


@given(AMOUNTS, TERMS)
def test_shares_add_up_and_none_is_below_zero(amount: Money, terms: list) -> None:
    division = divided(charge(str(amount.amount)), "CNY", terms)
    shares = [each.amount for each in division.granted]
    assert total([*shares, division.payer], "CNY") == amount
    assert min([*shares, division.payer]) >= yuan("0.00")
    for (terms_of, standing), granted in zip(terms, shares, strict=True):
        assert terms_of.cap_per_order is None or granted <= terms_of.cap_per_order
        assert not granted or terms_of.budget is None or standing.in_all + granted <= terms_of.budget


@given(AMOUNTS, AMOUNTS, TERMS)
def test_a_correction_is_as_if_the_first_charge_had_not_been(
    amount: Money, other: Money, terms: list
) -> None:
    first = divided(charge(str(amount.amount)), "CNY", terms)
    since = [
        (each.programme, Standing(standing.in_the_year + each.amount, standing.in_all + each.amount))
        for each, (_, standing) in zip(first.granted, terms, strict=True)
    ]
    second, back = corrected(first, charge(str(other.amount)), since)
    assert second == divided(charge(str(other.amount)), "CNY", terms)
    assert back.whole == amount - other
    assert back.payer == first.payer - second.payer
