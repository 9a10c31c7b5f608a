"""Dates, times, lengths and money as this request's reader writes them: for templates as filters, for doors as functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context
from flask_babel import get_locale, gettext

from instruments.timespan import Month
from instruments.web import wording
from instruments.web.blocks import week_blocks
from instruments.web.clock import now


def language() -> str:
    """The reader's language: "en" or "zh_Hans_CN"."""
    locale = get_locale()
    return "zh_Hans_CN" if locale is not None and locale.language == "zh" else "en"


def _today(zone: str | ZoneInfo = "Asia/Shanghai") -> date:
    return now().astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


def when(span: wording.Span, zone: str, relative: bool = False) -> str:
    """`{{ span|when(zone) }}`: Wed 25 Nov, 18:30–21:00."""
    return wording.when(span, zone, language(), _today(zone), relative=relative)


def own_zone() -> str | None:
    """The zone of the reader, where it is known who reads."""
    return g.get("person_zone") if has_request_context() else None


def own_time(span: wording.Span, zone: str) -> str:
    """`{{ span|own_time(zone) }}`: 11:30–14:00, Berlin time, UTC+1: where the reader's wall differs, else nothing."""
    own = own_zone()
    return wording.own_time(span, zone, own, language(), _today(own)) if own and own != zone else ""


def other_zone(zone: str, at: datetime | None = None, last: datetime | None = None) -> str:
    """`{{ zone|other_zone }}`: the reader's own zone by name, where its wall differs from this one's at a moment, or at the
    last of several."""
    own, first = own_zone(), at or now()
    if not own or all(
        wording.offset(each, own) == wording.offset(each, zone) for each in (first, last or first)
    ):
        return ""
    return wording.zone_name(own, language(), first, None, last)


def zone_words(zone: str, city: str | None, first: datetime, last: datetime) -> str:
    """`{{ zone|zone_words(city, first, last) }}`: the zone of times from one to the other, and the reader's own where that
    is another: Potsdam time, UTC+1 / UTC+2; yours is Xi’an time, UTC+8."""
    there, own = zone_name(zone, city, first, last), other_zone(zone, first, last)
    return gettext("%(zone)s; yours is %(own)s", zone=there, own=own) if own else there


def printed_at() -> str:
    """This moment on the reader's wall, the platform's where nobody is known, for the foot of a printed page."""
    zone = own_zone() or "Asia/Shanghai"
    return listing([moment(now(), zone), zone_name(zone)])


def hours_and_day(span: wording.Span, zone: str) -> str:
    """`{{ span|hours_and_day(zone) }}`: 18:30–21:00, and the last day where it is another."""
    return wording.hours_and_day(span, zone, language(), _today(zone))


def moment(value: datetime | None, zone: str) -> str:
    """`{{ instant|moment(zone) }}`: Wed 25 Nov, 18:30."""
    return wording.NONE if value is None else wording.moment(value, zone, language(), _today(zone))


def moment_and_own(value: datetime, zone: str, own: str) -> str:
    """Thu 26 Nov, 18:30 (Thu 26 Nov, 11:30, Berlin time, UTC+1); the lab's wall alone where the own one agrees."""
    words = moment(value, zone)
    if wording.offset(value, zone) == wording.offset(value, own):
        return words
    there, name = moment(value, own), wording.zone_name(own, language(), value)
    return f"{words}（{there}，{name}）" if wording.is_chinese(language()) else f"{words} ({there}, {name})"


def local(value: datetime, zone: str) -> datetime:
    """`{{ instant|local(zone) }}`: the instant on the wall of a zone, for filters that take dates."""
    return value.astimezone(ZoneInfo(zone))


def day(value: date | None, relative: bool = False, weekday: bool = True) -> str:
    """`{{ date|day }}`: Wed 25 Nov."""
    if value is None:
        return wording.NONE
    if relative:
        return wording.day_or_relative(value, language(), _today())
    return wording.day(value, language(), _today(), weekday=weekday)


def days(first: date, last: date) -> str:
    """`{{ first|days(last) }}`: 23 – 29 November 2026, always with the year."""
    return wording.days(first, last, language())


def short_days(first: date, last: date) -> str:
    """`{{ first|short_days(last) }}`: as days, without this year."""
    return wording.days(first, last, language(), _today())


def month(value: date | str | None) -> str:
    """`{{ date|month }}`: March 2021; of a month of the books, "2021-03", too."""
    if not value:
        return wording.NONE
    return wording.month(Month(value).first_day if isinstance(value, str) else value, language())


def weekday(value: date, letter: bool = False) -> str:
    """`{{ date|weekday }}`: Wed."""
    return wording.weekday(value, language(), letter=letter)


def length(value: timedelta | None) -> str:
    """`{{ timedelta|length_of_time }}`: 2 h 30 min."""
    return wording.NONE if value is None else wording.length(value, language())


def money(value: Decimal | None, currency: str = "CNY") -> str:
    """`{{ amount|money("CNY") }}`: CNY 1,234.50."""
    return wording.money(value, currency, language())


def currency_words(currency: str) -> str:
    """`{{ "CNY"|currency_words }}`: CNY, in Chinese 元."""
    return wording.currency_words(currency, language())


def count(value: Decimal | float | None) -> str:
    """`{{ 4216|number }}`: 4,216."""
    # Whole numbers are written the same by everybody, and a page holds a hundred of them.
    return wording.number(value, "en" if isinstance(value, int) else language())


def zone_name(
    zone: str, city: str | None = None, at: datetime | None = None, last: datetime | None = None
) -> str:
    """`{{ zone|zone_name(city) }}`: Xi’an time, UTC+8. at, last: of times from one to the other, else of now."""
    return wording.zone_name(zone, language(), at or now(), city, last)


def listing(items: list[str]) -> str:
    """`{{ names|listing }}`: one, two."""
    return wording.listing(list(items), language())


def day_before(value: date) -> date:
    """`{{ until|day_before }}`: of dates until before a day, the last one."""
    return value - timedelta(days=1)


def own_words(text: str | None) -> str:
    """`{{ "Voltage / 电压"|own_words }}`: the reader's half of a text that was written in both languages."""
    return wording.own_words(text or "", language())


def tight(text: str) -> str:
    """`{{ words|tight }}`: sentences one after another, as the reader's language puts them."""
    return wording.tight(text, language())


def init_app(app: Flask) -> None:
    """Give templates the filters and the two globals that parts use."""
    app.jinja_env.filters.update(
        when=when,
        hours=wording.hours,
        own_time=own_time,
        other_zone=other_zone,
        zone_words=zone_words,
        hours_and_day=hours_and_day,
        moment=moment,
        local=local,
        clock=wording.clock,
        day=day,
        days=days,
        short_days=short_days,
        month=month,
        weekday=weekday,
        length_of_time=length,
        money=money,
        currency_words=currency_words,
        amount=wording.amount,
        number=count,
        share=wording.share,
        decimals=wording.decimals,
        rate=wording.rate,
        zone_name=zone_name,
        listing=listing,
        own_words=own_words,
        day_before=day_before,
        tight=tight,
    )
    app.jinja_env.globals.update(
        week_blocks=week_blocks,
        reader_language=language,
        own_zone=own_zone,
        printed_at=printed_at,
    )
