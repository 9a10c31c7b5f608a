"""Numbers are rounded half up, from what is exact, whatever holds them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.rounding import half_up, percent
from instruments.utilization.definitions import COUNT, HOURS, SHARE
from instruments.utilization.listing import tenths
from instruments.utilization.saying import number_of
from instruments.web import wording


@pytest.mark.parametrize(
    ("number", "decimals", "rounded"),
    [
        # As hours come: from seconds, exact or divided; a float of 39.65 lies below it, one of 1.45 too.
        (Fraction(142_740, 3600), 1, "39.7"),
        (142_740 / 3600, 1, "39.7"),
        (5_220_000 / 3_600_000, 1, "1.5"),
        (Decimal("39.65"), 1, "39.7"),
        (39.649, 1, "39.6"),
        (0.25, 1, "0.3"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (-0.04, 1, "0.0"),
        (7, 1, "7.0"),
        (1e16, 0, "10000000000000000"),
        (Fraction(2, 3), 6, "0.666667"),
    ],
)
def test_half_up(number: Fraction | Decimal | float, decimals: int, rounded: str) -> None:
    assert str(half_up(number, decimals)) == rounded


def test_shares_in_percent() -> None:
    assert [str(percent(share)) for share in (0.0725, Fraction(1, 16), 0, 1, 1 / 3)] == [
        "7.3", "6.3", "0.0", "100.0", "33.3",
    ]  # fmt: skip


@given(st.integers(0, 10**9))
def test_hours_of_seconds_are_the_same_exact_and_divided(seconds: int) -> None:
    assert half_up(seconds / 3600, 1) == half_up(Fraction(seconds, 3600), 1)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (Fraction(793, 20), HOURS, "39.7"),
        (Fraction(100) - Fraction(1, 20), HOURS, "100.0"),
        (Fraction(1441, 2), HOURS, "721"),
        (Fraction(29, 400), SHARE, "7.3"),
        (Fraction(5, 2), COUNT, "3"),
    ],
)
def test_figures_read_the_same_on_tiles_in_tables_and_in_files(value: Fraction, unit: str, said: str) -> None:
    number = number_of(value, unit)
    assert str(number.value) == said
    if unit == HOURS:
        assert wording.decimals(float(value), number.decimals) == said
        assert str(half_up(tenths(value), number.decimals)) == said
    elif unit == SHARE:
        assert wording.share(float(value)) == f"{said}%"
