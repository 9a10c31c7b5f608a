"""What is waited for, in the reader's words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language


def thing_words(row: Any) -> str:
    """The instrument, or the class and where."""
    if row.instrument_id is not None:
        return in_language(row.instrument_en, row.instrument_zh)
    kind = in_language(row.class_en, row.class_zh)
    if row.place_id is None:
        return gettext("Any of the class %(kind)s", kind=kind)
    return gettext(
        "Any of the class %(kind)s, %(place)s", kind=kind, place=in_language(row.place_en, row.place_zh)
    )


def wanted_words(row: Any, zone: str) -> str:
    """An exact span, or so long on some days."""
    window, length = Timespan(row.earliest, row.latest), timedelta(seconds=row.length_seconds)
    if window.length == length:
        return formats.when(window, zone)
    first, last = row.earliest.astimezone(ZoneInfo(zone)), row.latest.astimezone(ZoneInfo(zone))
    if _ends_a_day(last):
        days = formats.short_days(first.date(), (last - timedelta(seconds=1)).date())
        return gettext("%(length)s, %(days)s", length=formats.length(length), days=days)
    return gettext(
        "%(length)s within %(time)s", length=formats.length(length), time=formats.when(window, zone)
    )


def _ends_a_day(moment: datetime) -> bool:
    return moment.time() == time(0)


def left_words(until: datetime, now: datetime) -> str:
    """How long an offer still stands, to the minute."""
    return formats.length(timedelta(minutes=max(1, round((until - now).total_seconds()) // 60)))
