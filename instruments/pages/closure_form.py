"""The form of a closure: what it says at first, what was typed, and the closure that it asks for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from flask import request
from flask_babel import gettext

from instruments.availability import closures
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.repeating import Repeat, read_rule
from instruments.errors import N_, Reason, Refusal
from instruments.reservations.form import EARLIEST, LATEST
from instruments.web import clock, formats

FIELDS = (
    "kind",
    "reason",
    "start_day",
    "start_time",
    "end_day",
    "end_time",
    "open_end",
    "units",
    "repeat",
    "repeat_until",
    "scope",
)


@dataclass
class Typed:
    """What the form says now, right or wrong."""

    kind: str = "maintenance"
    reason: str = ""
    start_day: str = ""
    start_time: str = ""
    end_day: str = ""
    end_time: str = ""
    open_end: str = ""
    units: str = ""
    repeat: str = ""
    repeat_until: str = ""
    scope: str = "this"
    version: int = 0
    refusal: Refusal | None = field(default=None)

    def fields(self) -> dict[str, str]:
        """The same, to be sent again."""
        return {name: getattr(self, name) for name in FIELDS}


def typed_form() -> Typed:
    """What was sent."""
    typed = Typed(**{name: request.form.get(name, "").strip() for name in FIELDS})
    typed.scope = typed.scope or "this"
    typed.version = request.form.get("version", 0, type=int)
    return typed


def empty_form(owner: Owner, *, broken: bool = False, reason: str = "") -> Typed:
    """What a new one begins with: maintenance from the next hour on, or a breakdown from now on, with its reason."""
    there = formats.local(clock.now(), lab_of(owner).zone)
    if broken:
        return Typed("breakdown", reason, *_fields(there), open_end="1")
    start = there.replace(minute=0, second=0) + timedelta(hours=1)
    end = start + timedelta(hours=4)
    return Typed("maintenance", "", *_fields(start), *_fields(end))


def filled_form(closure: Closure) -> Typed:
    """What one that is changed begins with."""
    zone = lab_of(closures.owner_of(closure)).zone
    end = ("", "", "1")
    if not closure.is_open_ended:
        end = (*_fields(formats.local(closure.ends_at, zone)), "")
    start = _fields(formats.local(closure.starts_at, zone))
    return Typed(
        closure.what, closure.reason, *start, *end, units=str(closure.units or ""), version=closure.version
    )


def wanted_closure(typed: Typed) -> Wanted:
    """The closure that was typed. Raises Refusal when dates or times are none, with what else cannot be said."""
    reasons: list[Reason] = []
    start = _wall("start", typed.start_day, typed.start_time, reasons)
    end = None if typed.open_end else _wall("end", typed.end_day, typed.end_time, reasons)
    units = _units(typed.units, reasons)
    if start is None or reasons:
        raise Refusal([*reasons, *closures.unsaid(typed.kind, typed.reason)])
    return Wanted(typed.kind, typed.reason, start, end, units)


def _units(text: str, reasons: list[Reason]) -> int | None:
    """How many places; none for all of them."""
    if not text:
        return None
    if text.isdecimal() and len(text) < 6:
        return int(text)
    remedy = N_("Leave it empty to close all of them.")
    reasons.append(Reason("closure_units", "units", N_("Write a number of places, like 2."), {}, remedy))
    return None


def _wanted_repeat(typed: Typed) -> Repeat | None:
    """How it shall repeat; None for once. Raises Refusal when the last day is none, or says until when what is once."""
    if not typed.repeat:
        if typed.repeat_until:
            remedy = N_("Or, to close it once, leave the last day empty.")
            raise Refusal([Reason("repeat", "repeat", N_("Choose how often it repeats."), {}, remedy)])
        return None
    reasons: list[Reason] = []
    until = _wall("repeat_until", typed.repeat_until, "00:00", reasons)
    if until is None:
        raise Refusal([replace(reason, field="repeat_until") for reason in reasons])
    return Repeat(typed.repeat, until.date())


def wanted_closing(typed: Typed) -> tuple[Wanted, Repeat | None]:
    """The closure that was typed and how it repeats. Raises Refusal with every reason why either cannot be read."""
    wanted, repeat, reasons = None, None, list[Reason]()
    try:
        wanted = wanted_closure(typed)
    except Refusal as refusal:
        reasons += refusal.reasons
    try:
        repeat = _wanted_repeat(typed)
    except Refusal as refusal:
        reasons += refusal.reasons
    if wanted is None or reasons:
        raise Refusal(reasons)
    return wanted, repeat


def rule_in_words(rule: str) -> str:
    """ "every first Mon of the month until 30 Jun"."""
    words, weekday, until = read_rule(rule)
    # A date of a week that began with the year, on a Monday.
    day = formats.weekday(date(2024, 1, 1 + weekday))
    return gettext(words, weekday=day, until=formats.day(until, weekday=False))


def _fields(moment: datetime) -> tuple[str, str]:
    return moment.date().isoformat(), f"{moment:%H:%M}"


def _wall(name: str, day: str, clock_time: str, reasons: list[Reason]) -> datetime | None:
    """A local date and time as typed; 24:00 is the end of the day."""
    found_day, found_time = None, None
    with suppress(ValueError):
        found_day = date.fromisoformat(day)
    if found_day is None or not EARLIEST <= found_day < LATEST:
        reasons.append(Reason("date", f"{name}_day", N_("Write a date, like 2027-03-01.")))
        found_day = None
    after = timedelta(days=1 if clock_time == "24:00" else 0)
    with suppress(ValueError):
        found_time = time() if after else time.fromisoformat(clock_time)
    if found_time is None or found_time.tzinfo is not None:
        reasons.append(Reason("time", f"{name}_time", N_("Write a time, like 08:30.")))
        return None
    if found_day is None:
        return None
    return datetime.combine(found_day, found_time.replace(second=0, microsecond=0)) + after
