"""A span as the fields of the booking form, on the instrument's wall."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from instruments.timespan import Timespan


def prefilled(span: Timespan, zone: str) -> dict[str, str]:
    """{"day", "from", "until"}, and "until_day" where it ends on another."""
    start, end = span.start.astimezone(ZoneInfo(zone)), span.end.astimezone(ZoneInfo(zone))
    fields = {"day": start.date().isoformat(), "from": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    if end.date() > start.date():
        fields["until_day"] = end.date().isoformat()
    return fields
