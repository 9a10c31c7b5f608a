"""An amount is whole in its minor unit, rounded half up once, split without loss, and never mixed with another currency."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.money import DifferentCurrencies, Money, is_current, minor_digits, total


def yuan(text: str) -> Money:
    return Money(Decimal(text), "CNY")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.005", "CNY"),
        ("0.5", "JPY"),
        ("NaN", "CNY"),
        ("Infinity", "CNY"),
        ("1", "XYZ"),
        ("1", "cny"),
        ("1", ""),
        ("1E17", "CNY"),
    ],
)
def test_what_is_no_amount_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError):
        Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    "deed",
    [
        lambda one, other: one + other,
        lambda one, other: one - other,
        lambda one, other: one < other,
        lambda one, other: one <= other,
        lambda one, other: one > other,
        lambda one, other: one >= other,
        lambda one, other: max(one, other),
        lambda one, other: total([one, other], "CNY"),
    ],
)
def test_two_currencies_are_never_mixed(deed) -> None:
    with pytest.raises(DifferentCurrencies):
        deed(yuan("1.00"), Money(Decimal("1.00"), "EUR"))


def test_amounts_of_two_currencies_are_unequal() -> None:
    assert yuan("1.00") != Money(Decimal("1.00"), "EUR")
    assert yuan("1") == yuan("1.00") and hash(yuan("1")) == hash(yuan("1.00"))


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("CNY", 2), ("EUR", 2), ("HKD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("XOF", 0), ("XPF", 0)],
)
def test_minor_units(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("code", ["", "cny", "ABC", "XXX", "XTS", "XAU", "XDR"])
def test_with_what_nobody_can_pay_is_no_currency(code: str) -> None:
    with pytest.raises(ValueError, match="no currency"):
        minor_digits(code)


def test_what_nobody_pays_with_any_more_is_not_current_but_stays_an_amount() -> None:
    gone = ("DEM", "FRF", "ITL", "HRK", "CSK", "XEU", "ZWL", "VEF")
    odd = ("XAU", "XXX", "CHE", "USN", "CLF", "ABC", "cny", "")
    assert not [code for code in (*gone, *odd) if is_current(code)]
    now = (
        "CNY",
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "HKD",
        "MOP",
        "TWD",
        "KRW",
        "SGD",
        "CHF",
        "KWD",
        "XOF",
        "XPF",
        "ZWG",
    )
    assert all(is_current(code) for code in now)
    assert str(Money(Decimal("10.00"), "DEM")) == "DEM 10.00"


@pytest.mark.parametrize(
    ("exact", "amount"),
    [
        (Fraction(10, 3), "3.33"),
        (Decimal("0.005"), "0.01"),
        (Decimal("0.004999"), "0.00"),
        (Decimal("2.675"), "2.68"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("-0.004"), "0.00"),
        (7, "7.00"),
    ],
)
def test_rounding_is_half_up(exact: Fraction | Decimal | int, amount: str) -> None:
    assert str(Money.rounded(exact, "CNY").amount) == amount


def test_a_yen_has_no_parts() -> None:
    assert str(Money.rounded(Decimal("10.5"), "JPY")) == "JPY 11"


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("10.50", ("33.34", "33.33", "33.33"), ["3.52", "3.49", "3.49"]),
        ("0.01", ("50", "50"), ["0.01", "0.00"]),
        ("100.00", ("100",), ["100.00"]),
        ("1.00", ("0", "100"), ["0.00", "1.00"]),
        ("-10.50", ("33.34", "33.33", "33.33"), ["-3.52", "-3.49", "-3.49"]),
    ],
)
def test_splits(amount: str, weights: tuple[str, ...], shares: list[str]) -> None:
    assert [str(share.amount) for share in yuan(amount).split([Decimal(each) for each in weights])] == shares


@pytest.mark.parametrize("weights", [(), (0, 0), (150, -50)])
def test_what_nothing_can_be_split_by_is_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        yuan("1.00").split(weights)


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [("160.00", 6, "150.94", "9.06"), ("0.01", 13, "0.01", "0.00"), ("100.00", 0, "100.00", "0.00")],
)
def test_the_tax_in_an_amount(gross: str, rate: int, net: str, tax: str) -> None:
    assert yuan(gross).net_and_tax(rate) == (yuan(net), yuan(tax))


UNITS = st.integers(-(10**15), 10**15)


@given(UNITS, st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_shares_add_up(units: int, weights: list[int]) -> None:
    whole = Money(Decimal(units) / 100, "CNY")
    shares = whole.split(weights)
    assert total(shares, "CNY") == whole
    assert all(share.amount * units >= 0 for share in shares)


@given(UNITS, st.decimals(0, 100, places=2))
def test_net_and_tax_add_up(units: int, rate: Decimal) -> None:
    gross = Money(Decimal(units) / 100, "CNY")
    net, tax = gross.net_and_tax(rate)
    assert net + tax == gross


@given(st.fractions(-(10**12), 10**12))
def test_rounding_is_off_by_half_a_unit_at_most(exact: Fraction) -> None:
    assert abs(Fraction(Money.rounded(exact, "CNY").amount) - exact) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("units", "currency", "amount"),
    [(1050, "CNY", "10.50"), (-1, "CNY", "-0.01"), (7, "JPY", "7"), (0, "KWD", "0.000")],
)
def test_an_amount_is_kept_in_minor_units(units: int, currency: str, amount: str) -> None:
    money = Money.from_units(units, currency)
    assert (str(money.amount), money.units) == (amount, units)
