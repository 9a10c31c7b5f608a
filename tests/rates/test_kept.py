"""Lines that are kept as JSON are read again as they were, to the last word."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from instruments.errors import Reason
from instruments.money import Money
from instruments.rates.card import HOUR, OPERATOR_HOUR, SAMPLE, USE, Card, Rate, Window
from instruments.rates.counting import Use
from instruments.rates.kept import line_as_json, line_from_json, reasons_as_json, reasons_from_json
from instruments.rates.lines import Line
from instruments.rates.pricing import lines_of
from instruments.rates.windows import Wall
from instruments.timespan import Timespan
from tests.rates.speaking import yuan

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)


def some_lines() -> list[Line]:
    card = Card(
        "CNY",
        (
            Rate(HOUR, yuan("10.00")), Rate(USE, yuan("5.00")), Rate(SAMPLE, yuan("3.33"), "sample", "Samples / 样品"),
            Rate(OPERATOR_HOUR, yuan("50.00")),
        ),
        minimum=yuan("90.00"), increment=30, windows=(Window("Night / 夜间", 1320, 480, Decimal("33.3")),),
        basis="longer", overrun=Decimal(150),
    )  # fmt: skip
    use = Use(
        ((36_000, 37_200), (50_000, 61_000)),
        (36_000, 60_000),
        ((36_100, 36_200),),
        counts={"sample": Decimal("2.5")},
        operator_minutes=20,
    )
    return list(lines_of(card, use, Wall(UTC, {})))


def test_lines_come_back_as_they_were() -> None:
    lines = some_lines()
    assert len(lines) > 5
    assert [line_from_json(json.loads(json.dumps(line_as_json(line)))) for line in lines] == lines


def test_a_line_that_was_changed_is_noticed() -> None:
    kept = line_as_json(some_lines()[0])
    kept["amount"] = {"money": ["1.00", "CNY"]}
    with pytest.raises(ValueError, match="changed"):
        line_from_json(kept)


def test_values_of_every_kind_come_back() -> None:
    values = {
        "money": Money(Decimal("0.10"), "CNY"), "length": timedelta(minutes=90), "percent": Decimal("33.30"),
        "third": Fraction(1, 3), "day": date(2027, 3, 1), "at": NOON, "clock": time(8, 30), "text": "Night / 夜间",
        "count": 3, "yes": True, "none": None, "span": Timespan(NOON, NOON + timedelta(hours=1)),
        "several": (1, Decimal(2)), "inner": Reason("x", None, "y %(z)s", {"z": Decimal(1)}),
    }  # fmt: skip
    reasons = (Reason("code", None, "%(name)s", values),)
    assert reasons_from_json(json.loads(json.dumps(reasons_as_json(reasons)))) == reasons
