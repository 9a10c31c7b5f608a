"""How instants, spans, lengths, money and shares are written in English and Chinese: pure, one place for every page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location
from babel.numbers import format_decimal, get_currency_precision

from instruments.rounding import half_up, percent

NONE = "–"
MINUS = "−"
_AFTER_STOP = re.compile(r"(?<=[。！？；]) +")
BETWEEN_LANGUAGES = " / "


class Span(Protocol):
    """Anything with two aware ends; `Timespan` is one."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


def is_chinese(language: str) -> bool:
    """Whether a language code ("en", "zh_Hans_CN", "zh-Hans") is a Chinese one."""
    return language.startswith("zh")


def own_words(text: str, language: str) -> str:
    """Of a text written in both languages, "English / 中文", the reader's half; any other text as it stands."""
    english, between, chinese = text.partition(BETWEEN_LANGUAGES)
    if not between or BETWEEN_LANGUAGES in chinese or _has_han(english) or not _has_han(chinese):
        return text
    return chinese if is_chinese(language) else english


def tight(text: str, language: str) -> str:
    """Sentences put after one another with a space between: Chinese ones stand without it."""
    return type(text)(_AFTER_STOP.sub("", text)) if is_chinese(language) else text  # Markup stays what it is


def unended(text: str) -> str:
    """What somebody wrote without the full stop at its end, for a sentence that goes on with one of its own."""
    return text.rstrip(" .。")


def _has_han(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def _local(moment: datetime, zone: ZoneInfo | str) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"not an instant, it has no zone: {moment!r}")
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def _date(value: date, english: str, chinese: str, language: str) -> str:
    day = value.date() if isinstance(value, datetime) else value
    return _formatted(day, chinese, "zh_Hans_CN") if is_chinese(language) else _formatted(day, english, "en")


@lru_cache(maxsize=4096)
def _formatted(value: date, pattern: str, locale: str) -> str:
    """Few days are written often: a page of results says the same seven a hundred times."""
    return format_date(value, pattern, locale=locale)


def day(value: date, language: str, today: date | None = None, *, weekday: bool = True) -> str:
    """A date in words: "Wed 25 Nov", "11月25日 周三"; with the year when it is not today's.

    value: a date, or an aware datetime already in the zone that is meant.
    """
    year = today is None or value.year != today.year
    written = _date(value, "d MMM y" if year else "d MMM", "y年M月d日" if year else "M月d日", language)
    if not weekday:
        return written
    name = _date(value, "EEE", "EEE", language)
    return f"{written} {name}" if is_chinese(language) else f"{name} {written}"


def day_or_relative(value: date, language: str, today: date) -> str:
    """As `day`, but today and tomorrow by name."""
    names = ("今天", "明天") if is_chinese(language) else ("Today", "Tomorrow")
    ahead = (value - today).days
    return names[ahead] if ahead in (0, 1) else day(value, language, today)


def month(value: date, language: str) -> str:
    """A month: "March 2021", "2021年3月"."""
    return _date(value, "MMMM y", "y年M月", language)


def weekday(value: date, language: str, *, letter: bool = False) -> str:
    """The day of the week: "Wed", "周三"; as a letter "W", "三"."""
    return _date(value, "EEEEE" if letter else "EEE", "EEEEE" if letter else "EEE", language)


def days(first: date, last: date, language: str, today: date | None = None) -> str:
    """Two dates, both included: "23 – 29 November 2026", "2026年11月23日–29日"; without the year when it is today's."""
    if first == last:
        return day(first, language, today, weekday=False)
    same_month = (first.year, first.month) == (last.year, last.month)
    year = today is None or not first.year == last.year == today.year
    if is_chinese(language):
        start = _date(first, "", "y年M月d日" if year else "M月d日", language)
        tail = "d日" if same_month else ("M月d日" if first.year == last.year else "y年M月d日")
        return f"{start}–{_date(last, '', tail, language)}"
    name = "MMMM" if same_month else "MMM"
    head = "d" if same_month else (f"d {name}" if first.year == last.year else f"d {name} y")
    return f"{_date(first, head, '', language)} – {_date(last, f'd {name} y' if year else f'd {name}', '', language)}"


def clock(moment: datetime, zone: ZoneInfo | str) -> str:
    """The time on the wall, 24 hours: "18:30"."""
    return f"{_local(moment, zone):%H:%M}"


def moment(value: datetime, zone: ZoneInfo | str, language: str, today: date | None = None) -> str:
    """An instant: "Wed 25 Nov, 18:30", "11月25日 周三 18:30"."""
    there = _local(value, zone)
    return f"{day(there, language, today)}{' ' if is_chinese(language) else ', '}{_time(there)}"


def _time(there: datetime) -> str:
    """A time on its wall; where the clocks go back and it comes twice, also which of the two: "02:30 (UTC+2)"."""
    other = there.replace(fold=1 - there.fold)
    if other.utcoffset() == there.utcoffset():
        return f"{there:%H:%M}"
    return f"{there:%H:%M} ({offset(there, str(there.tzinfo))})"


def hours(span: Span, zone: ZoneInfo | str) -> str:
    """The clock times of a span: "18:30–21:00"; an end at midnight of the next day is 24:00, less than a minute "18:30"."""
    return _hours(_local(span.start, zone), _local(span.end, zone))


def _hours(start: datetime, end: datetime) -> str:
    if _time(start) == _time(end) and start.date() == end.date():
        return _time(start)
    ends_at_midnight = end.date() == start.date() + timedelta(days=1) and f"{end:%H%M}" == "0000"
    return f"{_time(start)}–{'24:00' if ends_at_midnight else _time(end)}"


def when(
    span: Span, zone: ZoneInfo | str, language: str, today: date | None = None, *, relative: bool = False
) -> str:
    """A span in words, in the zone given: "Wed 25 Nov, 18:30–21:00", "11月25日 周三 18:30–21:00".

    Over midnight both dates are named. `relative` says today and tomorrow by name and needs `today`.
    """
    start, end = _local(span.start, zone), _local(span.end, zone)
    clocks = _hours(start, end)
    if start.date() == end.date() or clocks.endswith("24:00"):
        if relative and today is not None and (start.date() - today).days in (0, 1):
            return f"{day_or_relative(start.date(), language, today)} {clocks}"
        return f"{day(start, language, today)}{' ' if is_chinese(language) else ', '}{clocks}"
    short = not is_chinese(language)
    ends = [f"{day(each, language, today, weekday=short)} {_time(each)}" for each in (start, end)]
    return (" – " if short else " 至 ").join(ends)


def own_time(span: Span, zone: ZoneInfo | str, own: ZoneInfo | str, language: str, today: date) -> str:
    """The same span on the reader's own wall, its zone named: "01:00–03:00, Berlin time, UTC+1"; empty where the walls
    agree. The day is named where it differs."""
    there, here = ([_local(each, wall) for each in (span.start, span.end)] for wall in (zone, own))
    if [each.utcoffset() for each in there] == [each.utcoffset() for each in here]:
        return ""
    same_days = [each.date() for each in there] == [each.date() for each in here]
    words = hours(span, own) if same_days else when(span, own, language, today)
    return f"{words}{'，' if is_chinese(language) else ', '}{zone_name(own, language, span.start)}"


def hours_and_day(span: Span, zone: ZoneInfo | str, language: str, today: date) -> str:
    """The clock times of a span beside the day it starts: "18:30–21:00", "14:00 – Fri 27 Nov 09:00"."""
    start, end = _local(span.start, zone), _local(span.end, zone)
    if start.date() == end.date() or hours(span, zone).endswith("24:00"):
        return hours(span, zone)
    between, short = (" 至 ", False) if is_chinese(language) else (" – ", True)
    return f"{start:%H:%M}{between}{day(end, language, today, weekday=short)} {end:%H:%M}"


def length(value: timedelta, language: str) -> str:
    """A length of time: "2 h 30 min", "2 小时 30 分"; from two days up in days."""
    sign, seconds = (MINUS, -value.total_seconds()) if value < timedelta(0) else ("", value.total_seconds())
    if 0 < seconds < 60:
        return f"{sign}{round(seconds)} {'秒' if is_chinese(language) else 's'}"
    left = round(seconds / 60)
    parts: list[str] = []
    if left >= 2 * 24 * 60:
        count, left = divmod(left, 24 * 60)
        parts.append(f"{count} {'天' if is_chinese(language) else 'days'}")
    count, left = divmod(left, 60)
    if count:
        parts.append(f"{count} {'小时' if is_chinese(language) else 'h'}")
    if left or not parts:
        chinese = "分" if parts else "分钟"
        parts.append(f"{left} {chinese if is_chinese(language) else 'min'}")
    return sign + " ".join(parts)


def number(value: Decimal | float | None, language: str) -> str:
    """A number with thousands marked: "4,216"; none is a dash, minus is a minus."""
    if value is None:
        return NONE
    if isinstance(value, int):  # a page of results writes hundreds, the same in both languages
        return f"{value:,}".replace("-", MINUS)
    return format_decimal(value, locale="zh_Hans_CN" if is_chinese(language) else "en").replace("-", MINUS)


def amount(value: Decimal | None, currency: str = "CNY") -> str:
    """The figure of an amount of money with the currency's decimals, for a column whose head names the currency."""
    if value is None:
        return NONE
    digits = get_currency_precision(currency)
    return format_decimal(value, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale="en").replace(
        "-", MINUS
    )


def money(value: Decimal | None, currency: str, language: str) -> str:
    """An amount of money: "CNY 1,234.50", "1,234.50 元"."""
    if value is None:
        return NONE
    if not is_chinese(language):
        return f"{currency} {amount(value, currency)}"
    return f"{amount(value, currency)} {currency_words(currency, language)}"


def currency_words(currency: str, language: str) -> str:
    """A currency as it stands beside amounts: "CNY", "元"."""
    return CURRENCIES.get(currency, currency) if is_chinese(language) else currency


CURRENCIES = {
    "CNY": "元",
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "JPY": "日元",
    "HKD": "港元",
    "CHF": "瑞士法郎",
}


def share(value: Decimal | float | None) -> str:
    """A share of one as a percentage with one decimal: "61.4%"."""
    return NONE if value is None else f"{percent(value)}%".replace("-", MINUS)


def decimals(value: Fraction | Decimal | float | None, digits: int) -> str:
    """`{{ 1234.56|decimals(1) }}`: 1,234.6, thousands apart, in either language."""
    return NONE if value is None else f"{half_up(value, digits):,f}".replace("-", MINUS)


def rate(value: Decimal | None) -> str:
    """A rate or a change that somebody set: as a share, with a second decimal where it needs one: "50.0%", "6.25%"."""
    if value is None:
        return NONE
    whole, short = half_up(value * 100, 2), percent(value)
    return f"{short if short == whole else whole:f}%".replace("-", MINUS)


def offset(moment: datetime, zone: ZoneInfo | str) -> str:
    """How far a zone is from UTC at a moment: "UTC+8", "UTC−3:30"."""
    minutes = round((_local(moment, zone).utcoffset() or timedelta(0)).total_seconds() / 60)
    if not minutes:
        return "UTC"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{MINUS if minutes < 0 else '+'}{whole}{f':{rest:02}' if rest else ''}"


def zone_name(
    zone: ZoneInfo | str, language: str, at: datetime, city: str | None = None, last: datetime | None = None
) -> str:
    """A zone for a reader: "Xi’an time, UTC+8", "西安时间 UTC+8"; without a city, the one the zone is named after. Where the
    clocks have changed by the last of several times: "Berlin time, UTC+1 / UTC+2".
    """
    offsets = " / ".join(dict.fromkeys(offset(each, zone) for each in (at, last or at)))
    chinese = is_chinese(language)
    place = city or get_timezone_location(
        str(zone), locale="zh_Hans_CN" if chinese else "en", return_city=True
    )
    if chinese:
        return f"{place}{' ' if place[-1:].isascii() else ''}时间 {offsets}"
    return f"{place} time, {offsets}"


def listing(items: Sequence[str], language: str) -> str:
    """Several things in one line: "532, 633", "532、633"."""
    return ("、" if is_chinese(language) else ", ").join(items)
