"""The day and times of the booking form: from a span to its fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from instruments.availability.calendar import Calendar
from instruments.availability.opening import midnight
from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Timespan

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


def prefilled(span: Timespan, zone: str) -> dict[str, str]:
    """{"day", "from", "until"} on the wall of the zone, and "until_day" where it ends on another."""
    start, end = span.start.astimezone(ZoneInfo(zone)), span.end.astimezone(ZoneInfo(zone))
    fields = {"day": start.date().isoformat(), "from": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    if end.date() > start.date():
        fields["until_day"] = end.date().isoformat()
    return fields


def typed_span(given: Mapping[str, str], calendar: Calendar) -> tuple[datetime, datetime]:
    """The aware ends that the fields mean; raises Refusal with a reason for each field that cannot be read.

    Without a last day, an end at or before the start is on the next day if the instrument is open over
    that midnight; else it stays on the day, where it is refused as what it probably is, a slip.
    """
    reasons: list[Reason] = []
    day = _date(given, "day", reasons)
    start, end = _time(given, "from", reasons), _time(given, "until", reasons)
    until_day = _date(given, "until_day", reasons) if given.get("until_day", "").strip() else None
    if reasons or day is None or start is None or end is None:
        raise Refusal(reasons)
    if until_day is None:
        over = end <= start and _open_over_midnight(calendar, day, end)
        until_day = day + timedelta(days=1) if over else day
    return (
        datetime.combine(day, start, calendar.zone),
        datetime.combine(until_day, end, calendar.zone),
    )


def _open_over_midnight(calendar: Calendar, day: date, end: time) -> bool:
    """Whether the instrument is open at the midnight after a day, and beyond it if the end is."""
    turn = midnight(day + timedelta(days=1), calendar.zone)
    around = calendar.opened(turn - 60, turn + 60)
    return any(opens < turn <= closes and (closes > turn or end == time(0)) for opens, closes in around)


def _date(given: Mapping[str, str], name: str, reasons: list[Reason]) -> date | None:
    try:
        day = date.fromisoformat(given.get(name, "").strip())
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day < LATEST:
        reasons.append(Reason("date", name, N_("Choose a day."), {}, N_("Write it like 2026-11-25.")))
        return None
    return day


def _time(given: Mapping[str, str], name: str, reasons: list[Reason]) -> time | None:
    text = given.get(name, "").strip()
    try:
        return time(0) if text == "24:00" else time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        reasons.append(Reason("time", name, N_("Choose a time."), {}, N_("Write it like 14:30.")))
        return None
