"""Dates, times, lengths and money in both languages, as tables of what the look prescribes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from instruments.timespan import Timespan
from instruments.web import wording

XIAN = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 23)
ENGLISH, CHINESE = "en", "zh_Hans_CN"


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    """A moment on the wall in Xi'an."""
    return datetime(year, month, day, hour, minute, tzinfo=XIAN)


@pytest.mark.parametrize(
    ("start", "end", "english", "chinese"),
    [
        (at(25, 18, 30), at(25, 21), "Wed 25 Nov, 18:30–21:00", "11月25日 周三 18:30–21:00"),
        (at(25, 22), at(26, 6), "Wed 25 Nov 22:00 – Thu 26 Nov 06:00", "11月25日 22:00 至 11月26日 06:00"),
        (at(25, 22), at(26, 0), "Wed 25 Nov, 22:00–24:00", "11月25日 周三 22:00–24:00"),
        (at(25, 22), at(25, 22) + timedelta(seconds=40), "Wed 25 Nov, 22:00", "11月25日 周三 22:00"),
        (at(25, 0), at(26, 0), "Wed 25 Nov, 00:00–24:00", "11月25日 周三 00:00–24:00"),
        (at(25, 0), at(27, 0), "Wed 25 Nov 00:00 – Fri 27 Nov 00:00", "11月25日 00:00 至 11月27日 00:00"),
        (
            at(5, 9, year=2027, month=1),
            at(5, 10, year=2027, month=1),
            "Tue 5 Jan 2027, 09:00–10:00",
            "2027年1月5日 周二 09:00–10:00",
        ),
        (
            at(31, 22, month=12),
            at(1, 6, year=2027, month=1),
            "Thu 31 Dec 22:00 – Fri 1 Jan 2027 06:00",
            "12月31日 22:00 至 2027年1月1日 06:00",
        ),
    ],
)
def test_a_span_in_words(start: datetime, end: datetime, english: str, chinese: str) -> None:
    span = Timespan(start, end)
    assert wording.when(span, XIAN, ENGLISH, TODAY) == english
    assert wording.when(span, "Asia/Shanghai", CHINESE, TODAY) == chinese


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        (23, "Today 14:00–16:00", "今天 14:00–16:00"),
        (24, "Tomorrow 14:00–16:00", "明天 14:00–16:00"),
        (25, "Wed 25 Nov, 14:00–16:00", "11月25日 周三 14:00–16:00"),
    ],
)
def test_today_and_tomorrow_have_names(day: int, english: str, chinese: str) -> None:
    span = Timespan(at(day, 14), at(day, 16))
    assert wording.when(span, XIAN, ENGLISH, TODAY, relative=True) == english
    assert wording.when(span, XIAN, CHINESE, TODAY, relative=True) == chinese


def test_a_span_is_read_on_the_wall_of_its_zone() -> None:
    span = Timespan(datetime(2026, 11, 25, 20, tzinfo=UTC), datetime(2026, 11, 25, 22, tzinfo=UTC))
    assert wording.when(span, XIAN, ENGLISH, TODAY) == "Thu 26 Nov, 04:00–06:00"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        wording.clock(datetime(2026, 11, 25, 20), XIAN)  # noqa: DTZ001 - what is refused


def test_in_the_hour_that_a_clock_change_repeats_it_is_said_which_of_the_two() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    span = Timespan(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert wording.when(span, berlin, ENGLISH, TODAY) == "Sun 25 Oct, 02:30 (UTC+2)–02:30 (UTC+1)"
    assert wording.length(span.length, ENGLISH) == "1 h"
    night = Timespan(datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))
    assert wording.when(night, berlin, CHINESE, TODAY) == "10月24日 22:00 至 10月25日 03:00"
    assert wording.moment(span.start, berlin, CHINESE, TODAY) == "10月25日 周日 02:30 (UTC+2)"
    jump = Timespan(datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC))
    assert wording.when(jump, berlin, ENGLISH, TODAY) == "Sun 28 Mar 2027, 01:30–03:30"


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (150, "2 h 30 min", "2 小时 30 分"),
        (30, "30 min", "30 分钟"),
        (60, "1 h", "1 小时"),
        (0, "0 min", "0 分钟"),
        (0.75, "45 s", "45 秒"),
        (24 * 60, "24 h", "24 小时"),
        (14 * 24 * 60, "14 days", "14 天"),
        (2 * 24 * 60 + 195, "2 days 3 h 15 min", "2 天 3 小时 15 分"),
        (-90, "−1 h 30 min", "−1 小时 30 分"),
    ],
)
def test_a_length_in_words(minutes: float, english: str, chinese: str) -> None:
    assert wording.length(timedelta(minutes=minutes), ENGLISH) == english
    assert wording.length(timedelta(minutes=minutes), CHINESE) == chinese


@pytest.mark.parametrize(
    ("value", "currency", "english", "chinese"),
    [
        (Decimal("1234.5"), "CNY", "CNY 1,234.50", "1,234.50 元"),
        (Decimal(-3), "CNY", "CNY −3.00", "−3.00 元"),
        (Decimal(1234), "JPY", "JPY 1,234", "1,234 日元"),
        (Decimal(0), "USD", "USD 0.00", "0.00 美元"),
        (Decimal(7), "SEK", "SEK 7.00", "7.00 SEK"),
        (None, "CNY", "–", "–"),
    ],
)
def test_money(value: Decimal | None, currency: str, english: str, chinese: str) -> None:
    assert wording.money(value, currency, ENGLISH) == english
    assert wording.money(value, currency, CHINESE) == chinese


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), "23 – 29 November 2026", "2026年11月23日–29日"),
        (date(2026, 11, 28), date(2026, 12, 4), "28 Nov – 4 Dec 2026", "2026年11月28日–12月4日"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 – 3 Jan 2027", "2026年12月28日–2027年1月3日"),
        (date(2026, 11, 23), date(2026, 11, 23), "23 Nov 2026", "2026年11月23日"),
    ],
)
def test_a_run_of_days(first: date, last: date, english: str, chinese: str) -> None:
    assert wording.days(first, last, ENGLISH) == english
    assert wording.days(first, last, CHINESE) == chinese


def test_a_run_of_days_of_this_year_needs_no_year() -> None:
    assert wording.days(TODAY, date(2026, 12, 4), ENGLISH, TODAY) == "23 Nov – 4 Dec"
    assert wording.days(TODAY, date(2026, 12, 4), CHINESE, TODAY) == "11月23日–12月4日"


@pytest.mark.parametrize(
    ("zone", "city", "language", "expected"),
    [
        ("Asia/Shanghai", "Xi’an", ENGLISH, "Xi’an time, UTC+8"),
        ("Asia/Shanghai", "西安", CHINESE, "西安时间 UTC+8"),
        ("Asia/Shanghai", None, CHINESE, "上海时间 UTC+8"),
        ("Asia/Kolkata", None, ENGLISH, "Kolkata time, UTC+5:30"),
        ("America/St_Johns", "St. John’s", ENGLISH, "St. John’s time, UTC−3:30"),
        ("Europe/London", None, ENGLISH, "London time, UTC"),
    ],
)
def test_a_zone_has_a_city_and_an_offset(zone: str, city: str | None, language: str, expected: str) -> None:
    assert wording.zone_name(zone, language, at(25, 12), city) == expected


def test_times_over_a_clock_change_have_both_offsets() -> None:
    first, last = at(25, 12), at(25, 12) + timedelta(days=180)
    assert wording.zone_name("Europe/Berlin", ENGLISH, first, None, last) == "Berlin time, UTC+1 / UTC+2"
    assert wording.zone_name("Europe/Berlin", ENGLISH, first, None, first) == "Berlin time, UTC+1"


def test_shares_counts_months_and_lists() -> None:
    assert wording.share(Decimal("0.6138")) == "61.4%"
    assert wording.share(Decimal("0.0625")) == "6.3%"
    assert wording.share(0.0725) == "7.3%"
    assert wording.decimals(142_740 / 3600, 1) == "39.7"
    assert wording.decimals(Fraction(-1234_650, 1000), 1) == "−1,234.7"
    assert wording.decimals(None, 1) == "–"
    assert wording.share(None) == "–"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0.5", "50.0%"), ("0.0625", "6.25%"), ("-0.035", "−3.5%"), ("1", "100.0%"), ("0", "0.0%"), ("10", "1000.0%"),
        ("0.08333333", "8.33%"), ("0.00005", "0.01%"),
    ],
)  # fmt: skip
def test_a_rate_has_the_decimals_that_it_needs(value: str, written: str) -> None:
    assert wording.rate(Decimal(value)) == written
    assert wording.rate(None) == "–"
    assert wording.number(4216, ENGLISH) == wording.number(4216, CHINESE) == "4,216"
    assert wording.number(-3, ENGLISH) == "−3"
    assert (wording.month(TODAY, ENGLISH), wording.month(TODAY, CHINESE)) == ("November 2026", "2026年11月")
    assert wording.listing(["532", "633"], ENGLISH) == "532, 633"
    assert wording.listing(["532", "633"], CHINESE) == "532、633"
    assert (wording.weekday(TODAY, ENGLISH, letter=True), wording.weekday(TODAY, CHINESE, letter=True)) == (
        "M",
        "一",
    )


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("Voltage / 电压", "Voltage", "电压"),
        ("STEM resolution / STEM 分辨率", "STEM resolution", "STEM 分辨率"),
        ("Voltage", "Voltage", "Voltage"),
        ("mg / L", "mg / L", "mg / L"),
        ("电压 / 电流", "电压 / 电流", "电压 / 电流"),
        ("A / B / 丙", "A / B / 丙", "A / B / 丙"),
    ],
)
def test_of_a_text_in_both_languages_the_reader_sees_theirs(text: str, english: str, chinese: str) -> None:
    assert wording.own_words(text, ENGLISH) == english
    assert wording.own_words(text, CHINESE) == chinese


def test_chinese_sentences_follow_one_another_without_a_space() -> None:
    text = "已加入候补。 一旦有空，会通知您。"
    assert wording.tight(text, CHINESE) == "已加入候补。一旦有空，会通知您。"
    assert wording.tight("Booked. You are told.", ENGLISH) == "Booked. You are told."


@pytest.mark.parametrize(
    "text", ["Filter change", "Filter change.", "Filter change. ", "换滤光片。", "换滤光片"]
)
def test_a_reason_within_a_sentence_is_written_without_its_full_stop(text: str) -> None:
    assert wording.unended(text) in ("Filter change", "换滤光片")
