"""Read when an iCalendar file is busy: called in a confined process, because anybody may have made the file.

Zones: as the file defines them, else by IANA's names, else by those of Windows. Times without a zone are the lab's,
whole days are days there. What is cancelled, transparent or marked as free takes no time; our own events are known.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event

from instruments.availability.opening import midnight
from instruments.calendars.blocks import Block, blocks_of, refused
from instruments.calendars.file_zones import zones_of
from instruments.calendars.rules import is_own, too_often
from instruments.errors import N_
from instruments.timespan import Pair, intersect, merge

MOST_SPANS = 50_000
MOST_LISTED = 50
SECONDS_A_SERIES = 2.0
AGAIN = 0.1
TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
FREE_WORDS = {"FREE", "WORKINGELSEWHERE"}
WIDER = timedelta(days=2)
NONE_READ = N_(
    "None of its %(count)s events can be read, the first of them in line %(line)s. Each is listed with the reason: mend"
    " it, or export the calendar again."
)
ITS_ONLY = N_(
    "Its only event, in line %(line)s, cannot be read. The reason is listed: mend it, or export the calendar again."
)
OFTEN = N_("The file holds more than %(most)s busy times. Choose a shorter time.")


class Unreadable(Exception):
    """Why one event cannot be read: structure, times, zone, order, rule, often or slow."""


@dataclass
class Found:
    """What was in the file. unread: (line, why) of the events that could not be read."""

    spans: list[Pair] = field(default_factory=list)
    events: int = 0
    free: int = 0
    own: int = 0
    unread: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Series:
    """The components that share a UID: an event, with the occurrences that were changed."""

    line: int
    parts: list[Event] = field(default_factory=list)


def read_calendar(path: str, zone: str, since: int, until: int, host: str) -> dict[str, Any]:
    """What takes time in [since, until), UTC seconds, as JSON: {spans, events, free, own, unread, unread_count}.

    host: what UIDs of our own feeds end with. Raises Refusal when the file itself cannot be read.
    """
    blocks = blocks_of(Path(path).read_bytes())
    found = Found()
    window = (since, until)
    with zones_of([block for block in blocks if block.name == "VTIMEZONE"]):
        for block in blocks:
            if block.name == "VFREEBUSY":
                _one(found, block.line, lambda block=block: _listed(block, found))
        for series in _series(blocks, found, host):
            _one(found, series.line, lambda series=series: _times(series, ZoneInfo(zone), window, found))
    found.unread.sort()
    if found.unread and not (found.events or found.free or found.own):
        # To count it as empty would give the lab's busy times away.
        unread = found.unread[:MOST_LISTED]
        words = ITS_ONLY if len(found.unread) == 1 else NONE_READ
        raise refused(
            "calendar_none_read", words, count=len(found.unread), line=found.unread[0][0], unread=unread
        )
    return {
        "spans": merge(intersect(found.spans, [window])),
        "events": found.events,
        "free": found.free,
        "own": found.own,
        "unread": found.unread[:MOST_LISTED],
        "unread_count": len(found.unread),
    }


def _one(found: Found, line: int, read: Any) -> None:
    """Read one thing; what cannot be read is listed, and the rest goes on."""
    try:
        with _within(SECONDS_A_SERIES):
            found.spans += read()
    except Unreadable as why:
        found.unread.append((line, str(why)))
    except TimeoutError:
        found.unread.append((line, "slow"))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError):
        found.unread.append((line, "times"))
    if len(found.spans) > MOST_SPANS:
        raise refused("calendar_often", OFTEN, most=MOST_SPANS)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError inside when it takes more seconds of the processor: an absurd rule must not keep the
    others waiting. It rings again and again, for an exception that falls into a clean-up of Python's is lost."""

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# --- Events -----------------------------------------------------------------------------------------------------------


def _series(blocks: Iterable[Block], found: Found, host: str) -> list[_Series]:
    by_uid: dict[str, _Series] = {}
    for block in blocks:
        if block.name != "VEVENT":
            continue
        try:
            event = _event(block)
        except Unreadable as why:
            found.unread.append((block.line, str(why)))
            continue
        uid = str(event.get("UID", "")) or f"without {block.line}"
        if is_own(uid, host):
            found.own += 1
            continue
        by_uid.setdefault(uid, _Series(block.line)).parts.append(event)
    return list(by_uid.values())


def _event(block: Block) -> Event:
    if block.broken:
        raise Unreadable("structure")
    try:
        event = Event.from_ical(block.text)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise Unreadable("structure") from None
    if not isinstance(event, Event):
        raise Unreadable("structure")
    if any(name in TIMES for name, _ in event.errors) or "DTSTART" not in event:
        raise Unreadable("rule" if any(name == "RRULE" for name, _ in event.errors) else "times")
    if block.withdrawn:
        event["STATUS"] = "CANCELLED"
    return event


def _times(series: _Series, zone: ZoneInfo, window: Pair, found: Found) -> list[Pair]:
    """When a series takes time within the window."""
    if not any(_takes_time(part) for part in series.parts):
        found.free += 1
        return []
    for part in series.parts:
        _check(part)
    if len(series.parts) == 1 and not _repeats(series.parts[0]):
        occurrences: Iterable[Any] = series.parts
    else:
        occurrences = _laid_out(series.parts, window)
    spans = [_span(each, zone) for each in occurrences if _takes_time(each)]
    found.events += 1
    return intersect(spans, [window])


def _laid_out(parts: list[Event], window: Pair) -> list[Any]:
    calendar = Calendar()
    for part in parts:
        calendar.add_component(part)
    # Times without a zone are laid out as they stand, so look a little further on both sides.
    first, last = (datetime.fromtimestamp(moment, ZoneInfo("UTC")) for moment in window)
    try:
        return list(recurring_ical_events.of(calendar).between(first - WIDER, last + WIDER))
    except recurring_ical_events.InvalidCalendar:
        raise Unreadable("rule") from None


def _check(event: Event) -> None:
    for name in TIMES:
        for value in _values(event, name):
            dates = [each.dt for each in value.dts] if hasattr(value, "dts") else [getattr(value, "dt", None)]
            named = "TZID" in getattr(value, "params", {})
            if named and any(isinstance(each, datetime) and each.tzinfo is None for each in dates):
                raise Unreadable("zone")
    for rule in _values(event, "RRULE"):
        if too_often(rule):
            raise Unreadable("often")


def _values(event: Event, name: str) -> list[Any]:
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def _repeats(event: Event) -> bool:
    return any(name in event for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _takes_time(event: Any) -> bool:
    status, transparency = (str(event.get(name, "")).strip().upper() for name in ("STATUS", "TRANSP"))
    shown = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).strip().upper()
    return status != "CANCELLED" and transparency != "TRANSPARENT" and shown not in FREE_WORDS


def _span(event: Any, zone: ZoneInfo) -> Pair:
    start, end = _second(event.start, zone), _second(event.end, zone)
    if end < start:
        raise Unreadable("order")
    return start, end


def _second(value: date, zone: ZoneInfo) -> int:
    if not isinstance(value, datetime):
        return midnight(value, zone)
    return int((value.replace(tzinfo=zone) if value.tzinfo is None else value).timestamp())


# --- Lists of busy time -----------------------------------------------------------------------------------------------


def _listed(block: Block, found: Found) -> list[Pair]:
    """The busy times of a VFREEBUSY, as Exchange publishes them."""
    if block.broken:
        raise Unreadable("structure")
    part = Component.from_ical(block.text)
    if any(name == "FREEBUSY" for name, _ in part.errors):
        raise Unreadable("times")
    spans = []
    for period in _values(part, "FREEBUSY"):
        if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE":
            start, end = period.dt
            end = start + end if isinstance(end, timedelta) else end
            spans.append((int(start.timestamp()), int(end.timestamp())))
    found.events += 1
    return spans
