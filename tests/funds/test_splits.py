"""Several payers share what a use costs, and nothing is lost between them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.funds.splits import Payer, objections, shares
from instruments.money import Money, total
from tests.rates.speaking import yuan


def payer(percent: str, price: str = "10.50", customer_class: str = "lab") -> Payer:
    return Payer(Decimal(percent), customer_class, yuan(price))


@pytest.mark.parametrize(
    ("payers", "codes"),
    [
        ([], ["not_the_whole"]),
        ([payer("50"), payer("49.99")], ["not_the_whole"]),
        ([payer("0"), payer("100")], ["no_share"]),
        ([payer("50"), Payer(Decimal(50), "partners", Money(Decimal(1), "EUR"))], ["other_currency"]),
        ([payer("50"), payer("50", "11.00")], ["two_prices"]),
        ([payer("50"), payer("50", "11.00", "partners")], []),
        ([payer("100")], []),
    ],
)
def test_objections(payers: list[Payer], codes: list[str]) -> None:
    assert [reason.code for reason in objections(payers)] == codes


@pytest.mark.parametrize(
    ("payers", "amounts"),
    [
        ([payer("100")], ["10.50"]),
        ([payer("33.34", "60.00", "partners"), payer("33.33", "40.01"), payer("33.33", "40.01")],
         ["20.00", "13.34", "13.33"]),
        ([payer("25", "0.01"), payer("25", "0.01"), payer("50", "0.01")], ["0.01", "0.00", "0.00"]),
    ],
)  # fmt: skip
def test_shares(payers: list[Payer], amounts: list[str]) -> None:
    assert [str(share.amount) for share in shares(payers)] == amounts


PERCENTS = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(
    lambda given: [Decimal(100 - sum(given[1:])), *map(Decimal, given[1:])] if sum(given[1:]) < 100 else [Decimal(100)]
)  # fmt: skip


@given(PERCENTS, st.integers(0, 10**9))
def test_shares_of_one_class_add_up_to_the_price(percents: list[Decimal], units: int) -> None:
    price = Money(Decimal(units) / 100, "CNY")
    payers = [Payer(percent, "lab", price) for percent in percents]
    assert total(shares(payers), "CNY") == price


@given(
    PERCENTS, st.integers(0, 10**9), st.integers(0, 10**9), st.lists(st.booleans(), min_size=5, max_size=5)
)
def test_each_pays_its_part_of_its_own_price(
    percents: list[Decimal], own: int, partner: int, classes: list[bool]
) -> None:
    prices = {True: Money(Decimal(own) / 100, "CNY"), False: Money(Decimal(partner) / 100, "CNY")}
    payers = [
        Payer(percent, str(which), prices[which]) for percent, which in zip(percents, classes, strict=False)
    ]
    for one, share in zip(payers, shares(payers), strict=True):
        assert abs(share.amount - one.price.amount * one.percent / 100) <= Decimal("0.05")
