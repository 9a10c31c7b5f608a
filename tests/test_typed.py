"""What people type is read with care: whole numbers and days, and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from instruments.typed import day, decimal, whole, wholes


@pytest.mark.parametrize(
    "text", ["", " ", "-1", "+1", "1.0", "1e3", "٣", "²", "0x1", "1_000", "1,000", "9" * 19]
)
def test_what_is_no_whole_number(text: str) -> None:
    assert whole(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_whole_numbers_are_digits(text: str, number: int) -> None:
    assert whole(text) == number


def test_a_field_may_take_fewer_digits() -> None:
    assert whole("9999", 4) == 9999
    assert whole("10000", 4) is None


@pytest.mark.parametrize(
    "text", ["", "-", "10,5", "0,01", "1,00,000", "1,0000", ",5", ".5", "5.", "1e3", "1_0", "١٢", "NaN", "1 000", "9" * 25]
)  # fmt: skip
def test_what_is_no_decimal_number(text: str) -> None:
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", "0"), (" 40.50 ", "40.50"), ("1,200.5", "1200.5"), ("1，200", "1200"), ("−3", "-3"), ("+7", "7"), ("007", "7")],
)  # fmt: skip
def test_decimal_numbers_mark_thousands_by_commas(text: str, number: str) -> None:
    assert decimal(text) == Decimal(number)


def test_of_several_each_stands_once_in_its_order() -> None:
    assert wholes(["7", "x", "3", "7", ""]) == [7, 3]


@pytest.mark.parametrize("text", ["", "yesterday", "2027-02-29", "2027-13-01", "01.03.2027"])
def test_what_is_no_day(text: str) -> None:
    assert day(text) is None


def test_a_day_is_written_year_first() -> None:
    assert day(" 2028-02-29 ") == date(2028, 2, 29)
