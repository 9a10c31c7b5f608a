"""The fields of a series in forms: its rule, and what was decided about single dates, keyed by the date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from instruments.availability.calendar import Calendar
from instruments.errors import N_, Reason, Refusal
from instruments.reservations.form import typed_span
from instruments.reservations.judging import wish_of
from instruments.reservations.series.repetition import Occurrence, Repetition
from instruments.reservations.series.settling import DROP, LEAVE, Decision
from instruments.timespan import Pair
from instruments.typed import whole

RULE_FIELDS = ("repeats", "repeat_until", "times", "skip_holidays")
KEEP, SKIP, TAKE = "keep", "skip", "take"
WHEN = ("day", "from", "until_day", "until")
_TAKEN = re.compile(r"take:(\d{1,12})-(\d{1,12})")


class Given(Protocol):
    """Fields as a form sends them, some more than once."""

    def get(self, name: str, default: str = "") -> Any:
        """The first value."""

    def getlist(self, name: str) -> list[str]:
        """All values."""


def typed_rule(given: Given, calendar: Calendar) -> Repetition:
    """The rule that the fields mean; raises Refusal with a reason for each field that cannot be read."""
    reasons: list[Reason] = []
    until, times = _until(given, reasons), _times(given, reasons)
    weekdays = frozenset(int(text) for text in given.getlist("weekdays") if text in set("0123456"))
    try:
        first = Repetition.at(*typed_span(_times_of(given), calendar), calendar.zone)
    except Refusal as refusal:
        raise Refusal([*refusal.reasons, *reasons]) from refusal
    if reasons:
        raise Refusal(reasons)
    every = given.get("repeats", "")
    return replace(
        first, every=every, weekdays=frozenset() if every == "month" else weekdays, until=until, times=times,
        skips_holidays=bool(given.get("skip_holidays", "")),
    )  # fmt: skip


def once_alone(given: Given) -> None:
    """Refuse what says when a series ends, or on which weekdays it is, of what is booked once: nothing of it would count."""
    if given.get("repeats", "") or not any(
        given.get(name, "").strip() for name in ("repeat_until", "times", "weekdays")
    ):
        return
    remedy = N_("Or, to book it once, leave its weekdays, last day and number empty.")
    raise Refusal([Reason("repeats", "repeats", N_("Choose how often it repeats."), {}, remedy)])


def typed_decisions(given: Given, dates: Iterable[Occurrence], calendar: Calendar) -> dict[int, Pair | None]:
    """What was decided about each date by its place. A time that is typed counts before what is chosen.

    Raises Refusal; the field of each reason is that of the date.
    """
    found: dict[int, Pair | None] = {}
    reasons: list[Reason] = []
    for each in dates:
        other = other_time(given, each.day)
        if other:
            try:
                found[each.position] = wish_of(*typed_span({"day": each.day.isoformat(), **other}, calendar))
            except Refusal as refusal:
                reasons += _about(each.day, refusal)
        elif (choice := given.get(field_of(each.day), "")) == SKIP:
            found[each.position] = None
        elif taken := _TAKEN.fullmatch(choice):
            found[each.position] = (int(taken[1]), int(taken[2]))
    if reasons:
        raise Refusal(reasons)
    return found


def typed_settling(given: Given, places: Iterable[int]) -> dict[int, Decision]:
    """What was decided, by place, about reservations of a series that cannot be changed with the others."""
    found: dict[int, Decision] = {}
    for place in places:
        choice = given.get(f"at-{place}", "")
        if choice in (LEAVE, DROP):
            found[place] = LEAVE if choice == LEAVE else DROP
        elif taken := _TAKEN.fullmatch(choice):
            found[place] = (int(taken[1]), int(taken[2]))
    return found


def field_of(day: date) -> str:
    """The name of the field in which one decides about a date."""
    return f"on-{day.isoformat()}"


def other_time(given: Given, day: date) -> dict[str, str]:
    """What was typed as another time for a date; empty where neither hour was."""
    typed = {name: given.get(f"{name}-{day.isoformat()}", "").strip() for name in WHEN}
    return {name: text for name, text in typed.items() if text} if typed["from"] or typed["until"] else {}


def _about(day: date, refusal: Refusal) -> Iterator[Reason]:
    return (replace(reason, field=field_of(day)) for reason in refusal.reasons)


def _times_of(given: Given) -> Mapping[str, str]:
    return {name: given.get(name, "") for name in WHEN}


def _until(given: Given, reasons: list[Reason]) -> date | None:
    text = given.get("repeat_until", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reasons.append(
            Reason("date", "repeat_until", N_("Choose a day."), {}, N_("Write it like 2026-11-25."))
        )
        return None


def _times(given: Given, reasons: list[Reason]) -> int | None:
    text = given.get("times", "").strip()
    if not text:
        return None
    found = whole(text, 5)
    if found is None:
        reasons.append(Reason("repeat_times", "times", N_("Write a whole number.")))
    return found
