"""Cards and rules of fees that cannot stand are refused, with every reason at once."""

from decimal import Decimal

import pytest

from instruments.money import Money
from instruments.rates.card import HOUR, ITEM, SAMPLE, Card, Rate, Window, objections
from instruments.rates.fees import FeeRules
from instruments.rates.fees import objections as fee_objections
from tests.rates.speaking import DAY_AND_NIGHT, hourly, of, yuan

EURO = Money(Decimal("60.00"), "EUR")


def in_window(*window: object) -> Card:
    return hourly("60.00", windows=(Window(*window),))


@pytest.mark.parametrize(
    ("card", "codes"),
    [
        (Card("CNY", ()), ["no_price"]),
        (of(Rate(HOUR, EURO)), ["other_currency"]),
        (hourly("60.00", minimum=EURO), ["other_currency"]),
        (hourly("-1.00"), ["negative_price"]),
        (of(Rate("year", yuan("1.00"))), ["unknown_unit"]),
        (of(Rate(ITEM, yuan("1.00"), "grid"), Rate(SAMPLE, yuan("2.00"), "grid")), ["same_code"]),
        (hourly("60.00", basis="felt", increment=7, overrun=Decimal(-1)),
         ["unknown_basis", "unknown_increment", "factor_out_of_bounds"]),
        (hourly("60.00", operator_increment=0), ["unknown_increment"]),
        (in_window("", 0, 60, Decimal(50)), ["no_window_name"]),
        (in_window("night", 60, 60, Decimal(50)), ["empty_window"]),
        (in_window("night", 1440, 60, Decimal(50)), ["empty_window"]),
        (in_window("night", 0, 60, Decimal(1001)), ["factor_out_of_bounds"]),
        (in_window("night", 0, 60, Decimal(50), frozenset({"make_up"})), ["unknown_day_type"]),
        (DAY_AND_NIGHT, []),
        (hourly("0.00", minimum=yuan("0.00")), []),
    ],
)  # fmt: skip
def test_objections_to_a_card(card: Card, codes: list[str]) -> None:
    assert [reason.code for reason in objections(card)] == codes


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        (FeeRules(Decimal(101), -1, Decimal(-1)), ["late_percent", "no_show_percent", "free_hours"]),
        (FeeRules(None, 745), ["free_hours"]),
        (FeeRules(Decimal(100), 744, Decimal(0)), []),
        (FeeRules(), []),
    ],
)
def test_objections_to_fees(rules: FeeRules, fields: list[str]) -> None:
    assert [reason.field for reason in fee_objections(rules)] == fields
