"""A span as the fields of the booking form, on the instrument's wall."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from instruments.timespan import Timespan


def prefilled(span: Timespan, zone: str) -> dict[str, str]:
    """{"day", "from", "until"}; an end at or before the start's time of day is meant on the next day."""
    start, end = span.start.astimezone(ZoneInfo(zone)), span.end.astimezone(ZoneInfo(zone))
    return {"day": start.date().isoformat(), "from": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
