"""Write events as an iCalendar file (RFC 5545): pure, the same bytes for the same events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, Timezone, vDuration, vText, vUri

from instruments.calendars.zones import definition

# Raised when the same events are written differently, so that nobody is told "unchanged".
FORM = 1
PRODUCT = "-//Instrument Commons//Calendars//EN"
REFRESH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. start and end: aware, in the zone that their wall is read in.

    uid: the part before the host; sequence and stamp: the version of what it says and when that was written,
    so that a second fetch says the same; status: CONFIRMED, TENTATIVE or CANCELLED; busy: whether it takes time.
    """

    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime
    summary: str
    status: str = "CONFIRMED"
    busy: bool = True
    category: str = ""
    description: str = ""
    location: str = ""
    url: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself. host: after the @ of every UID."""

    name: str
    host: str
    url: str
    description: str = ""


def write(head: Head, entries: Iterable[Entry]) -> bytes:
    """The file, with the definition of every zone in it."""
    events = list(entries)
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        file.add(name, vText(head.name))
    if head.description:
        for name in ("description", "x-wr-caldesc"):
            file.add(name, vText(head.description))
    file.add("url", vUri(head.url))
    file.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", vDuration(REFRESH))
    for zone in zones_of(events):
        file.add_component(zone)
    for entry in events:
        file.add_component(event_of(entry, head.host))
    return bytes(file.to_ical(sorted=False))


def event_of(entry: Entry, host: str) -> Event:
    """One event as a component."""
    event = Event()
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    if entry.created is not None:
        event.add("created", entry.created.astimezone(UTC))
    event.add("last-modified", entry.stamp.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", vText(entry.summary))
    for name in ("description", "location"):
        if text := getattr(entry, name):
            event.add(name, vText(text))
    if entry.category:
        event.add("categories", [entry.category])
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.busy and entry.status != "CANCELLED" else "TRANSPARENT")
    if entry.url:
        event.add("url", vUri(entry.url))
    return event


def zones_of(entries: list[Entry]) -> list[Timezone]:
    """The zones that the times name, each with its rules over all the years that occur."""
    years: dict[str, tuple[int, int]] = {}
    for entry in entries:
        for moment in (entry.start, entry.end):
            key = getattr(moment.tzinfo, "key", "UTC")
            first, last = years.get(key, (moment.year, moment.year))
            years[key] = min(first, moment.year), max(last, moment.year)
    return [definition(key, *span) for key, span in sorted(years.items()) if key != "UTC"]
