"""Periods as addresses name them, what comes before them, and their ends on the wall of a zone."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.errors import Refusal
from instruments.utilization import periods

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "26",
        "2026/28",
        "2026-11-31..2026-12-01",
        "now",
        "9999",
        "二〇二六",
    ],
)
def test_what_is_no_period_is_refused_with_examples(code) -> None:
    with pytest.raises(Refusal) as refused:
        periods.read(code)
    assert [reason.field for reason in refused.value.reasons] == ["period"]


@pytest.mark.parametrize("code", ["2026-11-09..2026-11-03", "2000-01-01..2026-01-01"])
def test_a_range_goes_forward_and_has_at_most_ten_years(code) -> None:
    with pytest.raises(Refusal) as refused:
        periods.read(code)
    assert refused.value.reasons[0].code == "period_length"


@pytest.mark.parametrize(
    ("code", "first", "end", "before", "year_before", "months"),
    [
        ("2026-11", "2026-11-01", "2026-12-01", "2026-10", "2025-11", 1),
        ("2026-12", "2026-12-01", "2027-01-01", "2026-11", "2025-12", 1),
        ("2026-Q1", "2026-01-01", "2026-04-01", "2025-Q4", "2025-Q1", 3),
        ("2026", "2026-01-01", "2027-01-01", "2025", "2025", 12),
        ("2026/27", "2026-09-01", "2027-09-01", "2025/26", "2025/26", 12),
        ("2026-11-03..2026-11-09", "2026-11-03", "2026-11-10", "2026-10-27..2026-11-02", "2025-11-03..2025-11-09", 0),
        ("2026-10-31..2026-12-01", "2026-10-31", "2026-12-02", "2026-09-29..2026-10-30", "2025-10-31..2025-12-01", 1),
        ("2028-02-29..2028-02-29", "2028-02-29", "2028-03-01", "2028-02-28..2028-02-28", "2027-03-01..2027-02-28", 0),
    ],
)  # fmt: skip
def test_periods(code, first, end, before, year_before, months) -> None:
    found = periods.read(code)
    assert (str(found.first), str(found.end), found.code) == (first, end, code)
    assert (found.before.code, len(found.months)) == (before, months)
    if "02-29" not in code:
        assert found.year_before.code == year_before


def test_a_range_that_is_a_month_is_told_as_one() -> None:
    assert periods.read("2026-11-01..2026-11-30").code == "2026-11"
    assert periods.read("2026-09-01..2027-08-31").code == "2026/27"


@given(DAYS, DAYS)
def test_a_period_is_read_as_it_is_written(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = periods.between(first, min(last, first + timedelta(days=900)))
    assert periods.read(found.code) == found


def test_where_midnight_is_skipped_the_day_begins_after_it() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    day = date(2026, 4, 24)
    start, end = periods.between(day, day).seconds(cairo)
    assert end - start == 23 * 3600
