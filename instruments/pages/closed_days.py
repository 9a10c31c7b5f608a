"""When an instrument is closed or open in the coming weeks apart from its weekly hours: closures, days that differ, holidays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_babel import gettext

from instruments.availability import kinds
from instruments.availability.calendar import Told, closures_told
from instruments.availability.days import HOLIDAY, MAKE_UP, REST
from instruments.availability.institution_days import rows_between
from instruments.availability.opening import midnight
from instruments.availability.shutting import closes_all
from instruments.availability.words import times_in_words
from instruments.reservations.bookable import Bookable
from instruments.timespan import Timespan
from instruments.web import formats, wording
from instruments.web.language import in_language

AHEAD = timedelta(days=60)
MOST = 12
DAY_PICTURES = {HOLIDAY: "calendar-x", REST: "calendar-x", MAKE_UP: "calendar-check"}
# A lab that is busy every day must not push its holidays off the list.
MOST_BUSY = 4


def coming_closures(thing: Bookable, now: datetime) -> list[tuple[str, str, str]]:
    """The next closures, days that differ and holidays as (icon, when, why), soonest first."""
    zone = thing.calendar.zone
    first, last = int(now.timestamp()), int((now + AHEAD).timestamp())
    today = now.astimezone(zone).date()
    found = []
    busy = 0
    for start, end, kind, reason, units in closures_told(thing.id, thing.lab_id, first, last):
        busy += kind == "busy"
        if kind == "busy" and busy > MOST_BUSY:
            continue
        why = _because(closed_words(kind, units, thing.capacity), reason)
        when = closure_span_words(Timespan.from_seconds(start, end), zone.key)
        found.append((start, kinds.ICONS[kind], when, why))
    hours = thing.calendar.hours
    for differs in (*hours.own_days, *hours.lab_days):
        if differs.valid_to >= today and differs.valid_from <= today + AHEAD:
            start = midnight(max(differs.valid_from, today), zone)
            when = _dates(differs.valid_from, differs.valid_to)
            words = times_in_words(differs.spans, formats.language())
            found.append((start, "calendar-clock", when, _because(words, differs.reason)))
    for row in rows_between(thing.institution_id, today, today + AHEAD):
        if row.kind in DAY_PICTURES and hours.day_that_differs(row.day) is None:
            why = _day_words(row.kind, in_language(row.name_en, row.name_zh))
            found.append((midnight(row.day, zone), DAY_PICTURES[row.kind], formats.day(row.day), why))
    return [(icon, when, why) for _, icon, when, why in sorted(found)[:MOST]]


def _day_words(kind: str, name: str) -> str:
    match kind:
        case "make_up":
            return gettext("Make-up workday: %(name)s", name=name)
        case "rest":
            return gettext("Rest day, hours as on Sundays: %(name)s", name=name)
        case _:
            return name


def closed_words(kind: str, units: int, capacity: int) -> str:
    """What a closure is, and of how many places where it does not close all: "Maintenance, 2 of 6 places"."""
    words = gettext(kinds.WORDS[kind])
    if closes_all(units, capacity):
        return words
    return gettext(kinds.PARTLY, kind=words, units=formats.count(units), capacity=formats.count(capacity))


def partly_closed(thing: Bookable, told: Sequence[Told]) -> list[str]:
    """When some of its places are closed, whatever hours it is open, a sentence for each closure of those told."""
    zone = thing.calendar.zone.key
    found = []
    for start, end, kind, reason, units in told:
        if not closes_all(units, thing.capacity):
            when = closure_span_words(Timespan.from_seconds(start, end), zone)
            why = _because(closed_words(kind, units, thing.capacity), reason)
            found.append(gettext("%(when)s: %(why)s", when=when, why=why))
    return found


def _because(words: str, reason: str) -> str:
    return gettext("%(kind)s: %(reason)s", kind=words, reason=formats.own_words(reason)) if reason else words


def _dates(first: date, last: date) -> str:
    return formats.day(first) if first == last else formats.short_days(first, last)


def closure_span_words(span: Timespan, zone: str) -> str:
    """When a closure is, on the wall of the zone; one whose end is not known says since when."""
    if kinds.is_open(span.seconds[1]):
        return gettext("since %(start)s, end not known", start=formats.moment(span.start, zone))
    return formats.when(span, zone)


def breakdown_now(thing: Bookable, now: datetime) -> str:
    """Since when and why the instrument is out of order at this moment, as a sentence; empty when it is not."""
    moment = int(now.timestamp())
    for start, end, kind, reason, units in closures_told(thing.id, thing.lab_id, moment, moment + 1):
        if kind == "breakdown" and closes_all(units, thing.capacity):
            span = Timespan.from_seconds(start, end)
            values = {
                "span": formats.when(span, thing.calendar.zone.key),
                "start": formats.moment(span.start, thing.calendar.zone.key),
                "reason": wording.unended(formats.own_words(reason)),
            }
            return gettext(kinds.sentence(kind, end, reason), **values)
    return ""
