"""Golden cells: units, rounding, dates, codes and lists as forms write them, and what a row lacks before it leaves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.reports.cells import apportioned, written
from instruments.reports.checking import lacks_of
from instruments.reports.form import Column, Rule, Sheet
from instruments.rounding import half_up

CODES = {"way": {"self": "占用共享", "none": ""}, "country": {"a": "甲", "b": "乙"}}
XIAN = ZoneInfo("Asia/Shanghai")


def column(key: str = "x", source: str = "typed", **values: Any) -> Column:
    return Column(key, f"列{key}", f"Column {key}", source, **values)


GOLDEN = [
    # 499,990 yuan print 50.00, yet lie below the 500,000 threshold (see test_services).
    ("money", {"unit": "10000_yuan"}, Decimal("499990"), "50.00"),
    ("money", {"unit": "10000_yuan"}, Decimal("500000"), "50.00"),
    ("money", {"unit": "10000_yuan"}, Decimal("499949.99"), "49.99"),
    ("money", {"unit": "10000_yuan"}, Decimal("499950"), "50.00"),
    ("money", {"unit": "10000_yuan"}, Decimal("50"), "0.01"),
    ("money", {"unit": "10000_yuan"}, Decimal("49.99"), "0.00"),
    ("money", {"unit": "10000_yuan", "decimals": 4}, Decimal("499990"), "49.9990"),
    ("money", {"unit": "yuan"}, Decimal("499990"), "499990.00"),
    ("money", {}, Decimal("1234.5"), "1234.50"),
    ("hours", {}, Fraction(3600), "1.00"),
    ("hours", {}, Fraction(1200), "0.33"),
    ("hours", {}, Fraction(18), "0.01"),
    ("hours", {"decimals": 0}, Fraction(5399), "1"),
    ("hours", {"decimals": 0}, Fraction(5400), "2"),
    ("count", {}, 10, "10"),
    ("count", {"decimals": 1}, Fraction(35, 8), "4.4"),
    ("count", {}, 0, "0"),
    ("share", {}, Fraction(273, 1599), "17.1"),
    ("share", {}, None, ""),
    ("moment", {}, datetime(2027, 3, 2, 9, 59, tzinfo=XIAN), "2027-03-02 09"),
    ("moment", {"unit": "minute"}, datetime(2027, 3, 2, 9, 59, tzinfo=XIAN), "2027-03-02 09:59"),
    ("day", {}, date(2027, 3, 2), "2027-03-02"),
    ("code", {"codes": "way"}, "self", "占用共享"),
    ("code", {"codes": "way"}, "none", ""),
    ("code", {}, "self", "self"),
    ("codes", {"codes": "country"}, ("b", "a"), "乙;甲"),
    ("list", {"between": "、"}, ("150", "430"), "150、430"),
    ("list", {}, (), ""),
    ("text", {}, None, ""),
    ("text", {}, "029-0000 0001", "029-0000 0001"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "how", "value", "expected"), GOLDEN)
def test_a_value_is_written_as_the_form_wants_it(kind: str, how: dict, value: Any, expected: str) -> None:
    assert written(column(**how), kind, value, CODES) == expected


def test_a_constant_is_written_whatever_the_facts_say() -> None:
    assert written(Column("x", "列", "X", constant="0"), "text", "other", CODES) == "0"


@given(st.lists(st.fractions(0, 10_000, max_denominator=3600), min_size=1, max_size=6), st.integers(0, 2))
def test_parts_that_are_rounded_together_add_up(parts: list[Fraction], decimals: int) -> None:
    found = apportioned(parts, decimals)
    assert sum(found) == half_up(sum(parts, Fraction()), decimals)
    step = Fraction(1, 10**decimals)
    assert all(abs(Fraction(each) - part) < step for each, part in zip(found, parts, strict=True))


# --- What a row lacks -------------------------------------------------------------------------------------------------


def lacks(
    columns: list[Column], values: dict[str, Any], *rules: Rule, last: dict | None = None
) -> set[tuple[str, str]]:
    sheet = Sheet("rows", "行", "Rows", "service", tuple(columns), rules)
    kinds = {"service.hours": "hours", "service.samples": "count", "service.way": "code", "service.subjects": "list",
             "service.starts": "moment", "service.ends": "moment"}  # fmt: skip
    cells = [
        written(each, kinds.get(each.source, "text"), values.get(each.source), CODES) for each in columns
    ]
    return {(lack.code, lack.column) for lack in lacks_of(sheet, values, cells, CODES, last)}


HOURS, SAMPLES = column("h", "service.hours"), column("s", "service.samples")
FIVE = ("110", "120", "130", "140", "150")
LACKS = [
    ("nothing", [column(source="service.project")], {}, set()),
    ("missing", [column(source="service.project", required=True)], {"service.project": ""}, {("missing", "x")}),
    ("nought is there", [column(source="service.samples", required=True)], {"service.samples": 0}, set()),
    ("as long as fits", [column(source="service.project", longest=3)], {"service.project": "三个字"}, set()),
    ("too long", [column(source="service.project", longest=3)], {"service.project": "四个字的"}, {("too_long", "x")}),
    ("four subjects", [column(source="service.subjects", most=4)], {"service.subjects": FIVE[:4]}, set()),
    ("five subjects", [column(source="service.subjects", most=4)], {"service.subjects": FIVE}, {("too_many", "x")}),
    ("one of them twice", [column(source="service.subjects")], {"service.subjects": ("110", "110")}, {("twice", "x")}),
    ("no subject", [column(source="service.subjects")], {"service.subjects": ("110", "998")}, {("unlisted", "x")}),
    ("as it has to look", [column(source="service.project", pattern="[0-9]{6}")], {"service.project": "710000"}, set()),
    ("not so", [column(source="service.project", pattern="[0-9]{6}")], {"service.project": "71000"}, {("pattern", "x")}),
    ("a code", [column(source="service.way", codes="way", required=True)], {"service.way": "self"}, set()),
    ("no code", [column(source="service.way", codes="way")], {"service.way": "other"}, {("no_code", "x")}),
    ("an empty code on purpose", [column(source="service.way", codes="way")], {"service.way": "none"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "columns", "values", "expected"), LACKS)
def test_what_a_cell_lacks(name: str, columns: list[Column], values: dict, expected: set) -> None:
    assert lacks(columns, values) == expected


def test_more_of_a_part_than_of_the_whole_is_seen_before_rounding() -> None:
    rule = Rule("at_most", ("s", "h"))
    columns = [SAMPLES, HOURS]
    assert lacks(columns, {"service.samples": 3, "service.hours": Fraction(3)}, rule) == set()
    assert lacks(columns, {"service.samples": 3, "service.hours": Fraction(5, 2)}, rule) == {("at_most", "s")}
    assert lacks(columns, {"service.samples": 3}, rule) == set()


def test_an_end_before_its_start_is_seen_though_both_stamps_are_the_same_hour() -> None:
    columns = [column("a", "service.starts"), column("b", "service.ends")]
    at = datetime(2027, 3, 2, 9, 30, tzinfo=XIAN)
    rule = Rule("not_after", ("a", "b"))
    assert lacks(columns, {"service.starts": at, "service.ends": at}, rule) == set()
    assert lacks(columns, {"service.starts": at, "service.ends": at.replace(minute=20)}, rule) == {
        ("not_after", "a")
    }


def test_parts_have_to_come_to_their_whole() -> None:
    rule = Rule("adds_up", ("h", "s"), total="service.confirmed")
    values = {"service.hours": Fraction(1), "service.samples": 2, "service.confirmed": 3}
    assert lacks([HOURS, SAMPLES], values, rule) == set()
    assert lacks([HOURS, SAMPLES], {**values, "service.confirmed": 4}, rule) == {("adds_up", "h")}


def test_what_another_column_makes_necessary() -> None:
    columns = [column("d", "service.project"), column("tax")]
    rule = Rule("required_when", ("tax",), when="d", says="138")
    assert lacks(columns, {"service.project": "135"}, rule) == set()
    assert lacks(columns, {"service.project": "138"}, rule) == {("required_when", "tax")}
    assert lacks(columns, {"service.project": "138", "typed": "T-1"}, rule) == set()


@pytest.mark.parametrize(
    ("last", "stopped"),
    [
        (None, False),
        ({"h": "1.00", "s": "2"}, True),
        ({"h": "1.00", "s": "3"}, False),
        ({"h": "1.00"}, False),
    ],
)
def test_figures_like_last_years_are_stopped(last: dict | None, stopped: bool) -> None:
    rule = Rule("differs_from_last", ("h", "s"), may_override=True)
    values = {"service.hours": Fraction(3600), "service.samples": 2}
    assert lacks([HOURS, SAMPLES], values, rule, last=last) == (
        {("differs_from_last", "")} if stopped else set()
    )
